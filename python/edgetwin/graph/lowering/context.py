"""What every lowering function needs: the operator's tensors, TFLite's quantization arithmetic, clear errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, UnsupportedError
from ...types import ARITHMETICS, INT_RANGES, Array, Quantization
from ..graph import Graph, Operator, Tensor
from ..step import Step

__all__ = ["Context", "Window", "quantize_multiplier"]
_MAX_WINDOW = 2**15 - 1


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
class Window:
    """One axis of a sliding window.

    Attributes
    ----------
    output : int
        Number of positions.
    pad : int
        Elements of padding before the input.
    """

    output: int
    pad: int


@dataclass(frozen=True)
class Context:
    """One operator being lowered.

    Attributes
    ----------
    graph : Graph
    index : int
        The operator's index in `graph`.
    arithmetic : str
        A key of `ARITHMETICS`.
    """

    graph: Graph
    index: int
    arithmetic: str

    @property
    def rounding(self) -> int:
        """The arithmetic's rounding, a value of `ROUNDINGS`."""
        return ARITHMETICS[self.arithmetic]

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

    def int8(self, tensor: Tensor) -> Tensor:
        """Return `tensor`, which must be int8."""
        if tensor.dtype != "int8":
            self.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is int8")
        return tensor

    def rank(self, tensor: Tensor, rank: int) -> tuple[int, ...]:
        """Return the shape of a tensor that must have `rank` axes."""
        if len(tensor.shape) != rank:
            self.bad(f"tensor {tensor.name!r} has shape {list(tensor.shape)}, accepted are {rank} axes")
        return tensor.shape

    def expect_shape(self, tensor: Tensor, shape: tuple[int, ...]) -> None:
        """Raise unless `tensor` has the shape that the operator computes."""
        if tensor.shape != shape:
            self.bad(f"output {tensor.name!r} has shape {list(tensor.shape)}, its inputs give {list(shape)}")

    def option(self, name: str) -> Any:
        """Return a builtin option."""
        if name not in self.operator.options:
            self.bad(f"option {name!r} is missing")
        return self.operator.options[name]

    def positive(self, name: str) -> int:
        """Return an integer option that must be at least 1."""
        value = int(self.option(name))
        if value < 1:
            self.bad(f"{name} is {value}, accepted is >= 1")
        return value

    def window(self, size: int, kernel: int, stride: int, dilation: int = 1) -> Window:
        """Return the output size and the padding of one axis, TFLite's SAME or VALID."""
        extent = (kernel - 1) * dilation + 1
        padding = self.option("padding")
        if padding == "same":
            output = (size + stride - 1) // stride
        elif padding == "valid":
            output = (size + stride - extent) // stride
        else:
            self.bad(f"padding is {padding!r}, accepted are 'same' and 'valid'")
        if output < 1:
            self.bad(f"a window of {extent} does not fit into {size} elements")
        pad = max((output - 1) * stride + extent - size, 0) // 2
        if max(pad, stride, dilation) > _MAX_WINDOW:
            self.unsupported(
                f"padding {pad}, stride {stride} and dilation {dilation}, accepted are at most {_MAX_WINDOW}: TFLite "
                "Micro holds them in 16 bits"
            )
        return Window(output, pad)

    def activation_range(self, name: str, output: Tensor) -> tuple[int, int]:
        """Return the clamp that a fused activation puts on an output's codes.

        The division is in float32, as TFLite's ``CalculateActivationRangeQuantized``; it ignores "tanh" and "sign_bit",
        which no converter fuses into an integer operator: refused here.
        """
        scale, zero_point = self.per_tensor(output)
        low, high = INT_RANGES[output.dtype]

        def code(real: float) -> int:
            with np.errstate(over="ignore"):
                ratio = float(np.float32(real) / scale)
            if not abs(ratio) < 2**31:
                self.bad(f"output {output.name!r}: scale {scale} is too small for {name}")
            return zero_point + math.floor(abs(ratio) + 0.5) * (1 if ratio >= 0 else -1)

        limits = {
            "none": (low, high),
            "relu": (max(low, zero_point), high),
            "relu6": (max(low, zero_point), min(high, code(6.0)) if name == "relu6" else high),
            "relu_n1_to_1": (max(low, code(-1.0)), min(high, code(1.0))) if name == "relu_n1_to_1" else (low, high),
        }
        if name not in limits:
            self.unsupported(f"fused activation {name!r}, accepted are {', '.join(limits)}")
        return limits[name]

    def weights(
        self, position: int, channel_axis: int, *, int4: bool = False
    ) -> tuple[Array, NDArray[np.float32], NDArray[np.int64]]:
        """Return (values, scales, zero points) of constant int8 weights, scales along `channel_axis` or one for all.

        With `int4`, weights of int4 are accepted, too: the kernels take their values as int8.
        """
        tensor = self.input(position)
        values = self.constant(position, "int4" if int4 and tensor.dtype == "int4" else "int8")
        quantization = self.quantization(tensor)
        channels = tensor.shape[channel_axis]
        if quantization.scale.size == 1:
            return values, quantization.scale, quantization.zero_point
        if quantization.scale.size != channels or quantization.quantized_dimension != channel_axis:
            self.bad(
                f"weights {tensor.name!r} have {quantization.scale.size} scales along axis "
                f"{quantization.quantized_dimension}, accepted are 1, or {channels} along axis {channel_axis}"
            )
        return values, quantization.scale, quantization.zero_point

    def bias(self, position: int, channels: int, dtype: str = "int32") -> Array | None:
        """Return the bias of `channels` elements, or None where it is absent."""
        if not self.has_input(position):
            return None
        values = self.constant(position, dtype)
        if values.size != channels:
            self.bad(f"bias {self.input(position).name!r} has {values.size} elements, expected {channels}")
        return values

    def scale(self, real: float, most_left: int = 30) -> tuple[int, int]:
        """Return the multiplier and shift of an effective scale, which must be finite."""
        if not math.isfinite(real):
            self.unsupported(f"effective scale {real:g}, accepted are finite ones")
        multiplier, shift = quantize_multiplier(real)
        if shift > most_left:
            self.unsupported(
                f"effective scale {real:g} needs a left shift of {shift}, accepted are at most {most_left}"
            )
        return multiplier, shift

    def requantization(self, real: NDArray[np.float64], most_left: int = 30) -> dict[str, Array | None]:
        """Return the ``multiplier`` and ``shift`` constants of effective scales, one a channel."""
        pairs = [self.scale(float(value), most_left) for value in real]
        multiplier, shift = np.array(pairs, np.int32).reshape(-1, 2).T
        return {"multiplier": np.ascontiguousarray(multiplier), "shift": np.ascontiguousarray(shift)}

    def effective_scales(
        self, source: Tensor, weights: NDArray[np.float32], output: Tensor, channels: int
    ) -> NDArray[np.float64]:
        """Return s_in * s_weights / s_out, one a channel; in double, as TFLite: a float32 product gives other bytes."""
        input_scale, output_scale = (np.float64(self.per_tensor(tensor)[0]) for tensor in (source, output))
        return np.broadcast_to(input_scale * weights.astype(np.float64) / output_scale, channels)

    def step(
        self,
        kernel: str,
        params: Mapping[str, int | float],
        constants: Mapping[str, Array | None] | None = None,
        *,
        inputs: int = 1,
    ) -> Step:
        """Return the call of a kernel that takes the operator's first `inputs` inputs and gives its first output."""
        operator = self.operator
        return Step(self.index, kernel, operator.inputs[:inputs], (), operator.outputs[:1], params, constants or {})
