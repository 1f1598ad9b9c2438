"""Logistic and tanh of int16 codes with 12 fractional bits, as gemmlowp computes them in int16.

References
----------
gemmlowp ``fixedpoint/fixedpoint.h`` and ``fixedpoint_sse.h``; LiteRT ``optimized_ops.h``.
"""

from __future__ import annotations

import numpy as np

from ...types import Array
from .called import Called, Codes

__all__ = ["fixed_point_curve"]

_LOWEST, _HIGHEST = -32768, 32767
#: exp(-1/8), 1/3, 48/17 / 4 and -32/17 / 4.
_EXP_EIGHTH, _THIRD, _48_17, _32_17 = 1895147668, 715827883, 1515870810, -1010580540
#: exp(-2^k) for k = -2, -1, ...
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
#: 1 with two integer bits.
_ONE = 1 << 13
_ITERATIONS = 3


def _constant(bits: int) -> Codes:
    return np.asarray((bits + (1 << 15)) >> 16, np.int64)


def _saturated(values: Codes) -> Codes:
    return np.clip(values, _LOWEST, _HIGHEST)


def _times(a: Codes, b: Codes) -> Codes:
    """Multiply fractions, ties upwards."""
    return _saturated((a * b + (1 << 14)) >> 15)


def _halved(values: Codes, times: int) -> Codes:
    """Divide by a power of two, ties away from zero."""
    return np.asarray(np.sign(values) * ((np.abs(values) + ((1 << times) >> 1)) >> times))


def _exp_near_zero(x: Codes) -> Codes:
    """Return exp of [-1/4, 0), no integer bits: a polynomial around -1/8."""
    x = x + (1 << 12)
    square = _times(x, x)
    cube, fourth = _times(square, x), _times(square, square)
    rest = _halved(_times(_saturated(_halved(fourth, 2) + cube), _constant(_THIRD)) + square, 1)
    base = _constant(_EXP_EIGHTH)
    return _saturated(base + _times(base, _saturated(x + rest)))


def _exp(x: Codes, integer_bits: int) -> Codes:
    """Return exp of what is not positive."""
    fraction_bits = 15 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    within = (x & (quarter - 1)) - quarter
    made = _exp_near_zero(_saturated(within << integer_bits))
    remainder = within - x
    for exponent, power in enumerate(_POWERS, -2):
        if integer_bits > exponent:
            made = np.where(remainder & (1 << (fraction_bits + exponent)), _times(made, _constant(power)), made)
    return np.where(x == 0, _HIGHEST, made)


def _reciprocal(x: Codes) -> Codes:
    """Return 2 / (1 + x) of [0, 1], two integer bits, by Newton's method."""
    half = (x + _HIGHEST + 1) >> 1
    made = _saturated(_constant(_48_17) + _times(half, _constant(_32_17)))
    for _ in range(_ITERATIONS):
        made = _saturated(made + _saturated(_times(made, _saturated(_ONE - _times(half, made))) << 2))
    return made


def _logistic(x: Codes) -> Codes:
    positive = _saturated(_reciprocal(_exp(-np.abs(x), 3)) << 1)
    return np.where(x == 0, 1 << 14, np.where(x > 0, positive, _HIGHEST - positive))


def _tanh(x: Codes) -> Codes:
    # Twice the input: the same bits with an integer bit more.
    positive = _saturated((_reciprocal(_exp(-np.abs(x), 4)) - _ONE) << 2)
    return np.where(x == 0, 0, np.where(x > 0, positive, -positive))


def fixed_point_curve(op: Called) -> Array:
    """Take a scale near 2^-12, or for tanh 2^-11, for that power of two, and compute in fixed point."""
    shift = round(float(np.log2(op.scale(0)[0]))) + 12
    x = np.maximum(_saturated(op.codes(0) << shift), _LOWEST + 1)
    return op.made(_tanh(x) if op.name == "tanh" else _logistic(x))
