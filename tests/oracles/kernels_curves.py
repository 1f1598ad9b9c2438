"""hard_swish, rsqrt, log_softmax and l2_normalization in Python integers, one element at a time.

Written from TensorFlow Lite's and gemmlowp's fixed-point functions; nothing comes from edgetwin.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles import fixed_point
from oracles.fixed_point import divided, product, raised
from oracles.kernels_elementwise import RANGES, clip, half_away, half_up, scaled, wrap

#: Raw Q0.31 constants: those of the rational function for the logarithm, log(2), roots of a half.
ROOT_OF_HALF = round(2**31 * 0.5**0.5)
FOURTH_ROOT_OF_HALF = round(2**31 * 0.5**0.25)
LOG_2 = fixed_point.raw_of(fixed_point.Decimal(2).ln(), 0)
ALPHA_N, ALPHA_D = round(2**31 * 11 / 240 * 2**0.25), round(2**31 / 20 * 2**0.25)
ALPHA_I, ALPHA_F = round(2**31 * (2 / 2**0.25 - 2**0.25)), round(2**31 / 4 * 2**0.25)


def int16(value):
    return max(-(2**15), min(2**15 - 1, value))


def product_s16(a, b):
    return half_up(Fraction(a * b, 2**15))


def divided_s16(value, exponent):
    """Ties away from zero; beyond 15 bits gemmlowp's int16 mask is -1: the quotient's floor, or one more above 0."""
    if exponent > 15:
        return -1 if value < 0 else 1
    return half_away(Fraction(value, 2**exponent))


def hard_swish(
    x, *, input_zero_point, output_zero_point, output_multiplier, output_shift, reluish_multiplier, reluish_shift
):
    """HARD_SWISH."""
    out = np.empty(x.shape, np.int8)
    for index in np.ndindex(x.shape):
        fine = (int(x[index]) - input_zero_point) * 128
        value = product_s16(fine, output_multiplier)
        third = fine
        if reluish_shift > 0:
            third = int16(third * 2 ** (reluish_shift - 1))
        third = product_s16(third, reluish_multiplier)
        third = int16(third * 2) if reluish_shift > 0 else third
        third = divided_s16(third, -reluish_shift) if reluish_shift < 0 else third
        gate = (third + 2**15) // 2
        value = int(Fraction(gate * value, 2**15))  # towards zero
        code = divided_s16(value, -output_shift) + output_zero_point
        code = (code + 2**15) % 2**16 - 2**15
        out[index] = max(-128, min(127, code))
    return out


def inverse_square_root(x):
    """1 / sqrt(x) of an integer >= 1 as (multiplier, shift): five steps of Newton's iteration in Q3.28."""
    if x <= 1:
        return 2**31 - 1, 0
    right = 11
    while x >= 2**29:
        x //= 4
        right += 1
    while x < 2**27:
        x *= 4
        right -= 1
    half, root = divided(x // 2, 1), 2**28
    for _ in range(5):
        cube = raised(product(product(root, root), root), 6)
        root = raised(wrap(product(3 * 2**27, root) - product(half, cube)), 3)
    root = product(root, ROOT_OF_HALF)
    return (wrap(root * 2**-right), 0) if right < 0 else (root, -right)


def rsqrt(x, *, input_zero_point, output_zero_point, multiplier, shift):
    """RSQRT; from 0 downwards the highest code."""
    low, high = RANGES[x.dtype.name]
    out = np.full_like(x, high)
    for index in np.ndindex(x.shape):
        value = int(x[index]) - input_zero_point
        if value > 0:
            root, root_shift = inverse_square_root(value)
            raw = scaled(1, root, root_shift + 20)
            out[index] = clip(scaled(raw, multiplier, shift) + output_zero_point, low, high)
    return out


def l2_normalization(x, *, input_zero_point):
    """L2_NORMALIZATION over the last axis."""
    out = np.empty(x.shape, np.int8)
    for row in np.ndindex(x.shape[:-1]):
        values = [int(code) - input_zero_point for code in x[row]]
        root, shift = inverse_square_root(sum(v * v for v in values))
        out[row] = [max(-128, min(127, scaled(v, root, shift + 7))) for v in values]
    return out


def logarithm(x):
    """log(x) of a Q12.19 >= 1 as Q5.26: x = r 2**power, r around 2**(-1/4), of two ways to split the smaller r."""
    zeros = 32 - x.bit_length()
    first = raised(product(x * 2 ** (zeros - 1), ROOT_OF_HALF), 1)
    first_power = (12 - zeros) * 2**25 + 2**23
    headroom = 31 - product(x, ROOT_OF_HALF).bit_length()
    second = raised(x, headroom)
    second_power = (12 - headroom) * 2**25 - 2**23
    r, power = min(first, second), max(first_power, second_power)
    p = half_away(Fraction(r + FOURTH_ROOT_OF_HALF, 2))
    q = 2 * (r - FOURTH_ROOT_OF_HALF)
    square = product(q, q)
    numerator = product(q, r) + product(product(q, square), ALPHA_N)
    denominator = product(p, ALPHA_I + q + product(ALPHA_D, square)) + product(ALPHA_F, q)
    quotient = product(divided(numerator, 6), fixed_point.one_over_one_plus(denominator))
    return raised(product(power, LOG_2) + quotient, 1)


def log_softmax(x, *, multiplier, shift, reverse_multiplier, reverse_shift, diff_min):
    """LOG_SOFTMAX over the last axis: Q5.26 differences, a Q12.19 sum."""
    out = np.full(x.shape, -128, np.int8)
    for row in np.ndindex(x.shape[:-1]):
        differences = [int(code) - int(x[row].max()) for code in x[row]]
        powers = [product(wrap(d * 2**shift), multiplier) for d in differences]
        total = sum(
            divided(fixed_point.exp(power, 5), 12)
            for d, power in zip(differences, powers, strict=True)
            if d >= diff_min
        )
        log = logarithm(total)
        least = max(diff_min - 1, scaled(wrap(log - 2**31), reverse_multiplier, reverse_shift))
        for i, (difference, power) in enumerate(zip(differences, powers, strict=True)):
            if difference > least:
                out[(*row, i)] = max(-128, min(127, divided(wrap(power - log), 22) + 127))
    return out
