"""Operators element by element, and pools: other forms of them.

References
----------
LiteRT ``tflite/kernels/internal``; ONNX Runtime ``qlinear_pool.cc``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ...graph.patches import patches
from ...referee.exact import exact_codes
from ...types import Array
from .called import ACTIVATION_ENDS, Called, away_from_zero, doubly_rounded, half_upwards, multiplier, wrapped

__all__ = [
    "clamped_sum", "float32_near_ties", "float32_operator", "float32_ratios", "ieee_quotient", "inverse_square_root",
    "pool_by_columns", "pool_of_uint8", "quantize_by_reciprocal", "ratio_upwards_in_blocks", "rsqrt_table",
]  # fmt: skip

_Float = NDArray[np.float32]
#: Elements that LiteRT quantizes, or requantizes, together.
_FLOATS, _CODES = 8, 16
#: The segments of a table over all int16 codes.
_SEGMENTS = 512
#: How near to a tie a code of float32 sums may be decided by their order.
_NEAR_TIE = 1e-4


def _quantized(op: Called, real: _Float) -> Array:
    """Return codes as QuantizeLinear makes them: half to even, the zero point added behind."""
    codes = np.rint(real / op.output_scale)
    return op.made(np.where(np.isnan(codes), -np.inf, codes + np.float32(op.output_zero_point)))


_SINGLE: Mapping[str, Callable[[Called], _Float]] = {
    "abs": lambda op: np.abs(op.real(0)),
    "div": lambda op: op.real(0) / op.real(1),
    "leaky_relu": lambda op: np.where(op.real(0) >= 0, op.real(0), op.real(0) * np.float32(op.options["alpha"])),
    "hard_swish": lambda op: op.real(0) * np.clip(op.real(0) * np.float32(1 / 6) + np.float32(0.5), 0, 1),
}


def float32_operator(op: Called) -> Array:
    """Dequantize, compute in float32, quantize half to even."""
    with np.errstate(all="ignore"):
        return _quantized(op, _SINGLE[op.name](op).astype(np.float32))


def float32_near_ties(op: Called, theirs: Array) -> Array:
    """Return the other's codes where they are one of the two beside an exact value near a tie, else the nearest."""
    exact = exact_codes(op.graph, 0, op.values)
    if exact is None:
        return np.zeros_like(theirs)
    low, high = op.clamp
    exact = np.nan_to_num(exact, posinf=high, neginf=low)
    below = np.floor(exact)
    free = (np.abs(exact - below - 0.5) < _NEAR_TIE) & ((theirs == below) | (theirs == below + 1))
    return op.made(np.where(free, theirs, np.clip(np.rint(exact), low, high)))


def _windows(op: Called) -> tuple[_Float, _Float]:
    """Return the real values under each position of a pool, 0 beside the input, and how many there are."""
    kernel = op.options["filter_height"], op.options["filter_width"]
    found = patches(op.options, op.real(0)[:, 0], kernel, np.nan)
    inside = ~np.isnan(found)
    return np.where(inside, found, 0).astype(np.float32), inside.sum(axis=(3, 4)).astype(np.float32)


def pool_of_uint8(op: Called) -> Array:
    """Average in float32, element after element; round with the zero point of uint8 added before."""
    values, count = _windows(op)
    total = np.zeros_like(count)
    for i in range(values.shape[3]):
        for j in range(values.shape[4]):
            total = total + values[:, :, :, i, j]
    offset = op.output_zero_point + 128
    return op.made(np.rint(total / count / op.output_scale + np.float32(offset)).astype(np.int64) - 128)


def pool_by_columns(op: Called) -> Array:
    """Average in float32, the sums of columns first; quantize half to even."""
    values, count = _windows(op)
    columns = np.zeros_like(values[:, :, :, 0])
    for i in range(values.shape[3]):
        columns = columns + values[:, :, :, i]
    total = np.zeros_like(count)
    for j in range(columns.shape[3]):
        total = total + columns[:, :, :, j]
    return _quantized(op, total / count)


