"""softmax, logistic and tanh of int8 and int16 codes in Python integers, one at a time; nothing comes from edgetwin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles import fixed_point
from oracles.kernels_elementwise import RANGES, scaled, wrap


def softmax(x, *, multiplier, shift, diff_min, output_dtype="int8"):
    """SOFTMAX over the last axis: Q5.26 differences, a Q12.19 sum, its reciprocal."""
    low, high = RANGES[output_dtype]
    bits = 8 if output_dtype == "int8" else 16
    out = np.full(x.shape, low, output_dtype)
    for row in np.ndindex(x.shape[:-1]):
        codes = [int(code) for code in x[row]]
        exps = {}
        for i, code in enumerate(codes):
            difference = code - max(codes)
            if difference >= diff_min:
                power = fixed_point.product(wrap(difference * 2**shift), multiplier)
                exps[i] = fixed_point.exp(power, 5)
        total = wrap(sum(fixed_point.divided(value, 12) for value in exps.values()))
        scale, over_unit = fixed_point.reciprocal(total, 12)
        for i, value in exps.items():
            code = fixed_point.divided(fixed_point.product(scale, value), over_unit + 31 - bits) + low
            out[(*row, i)] = max(low, min(high, code))
    return out


def _curve(x, function, bits, offset, *, input_zero_point, input_range_radius, multiplier, shift):
    out = np.empty(x.shape, np.int8)
    for index in np.ndindex(x.shape):
        distance = int(x[index]) - input_zero_point
        if distance <= -input_range_radius:
            out[index] = -128
        elif distance >= input_range_radius:
            out[index] = 127
        else:
            value = function(scaled(distance, multiplier, shift), 4)
            out[index] = max(-128, min(127, fixed_point.divided(value, 31 - bits) + offset))
    return out


def logistic(x, **params):
    """LOGISTIC: Q4.27 in, scale 1/256 and zero point -128 out."""
    return _curve(x, fixed_point.logistic, 8, -128, **params)


def tanh(x, **params):
    """TANH: Q4.27 in, scale 1/128 and zero point 0 out."""
    return _curve(x, fixed_point.tanh, 7, 0, **params)


def _round(values):
    """Round float32 numbers half away from zero."""
    return np.where(values < 0, np.ceil(values - np.float32(0.5)), np.floor(values + np.float32(0.5)))


def table_s16(low, high, function):
    """TFLite's table of 512 steps from `low` to `high`, in float32: moved by half of the error amid each step."""
    low, high = np.float32(low), np.float32(high)
    # The output's scale is 2 / 65535, and its 65535 steps are taken for 65536.
    unit = np.float32(2) / np.float32(65535)
    scale = np.float32(65536) / (unit * np.float32(32767) - unit * np.float32(-32768))
    step = (high - low) / np.float32(512)
    at = low + np.arange(513, dtype=np.float32) * step
    values = function(at.astype(np.float64)).astype(np.float32)
    middle = function((at[:-1] + step / np.float32(2)).astype(np.float64)).astype(np.float32)
    sample = _round(values * scale)
    between = _round((values[1:] * scale + sample[:-1]) / np.float32(2))
    moved = sample.copy()
    moved[:-1] -= _round((between - _round(middle * scale)) / np.float32(2))
    moved[-1] = _round(function(np.array([high], np.float64)).astype(np.float32) * scale)[0]
    return moved.clip(-32768, 32767).astype(int).tolist()


EXP_S16 = table_s16(-10, 0, np.exp)
RECIPROCAL_S16 = table_s16(0, 1, lambda x: 1 / (1 + x))


def _from_table(table, code):
    index, offset = divmod(code + 32768, 128)
    return table[index] + ((table[index + 1] - table[index]) * offset + 64) // 128


def softmax_s16(x, *, multiplier, shift, rounding="double", saturation="tflm"):
    """SOFTMAX of int16: exp over [-10, 0] and 1 / (1 + x) by table."""
    out = np.empty(x.shape, np.int16)
    for row in np.ndindex(x.shape[:-1]):
        codes = [int(code) for code in x[row]]
        largest = max(codes)
        scales = [wrap(scaled(code - largest, multiplier, shift, rounding) + 32767) for code in codes]
        exps = [_from_table(EXP_S16, max(-32768, min(32767, value))) for value in scales]
        bits = sum(exps).bit_length()
        # The sum as 1 + x in 1/65536.
        normal = (sum(exps) * 2 ** (31 - bits) + 2**13) // 2**14
        reciprocal = _from_table(RECIPROCAL_S16, max(-32768, min(32767, normal - 65536 - 32768)))
        for i, value in enumerate(exps):
            code = (value * reciprocal + 2 ** (bits - 2)) // 2 ** (bits - 1)
            out[(*row, i)] = min(code, 32767) if saturation == "tflm" else (code + 32768) % 65536 - 32768
    return out


def _table_curve(x, function, multiplier, shift):
    out = np.empty(x.shape, np.int16)
    for index in np.ndindex(x.shape):
        out[index] = function(int(x[index]), multiplier * Fraction(2) ** shift)
    return out


def logistic_s16(x, *, input_zero_point, multiplier, shift):
    """LOGISTIC of int16."""
    assert input_zero_point == 0
    return _table_curve(x, fixed_point.logistic_s16, multiplier, shift)


def tanh_s16(x, *, input_zero_point, multiplier, shift):
    """TANH of int16."""
    assert input_zero_point == 0
    return _table_curve(x, fixed_point.tanh_of_table, multiplier, shift)
