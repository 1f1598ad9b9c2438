"""Every arithmetic at once: what runtimes may make of a sum, however they compute its scaling and round it.

A family of arithmetics, by how far a result may lie from the exact one before it is rounded to a code, with ties
rounded either way. TFLite Micro, CMSIS-NN, LiteRT's delegate and its own kernels, and ONNX Runtime are in it:

- The scaling is s_in * s_weights / s_out in double, or in float32 in any order: a product and a quotient, each within
  2^-24. A multiplier of 31 bits holds it to 2^-31.
- An integer sum times the multiplier is shifted once, or rounded twice, first to a whole number of 2^shift.
- A float32 sum times a float32 scaling is within another 2^-24 for each of them.
- Sums of two activations: multipliers of 20 bits or more beside the larger one, as XNNPACK has them; or float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..graph.graph import Graph, Operator
from ..graph.step import Step
from ..graph.support import PORTABLE
from .certificate import EQUAL, UNDECIDED
from .channels import Requantizer

__all__ = ["EVERY", "Extreme", "clamp_is_clear", "without_sums"]

#: The name of the family, in place of an arithmetic's.
EVERY = "every_rounding"
Integers = NDArray[np.int64]
Codes = tuple[int, int]
#: Relative: of a scaling in float32, and of a sum and its product with it.
_SCALING, _PRODUCT = 2.0**-23 + 2.0**-30, 2.0**-23
#: Of the larger of two scales, for each code of a sum of activations.
_MULTIPLIER = 2.0**-20
#: Ends of a clamp are as far from a tie, in codes, as float32 quotients err.
_CLAMP = 2.0**-12
_ACTIVATIONS = {"relu6": (0.0, 6.0), "relu_n1_to_1": (-1.0, 1.0)}


@dataclass(frozen=True, eq=False)
class Extreme(Requantizer):
    """The smallest or largest code that any arithmetic of the family gives a sum.

    Attributes
    ----------
    side : int
        -1 or 1.
    """

    side: int = 1

    @classmethod
    def both(cls, step: Step) -> tuple[Extreme, Extreme]:
        """Return both ends, of a step of arithmetic "tflm"."""
        own = Requantizer.of(step)
        limits = own.zero_point, own.lowest, own.highest
        low, high = (cls(*limits, own.multiplier, own.shift, own.rounding, own.scale, side) for side in (-1, 1))
        return low, high

    def codes(self, sums: Integers, channel: Integers) -> Integers:
        """Return the codes of sums within int32, each of a channel."""
        shift = np.asarray(self.shift, np.int64)[channel]
        scale = self.real[channel]
        exact, size = sums * scale, np.abs(sums) * scale
        first_rounding = np.where(shift < 0, np.ldexp(0.5, shift), 0.0)
        error = size * _SCALING + np.maximum(first_rounding, size * _PRODUCT)
        made = np.ceil(exact - error - 0.5) if self.side < 0 else np.floor(exact + error + 0.5)
        clamped: Integers = np.clip(made, self.lowest - self.zero_point, self.highest - self.zero_point).astype(
            np.int64
        )
        return clamped + self.zero_point


def clamp_is_clear(graph: Graph, operator: Operator) -> bool:
    """Return whether the ends of a fused activation are the same codes however they are rounded."""
    ends = np.array(_ACTIVATIONS.get(operator.options.get("fused_activation_function", "none"), ()))
    quantization = graph.tensors[operator.outputs[0]].quantization
    if not ends.size or quantization is None:
        return not ends.size
    places = ends / float(quantization.scale[0]) + int(quantization.zero_point[0])
    # Ends beyond the codes are none.
    inside = places[(places > -129) & (places < 128)]
    return bool((np.abs(inside - np.floor(inside) - 0.5) > _CLAMP).all())


def without_sums(graph: Graph, index: int, ranges: dict[int, Codes]) -> tuple[str, str]:
    """Return the verdict on an operator that is no convolution and no dense layer, and the reason.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    index : int
    ranges : dict of int to (int, int)
        Smallest and largest code of tensors, where they are not those of int8.
    """
    operator = graph.operators[index]
    tensors = [graph.tensors[i] for i in (*operator.inputs, *operator.outputs[:1]) if i >= 0]
    coded = [tensor for tensor in tensors if tensor.quantization is not None]
    if not coded or any(tensor.dtype != "int8" for tensor in coded) or not clamp_is_clear(graph, operator):
        return UNDECIDED, "not analysed"
    if PORTABLE.get(operator.name) == "joined" and all(
        tensor.quantization == coded[0].quantization for tensor in coded
    ):
        return EQUAL, "it gives codes that it is given, and computes none"
    if operator.name not in ("add", "sub") or len(coded) != 3:
        return UNDECIDED, "not analysed: runtimes compute it in ways of their own"
    (a, b), output = operator.inputs, operator.outputs[0]
    first, second = (_differences(graph, i, ranges) for i in (a, b))
    scales = [float(tensor.quantization.scale[0]) for tensor in coded if tensor.quantization is not None]
    ratios = scales[0] / scales[2], scales[1] / scales[2] * (1 if operator.name == "add" else -1)
    summed = first[:, None] * ratios[0] + second * ratios[1]
    error = (np.abs(first)[:, None] + np.abs(second)) * max(map(abs, ratios)) * _MULTIPLIER
    near = np.abs(summed - np.floor(summed) - 0.5) <= error
    # Beyond the codes every arithmetic clamps.
    codes = summed + _zero_point(graph, output)
    near &= (codes > -129.5) & (codes < 128.5)
    if near.any():
        return UNDECIDED, f"{np.count_nonzero(near)} of {near.size} pairs of codes come near to a tie"
    return EQUAL, f"none of {near.size} pairs of codes comes near to a tie"


def _zero_point(graph: Graph, tensor: int) -> int:
    quantization = graph.tensors[tensor].quantization
    return 0 if quantization is None else int(quantization.zero_point[0])


def _differences(graph: Graph, tensor: int, ranges: dict[int, Codes]) -> NDArray[np.float64]:
    """Return the codes that a tensor can have, less its zero point."""
    data = graph.tensors[tensor].data
    low, high = ranges.get(tensor, (-128, 127))
    codes = np.arange(low, high + 1) if data is None else np.unique(data)
    return codes.astype(np.float64) - _zero_point(graph, tensor)
