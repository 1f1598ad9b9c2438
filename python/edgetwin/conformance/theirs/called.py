"""An operator with its values, and the roundings of other runtimes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph.graph import Graph, Tensor
from ...graph.lowering.context import quantize_multiplier
from ...types import INT_RANGES, Array, Quantization

__all__ = [
    "ACTIVATION_ENDS", "Called", "Codes", "away_from_zero", "doubly_rounded", "half_upwards", "multiplier", "to_int32",
    "wrapped", "zero_point",
]  # fmt: skip

Codes = NDArray[np.int64]

#: Fused activation -> the least and the largest real value.
ACTIVATION_ENDS: Mapping[str, tuple[float, float]] = {
    "none": (-math.inf, math.inf),
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "relu_n1_to_1": (-1, 1),
}


class Called:
    """The operator of a model, and what it was given; use `of`.

    Parameters
    ----------
    graph : Graph
    inputs : sequence of ndarray, shape (samples, *shape in the file)
    bounds : (int, int), optional
        What operators behind it clamp its codes to.
    """

    def __init__(self, graph: Graph, inputs: Sequence[Array], bounds: tuple[int, int] | None = None) -> None:
        operator = graph.operators[0]
        self.graph = graph
        self.name = operator.name
        self.options = operator.options
        self.values = dict(zip(graph.inputs, inputs, strict=True))
        self.samples = len(inputs[0])
        self._inputs = operator.inputs
        self._bounds = bounds
        self.output = graph.tensors[operator.outputs[0]]

    @classmethod
    def of(cls, graph: Graph, inputs: Sequence[Array]) -> Called | None:
        """Return the operator; None where others than clamps of recorded cases stand behind it."""
        _, *behind = graph.operators
        if not behind:
            return cls(graph, inputs)
        low, high = INT_RANGES[graph.tensors[graph.outputs[0]].dtype]
        for operator in behind:
            limit = graph.tensors[operator.inputs[1]].data if operator.name in ("maximum", "minimum") else None
            if limit is None or limit.size != 1:
                return None
            if operator.name == "maximum":
                low = int(limit.reshape(-1)[0])
            else:
                high = int(limit.reshape(-1)[0])
        return cls(graph, inputs, (low, high))

    def has(self, position: int) -> bool:
        """Return whether an input is present."""
        return position < len(self._inputs) and self._inputs[position] >= 0

    def tensor(self, position: int) -> Tensor:
        """Return an input."""
        return self.graph.tensors[self._inputs[position]]

    def stored(self, position: int) -> Array:
        """Return an input's values; those of a constant as one sample."""
        tensor = self.tensor(position)
        data = self.values[self._inputs[position]] if tensor.data is None else tensor.data
        return data.reshape(-1, *tensor.shape)

    def codes(self, position: int) -> Codes:
        """Return an input's codes less its zero point, with as many axes as the output."""
        values = self.stored(position).astype(np.int64) - zero_point(self.tensor(position))
        return values.reshape(len(values), *[1] * (len(self.output.shape) + 1 - values.ndim), *values.shape[1:])

    def real(self, position: int) -> NDArray[np.float32]:
        """Return an input's values in real units, as float32."""
        return np.asarray(self.codes(position) * np.float64(self.scale(position)[0]), np.float32)

    def scale(self, position: int) -> NDArray[np.float32]:
        """Return an input's scales."""
        return np.asarray(quantization(self.tensor(position)).scale, np.float32)

    @property
    def output_scale(self) -> np.float32:
        """The output's scale."""
        scale: np.float32 = quantization(self.output).scale[0]
        return scale

    @property
    def output_zero_point(self) -> int:
        """The output's zero point."""
        return zero_point(self.output)

    @property
    def clamp(self) -> tuple[int, int]:
        """The lowest and the highest code of the output, by its fused activation."""
        low, high = INT_RANGES[self.output.dtype]
        kind = self.options.get("fused_activation_function", "none")

        def code(real: float) -> int:
            return self.output_zero_point + int(away_from_zero(np.float64(np.float32(real) / self.output_scale)))

        lowest, highest = ACTIVATION_ENDS[kind]
        low = low if math.isinf(lowest) else max(low, code(lowest))
        return low, high if math.isinf(highest) else min(high, code(highest))

    def made(self, codes: Any) -> Array:
        """Return codes of the output, clamped, in its shape and dtype."""
        held = np.clip(codes, *self.clamp)
        held = held if self._bounds is None else np.clip(held, *self._bounds)
        return np.asarray(held).reshape(-1, *self.output.shape).astype(self.output.dtype)


def quantization(tensor: Tensor) -> Quantization:
    """Return the quantization of a tensor that has one."""
    if tensor.quantization is None:
        raise ValueError(f"{tensor.name!r} has no quantization")
    return tensor.quantization


def zero_point(tensor: Tensor) -> int:
    """Return a tensor's zero point, 0 without quantization."""
    return 0 if tensor.quantization is None else int(tensor.quantization.zero_point[0])


def multiplier(reals: Any) -> tuple[Codes, Codes]:
    """Return TFLite's multipliers and shifts of doubles."""
    pairs = [quantize_multiplier(float(real)) for real in np.atleast_1d(reals)]
    return np.array([pair[0] for pair in pairs], np.int64), np.array([pair[1] for pair in pairs], np.int64)


def wrapped(values: Any, bits: int = 32) -> Codes:
    """Return integers modulo 2^bits, signed."""
    half = 1 << (bits - 1)
    return np.asarray((np.asarray(values, np.int64) + half) % (2 * half) - half)


def away_from_zero(values: Any) -> Any:
    """Round, ties away from zero, as C's round."""
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


def to_int32(values: Any) -> Codes:
    """Convert as x86 does: what int32 cannot hold, and NaN, is its lowest number."""
    held = np.abs(values) < 2.0**31
    return np.where(held, np.where(held, values, 0), -(2.0**31)).astype(np.int64)


def _high(values: Any, multiplier: Codes, shift: Codes) -> tuple[Codes, Codes]:
    """Return values times a multiplier, rounded once, and how far they are to be shifted right."""
    shifted = wrapped(wrapped(values) << np.maximum(shift, 0))
    return (shifted * multiplier + (1 << 30)) >> 31, np.maximum(-shift, 0)


def doubly_rounded(values: Any, multiplier: Codes, shift: Codes) -> Codes:
    """Requantize as TFLite Micro: the second rounding takes ties away from zero."""
    high, right = _high(values, multiplier, shift)
    return np.asarray(np.sign(high) * ((np.abs(high) + ((1 << right) >> 1)) >> right))


def half_upwards(values: Any, multiplier: Codes, shift: Codes) -> Codes:
    """Requantize as vector kernels do: the second rounding takes ties upwards."""
    high, right = _high(values, multiplier, shift)
    return (high + ((1 << right) >> 1)) >> right
