"""Convolutions and matrix products: other ways to make codes of their sums.

References
----------
LiteRT ``tflite/kernels/internal``; ruy ``kernel_avx512.cc``; XNNPACK; ONNX Runtime's MLAS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...graph.lowering.transpose_conv import transpose_padding
from ...referee.exact import exact_sums
from ...types import Array
from .called import Called, Codes, away_from_zero, doubly_rounded, half_upwards, multiplier, to_int32, wrapped

__all__ = ["in_double", "in_float32", "in_float32_unwrapped", "ties_upwards", "ties_upwards_in_blocks"]

#: As the schema numbers dtypes: sums of 32 bits.
_INT32 = 2
#: Channels that LiteRT's transposed convolution requantizes together.
_BLOCK = 8


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums of products with the bias, channels last, in 64 bits, and the scales of input and weights."""

    values: Codes
    input_scale: np.float32
    weights_scale: NDArray[np.float32]


def _transpose_conv(op: Called) -> _Sums:
    x, weights = op.codes(2)[:, 0], op.codes(1)[0]
    out, kernel_h, kernel_w, _ = weights.shape
    samples, height, width, _ = x.shape
    _, output_h, output_w, _ = op.output.shape
    step_h, step_w = op.options["stride_h"], op.options["stride_w"]
    top = transpose_padding(op.options["padding"], output_h, kernel_h, step_h)
    left = transpose_padding(op.options["padding"], output_w, kernel_w, step_w)
    high = max((height - 1) * step_h + kernel_h, top + output_h)
    wide = max((width - 1) * step_w + kernel_w, left + output_w)
    whole = np.zeros((samples, high, wide, out), np.int64)
    for i in range(kernel_h):
        for j in range(kernel_w):
            reached = whole[:, i : i + (height - 1) * step_h + 1 : step_h, j : j + (width - 1) * step_w + 1 : step_w]
            reached += x @ weights[:, i, j].T
    sums = whole[:, top : top + output_h, left : left + output_w]
    bias = op.stored(3)[0].astype(np.int64) if op.has(3) else 0
    return _Sums(sums + bias, op.scale(2)[0], op.scale(1))


def _batch_matmul(op: Called) -> _Sums:
    x, y = (
        op.codes(i).swapaxes(-1, -2) if op.options[name] else op.codes(i) for i, name in enumerate(("adj_x", "adj_y"))
    )
    return _Sums(x @ y, op.scale(0)[0], op.scale(1))


def _sums(op: Called) -> _Sums:
    special: dict[str, Callable[[Called], _Sums]] = {"transpose_conv": _transpose_conv, "batch_matmul": _batch_matmul}
    if op.name in special:
        return special[op.name](op)
    return _Sums(exact_sums(op.graph, 0, op.values), op.scale(0)[0], op.scale(1))


def _ratio(op: Called, sums: _Sums) -> NDArray[np.float64]:
    weights = sums.weights_scale.astype(np.float64)
    return np.asarray(np.float64(sums.input_scale) * weights / np.float64(op.output_scale))


def ties_upwards(op: Called) -> Array:
    """Requantize with ties upwards."""
    sums = _sums(op)
    return op.made(half_upwards(sums.values, *multiplier(_ratio(op, sums))) + op.output_zero_point)


def ties_upwards_in_blocks(op: Called) -> Array:
    """Requantize with ties upwards in whole blocks of 8 channels, and as TFLite Micro in the rest."""
    sums = _sums(op)
    parts = multiplier(_ratio(op, sums))
    channels = sums.values.shape[-1]
    vector = np.arange(channels) < channels - channels % _BLOCK
    codes = np.where(vector, half_upwards(sums.values, *parts), doubly_rounded(sums.values, *parts))
    return op.made(codes + op.output_zero_point)


def in_float32(op: Called) -> Array:
    """Requantize in float32, clamped before it is rounded half to even: nothing wraps when it is shifted."""
    sums = _sums(op)
    return _single(op, sums, wrapped(sums.values))


def in_float32_unwrapped(op: Called) -> Array:
    """Requantize in float32 sums that do not wrap either."""
    sums = _sums(op)
    return _single(op, sums, sums.values)


def _single(op: Called, sums: _Sums, values: Codes) -> Array:
    scale = sums.input_scale * sums.weights_scale / op.output_scale
    low, high = op.clamp
    zero = op.output_zero_point
    real = values.astype(np.float32) * scale
    return op.made(np.rint(np.clip(real, low - zero, high - zero)).astype(np.int64) + zero)


def in_double(op: Called) -> Array:
    """Requantize in float64 and round once, ties away from zero."""
    sums = _sums(op)
    narrow = op.output.dtype == "int8" or op.options.get("quantized_bias_type") == _INT32
    values = wrapped(sums.values) if narrow else sums.values
    codes = to_int32(away_from_zero(values.astype(np.float64) * _ratio(op, sums)))
    return op.made(wrapped(codes + op.output_zero_point))