def quantize_by_reciprocal(op: Called) -> Array:
    """Multiply by the reciprocal of the scale in float32 and round half to even, in whole blocks of 8 elements."""
    x = op.stored(0).reshape(op.samples, -1)
    scale = float(op.output_scale)
    codes = np.rint(x * np.float32(1 / scale))
    rest = x.shape[1] - x.shape[1] % _FLOATS
    codes[:, rest:] = away_from_zero(x[:, rest:].astype(np.float64) / scale)
    return op.made(codes.astype(np.int64) + op.output_zero_point)


def ratio_upwards_in_blocks(op: Called) -> Array:
    """Requantize codes with ties upwards in whole blocks of 16 elements."""
    x = op.codes(0).reshape(op.samples, -1)
    parts = multiplier(np.float64(op.scale(0)[0]) / np.float64(op.output_scale))
    codes = half_upwards(x, *parts)
    rest = x.shape[1] - x.shape[1] % _CODES
    codes[:, rest:] = doubly_rounded(x[:, rest:], *parts)
    return op.made(codes + op.output_zero_point)


def float32_ratios(op: Called) -> Array:
    """Leaky and parametric ReLU with multipliers of ratios that were rounded to float32."""
    x, scale, made = op.codes(0), op.scale(0)[0], op.output_scale
    if op.name == "prelu":
        slope, negative = scale * op.scale(1)[0] / made, x * op.codes(1)
    else:
        slope, negative = scale * np.float32(op.options["alpha"]) / made, x
    positive = doubly_rounded(x, *multiplier(scale / made))
    return op.made(np.where(x >= 0, positive, doubly_rounded(negative, *multiplier(slope))) + op.output_zero_point)


def rsqrt_table(op: Called) -> Array:
    """Interpolate between 513 values of the inverse square root, the largest code for what is not positive."""
    scale, made = op.scale(0)[0], op.output_scale
    lowest = scale * np.float32(-32768)
    step = (scale * np.float32(32767) - lowest) / np.float32(_SEGMENTS)
    codes_per_unit = np.float32(65536) / (made * np.float32(32767) - made * np.float32(-32768))

    def curve(x: _Float) -> _Float:
        with np.errstate(all="ignore"):
            real = np.where(x <= 0, np.float32(32767) * made, np.float32(1) / np.sqrt(x))
        return np.asarray(real * codes_per_unit, np.float32)

    def rounded(x: _Float) -> _Float:
        return np.asarray(away_from_zero(x), np.float32)

    at = np.arange(_SEGMENTS + 1).astype(np.float32)
    value, middle, following = (curve(lowest + at[:-1] * step), curve(lowest + at[:-1] * step + step / np.float32(2)),
                                curve(lowest + at[1:] * step))  # fmt: skip
    bias = rounded((rounded((following + rounded(value)) / np.float32(2)) - rounded(middle)) / np.float32(2))
    last = rounded(curve(scale * np.float32(32767)))
    table = np.clip(np.append(rounded(value) - bias, last), -32768, 32767).astype(np.int64)
    x = op.codes(0)
    segment = 256 + (x >> 7)
    slope = wrapped(table[segment + 1] - table[segment], 16)
    return op.made(wrapped(table[segment] + ((slope * (x & 127) + 64) >> 7), 16))


def clamped_sum(op: Called) -> Array:
    """Add int32 numbers and clamp them to the fused activation."""
    low, high = ACTIVATION_ENDS[op.options["fused_activation_function"]]
    ends = max(low, -(2**31)), min(high, 2**31 - 1)
    sums = np.clip(wrapped(op.codes(0) + op.codes(1)), *ends)
    return np.asarray(sums.reshape(-1, *op.output.shape), np.int32)


def ieee_quotient(op: Called) -> Array:
    """Divide float32 numbers as IEEE 754 says, and clamp them to the fused activation."""
    x, y = (op.stored(i).reshape(-1, *_padded(op, i)) for i in (0, 1))
    with np.errstate(all="ignore"):
        return np.asarray(np.clip(x / y, *map(np.float32, ACTIVATION_ENDS[op.options["fused_activation_function"]])))


def _padded(op: Called, position: int) -> tuple[int, ...]:
    shape = op.tensor(position).shape
    return (1,) * (len(op.output.shape) - len(shape)) + shape


def inverse_square_root(op: Called) -> Array:
    """Return the inverse square root of float32 numbers, NaN for 0."""
    x = op.stored(0)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(x == 0, np.nan, np.float32(1) / np.sqrt(x)), np.float32)
