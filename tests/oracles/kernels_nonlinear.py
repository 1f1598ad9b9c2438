"""softmax, logistic and tanh of int8 codes in Python integers, one element at a time; nothing comes from edgetwin."""

from __future__ import annotations

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
