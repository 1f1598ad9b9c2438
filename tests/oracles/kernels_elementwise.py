"""add, pad, mean, quantize, dequantize, requantize and relu from the specification, in Python integers, one at a time.

Written from the integer arithmetic of TensorFlow Lite's 8-bit quantization specification; nothing here is fast, and
nothing comes from edgetwin. Multipliers are Q31, a positive shift is a left shift.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

RANGES = {name: (int(np.iinfo(name).min), int(np.iinfo(name).max)) for name in ("int8", "uint8", "int16", "int32")}


def wrap(value: int, bits: int = 32) -> int:
    """Return `value` as a register of so many bits holds it."""
    return (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def half_away(value: Fraction) -> int:
    """Round to the nearest integer, ties away from zero."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def half_up(value: Fraction) -> int:
    """Round to the nearest integer, ties towards +infinity."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def scaled(value: int, multiplier: int, shift: int, rounding: str = "double") -> int:
    """Multiply an int32 by ``multiplier * 2**(shift - 31)``."""
    if rounding == "single":
        return wrap(half_up(Fraction(value * multiplier, 2 ** (31 - shift))))
    product = half_up(Fraction(wrap(value << max(shift, 0)) * multiplier, 2**31))
    return half_away(Fraction(product, 2 ** max(-shift, 0)))


def clip(value: int, low: int, high: int) -> int:
    """Clamp an int32 sum, which wraps first."""
    return max(low, min(high, wrap(value)))


def requantize(codes, *, input_zero_point, output_zero_point, multiplier, shift, output_dtype, rounding="double"):
    """QUANTIZE from codes to codes."""
    return relu(
        codes,
        input_zero_point=input_zero_point,
        output_zero_point=output_zero_point,
        multiplier=multiplier,
        shift=shift,
        activation=RANGES[output_dtype],
        output_dtype=output_dtype,
        rounding=rounding,
    )


def relu(
    codes, *, input_zero_point, output_zero_point, multiplier, shift, activation, output_dtype="int8", rounding="double"
):
    """RELU: requantization whose clamp starts at the output's zero point."""
    out = np.empty(codes.shape, output_dtype)
    for index in np.ndindex(codes.shape):
        real = wrap(int(codes[index]) - input_zero_point)
        out[index] = clip(scaled(real, multiplier, shift, rounding) + output_zero_point, *activation)
    return out


def clamp(codes, low, high):
    """RELU6: the codes themselves, clamped."""
    out = np.empty_like(codes)
    for index in np.ndindex(codes.shape):
        out[index] = max(low, min(high, int(codes[index])))
    return out


def add(x, y, p, rounding="double"):
    """ADD with numpy's broadcasting; `p` has the parameter names of ``et.kernels.add``."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    x, y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)
    out = np.empty(shape, x.dtype)
    for index in np.ndindex(shape):
        total = 0
        for name, value in (("x", x[index]), ("y", y[index])):
            raised = wrap((int(value) - p[f"{name}_zero_point"]) << p["left_shift"])
            total += scaled(raised, p[f"{name}_multiplier"], p[f"{name}_shift"], rounding)
        code = scaled(wrap(total), p["output_multiplier"], p["output_shift"], rounding) + p["output_zero_point"]
        out[index] = clip(code, p["activation_min"], p["activation_max"])
    return out


def pad(x, paddings, value):
    """PAD: `paddings` holds (before, after) for every axis."""
    out = np.empty([a + n + b for n, (a, b) in zip(x.shape, paddings, strict=True)], x.dtype)
    for index in np.ndindex(out.shape):
        source = tuple(i - before for i, (before, _) in zip(index, paddings, strict=True))
        inside = all(0 <= i < n for i, n in zip(source, x.shape, strict=True))
        out[index] = x[source] if inside else value
    return out


def mean_multiplier(multiplier, shift, count):
    """Fold the division by `count` into a multiplier, losing no more bits than an int32 must."""
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << bits) // count, shift - bits


def mean(x, axes, *, input_zero_point, output_zero_point, multiplier, shift, keep_dims=False, rounding="double"):
    """MEAN over `axes`; the number of elements is in the multiplier already."""
    axes = {axis % x.ndim for axis in axes}
    out = np.empty([1 if axis in axes else n for axis, n in enumerate(x.shape)], x.dtype)
    for index in np.ndindex(out.shape):
        ranges = [range(n) if axis in axes else [index[axis]] for axis, n in enumerate(x.shape)]
        total = sum(int(x[source]) - input_zero_point for source in itertools.product(*ranges))
        out[index] = clip(scaled(wrap(total), multiplier, shift, rounding) + output_zero_point, *RANGES[x.dtype.name])
    return out if keep_dims else out.reshape([n for axis, n in enumerate(x.shape) if axis not in axes])


def cumsum(x, axis, *, input_zero_point, output_zero_point, multiplier, shift, exclusive=False, reverse=False):
    """CUMSUM: a sum that begins at the input's zero point negated, in 1/2**19."""
    out = np.empty_like(x)
    for index in np.ndindex(x.shape):
        at, size = index[axis], x.shape[axis]
        summed = range(at + exclusive, size) if reverse else range(at + 1 - exclusive)
        place = list(index)
        total = -input_zero_point
        for other in summed:
            place[axis] = other
            total += int(x[tuple(place)]) - input_zero_point
        out[index] = clip(scaled(wrap(total * 2**19), multiplier, shift) + output_zero_point, -128, 127)
    return out


def quantize(values, scale, zero_point, dtype):
    """QUANTIZE from float32: the quotient is a float32, too."""
    low, high = RANGES[dtype]
    out = np.empty(values.shape, dtype)
    for index in np.ndindex(values.shape):
        with np.errstate(over="ignore", under="ignore"):
            quotient = np.float32(values[index]) / np.float32(scale)
        if np.isinf(quotient):
            out[index] = high if quotient > 0 else low
        else:
            out[index] = max(low, min(high, half_away(Fraction(float(quotient))) + zero_point))
    return out


def dequantize(codes, scale, zero_point):
    """DEQUANTIZE: the double product, rounded to float32."""
    out = np.empty(codes.shape, np.float32)
    for index in np.ndindex(codes.shape):
        with np.errstate(over="ignore", under="ignore"):
            out[index] = np.float32(float(np.float32(scale)) * (int(codes[index]) - zero_point))
    return out
