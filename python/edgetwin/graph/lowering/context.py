"""What every lowering function needs: the operator's tensors, TFLite's quantization arithmetic, clear errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from ...errors import ModelError, UnsupportedError
from ...types import Array, Quantization
from ..graph import Graph, Operator, Tensor

__all__ = ["INT_RANGES", "Context", "quantize_multiplier"]

INT_RANGES = {"int8": (-128, 127), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1)}


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Split a real scale into a Q31 multiplier and a shift, as TFLite's ``QuantizeMultiplier``.

    Parameters
    ----------
    real : float, >= 0, finite
        A double; the caller forms it in the precision that the reference uses.

    Returns
    -------
    multiplier : int in {0} or [2**30, 2**31)
    shift : int in [-31, 30], positive = left

    References
    ----------
    TensorFlow Lite ``kernels/internal/quantization_util.cc``.
    """
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    scaled = fraction * 2**31  # exact: a double's fraction has 53 bits
    multiplier = math.floor(scaled + 0.5)  # C's round: `scaled` is positive and below 2**31, so the sum is exact enough
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    return multiplier, shift


@dataclass(frozen=True)
class Context:
    """One operator being lowered.

    Attributes
    ----------
    graph : Graph
    index : int
        The operator's index in `graph`.
    rounding : int
        The device core's ``Rounding`` value: 0 double, 1 single.
    """

    graph: Graph
    index: int
    rounding: int = 0

    @property
    def operator(self) -> Operator:
        """The operator being lowered."""
        return self.graph.operators[self.index]

    @property
    def where(self) -> str:
        """``operator 3 (conv_2d)``, for messages."""
        return self.graph.where(self.index)

    def bad(self, message: str) -> NoReturn:
        """Raise ModelError: the model contradicts itself at this operator."""
        raise ModelError(f"{self.where}: {message}")

    def unsupported(self, message: str) -> NoReturn:
        """Raise UnsupportedError: well-formed, but edgetwin does not implement it."""
        raise UnsupportedError(f"{self.where}: {message}")

    def has_input(self, position: int) -> bool:
        """Return whether input `position` is present."""
        return position < len(self.operator.inputs) and self.operator.inputs[position] >= 0

    def input(self, position: int) -> Tensor:
        """Return the tensor at input `position`."""
        if not self.has_input(position):
            self.bad(f"input {position} is missing")
        return self.graph.tensors[self.operator.inputs[position]]

    def output(self, position: int = 0) -> Tensor:
        """Return the tensor at output `position`."""
        if position >= len(self.operator.outputs):
            self.bad(f"output {position} is missing")
        return self.graph.tensors[self.operator.outputs[position]]

    def constant(self, position: int, dtype: str) -> Array:
        """Return the value of constant input `position`, which must have `dtype`."""
        tensor = self.input(position)
        if tensor.data is None:
            self.unsupported(f"input {position} ({tensor.name!r}) must be a constant")
        if tensor.dtype != dtype:
            self.unsupported(f"input {position} ({tensor.name!r}) is {tensor.dtype}, accepted is {dtype}")
        return tensor.data

    def quantization(self, tensor: Tensor) -> Quantization:
        """Return a tensor's quantization, which must exist, with finite positive scales."""
        quantization = tensor.quantization
        if quantization is None:
            self.bad(f"tensor {tensor.name!r} ({tensor.dtype}) has no quantization parameters")
        if not (np.isfinite(quantization.scale).all() and (quantization.scale > 0).all()):
            self.bad(f"tensor {tensor.name!r} has a scale that is not positive and finite")
        return quantization

    def per_tensor(self, tensor: Tensor) -> tuple[np.float32, int]:
        """Return (scale, zero_point) of a tensor that is quantized per-tensor, zero point inside its dtype."""
        quantization = self.quantization(tensor)
        if quantization.scale.size != 1:
            self.unsupported(f"tensor {tensor.name!r} is quantized per-channel, accepted is per-tensor")
        zero_point = int(quantization.zero_point[0])
        low, high = INT_RANGES.get(tensor.dtype, (0, 0))
        if not low <= zero_point <= high:
            self.bad(f"tensor {tensor.name!r} has zero_point {zero_point}, accepted is [{low}, {high}]")
        return quantization.scale[0], zero_point
