"""sub, mul, div, squared_difference, leaky_relu, prelu and abs from the specification, in Python integers, one by one.

Written from the integer arithmetic of TensorFlow Lite's 8-bit quantization specification; nothing here is fast, and
nothing comes from edgetwin. `p` has the parameter names of ``et.kernels``.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles.fixed_point import one_over_one_plus, product, reciprocal
from oracles.kernels_elementwise import RANGES, clip, half_away, scaled, wrap


def binary(element, x, y):
    """``element(x, y)`` of Python integers, for every element of arrays that broadcast; the dtype is that of `x`."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    x, y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)
    out = np.empty(shape, x.dtype)
    for index in np.ndindex(shape):
        out[index] = element(int(x[index]), int(y[index]))
    return out


def _difference(x, y, p, rounding):
    """The difference in the scale that both operands share."""
    terms = []
    for name, value in (("x", x), ("y", y)):
        raised = wrap((value - p[f"{name}_zero_point"]) << p["left_shift"])
        terms.append(scaled(raised, p[f"{name}_multiplier"], p[f"{name}_shift"], rounding))
    return wrap(terms[0] - terms[1])


def sub(x, y, p, rounding="double"):
    """SUB."""

    def element(a, b):
        value = scaled(_difference(a, b, p, rounding), p["output_multiplier"], p["output_shift"], rounding)
        return clip(value + p["output_zero_point"], p["activation_min"], p["activation_max"])

    return binary(element, x, y)


def squared_difference(x, y, p):
    """SQUARED_DIFFERENCE."""

    def element(a, b):
        square = wrap(_difference(a, b, p, "double") ** 2)
        value = wrap(scaled(square, p["output_multiplier"], p["output_shift"])) + p["output_zero_point"]
        return clip(value, *RANGES[x.dtype.name])

    return binary(element, x, y)


def mul(x, y, p, rounding="double"):
    """MUL."""

    def element(a, b):
        product = (a - p["x_zero_point"]) * (b - p["y_zero_point"])
        value = scaled(product, p["multiplier"], p["shift"], rounding) + p["output_zero_point"]
        return clip(value, p["activation_min"], p["activation_max"])

    return binary(element, x, y)


def div(x, y, p):
    """DIV: the dividend with all its bits, times the divisor's reciprocal."""

    def element(a, b):
        dividend, divisor = a - p["x_zero_point"], b - p["y_zero_point"]
        if divisor < 0:
            dividend, divisor = -dividend, -divisor
        # What the iteration makes of no divisor: 1 / (1 - 1), one bit below the unit.
        inverse, bits = reciprocal(divisor, 31) if divisor else (one_over_one_plus(-(2**31)), -1)
        headroom = 31 - (dividend if dividend >= 0 else -1 - dividend).bit_length()
        quotient = product(wrap(dividend * 2**headroom), inverse)
        right = bits + headroom - p["shift"]
        value = half_away(Fraction(product(quotient, p["multiplier"]), 2**right)) + p["output_zero_point"]
        return clip(value, p["activation_min"], p["activation_max"])

    return binary(element, x, y)


def leaky_relu(x, p):
    """LEAKY_RELU; a negative alpha negates what its magnitude gives."""

    def element(a, _):
        value = a - p["input_zero_point"]
        if value >= 0:
            result = scaled(value, p["identity_multiplier"], p["identity_shift"])
        else:
            result = scaled(value, abs(p["alpha_multiplier"]), p["alpha_shift"])
            result = -result if p["alpha_multiplier"] < 0 else result
        return clip(result + p["output_zero_point"], *RANGES[x.dtype.name])

    return binary(element, x, np.int8(0))


def prelu(x, alpha, p):
    """PRELU."""

    def element(a, b):
        value = a - p["input_zero_point"]
        if value >= 0:
            result = scaled(value, p["identity_multiplier"], p["identity_shift"])
        else:
            result = scaled(value * (b - p["alpha_zero_point"]), p["alpha_multiplier"], p["alpha_shift"])
        return clip(result + p["output_zero_point"], *RANGES[x.dtype.name])

    return binary(element, x, alpha)


def magnitude(x, p):
    """ABS."""

    def element(a, _):
        value = scaled(abs(a - p["input_zero_point"]), p["multiplier"], p["shift"])
        return clip(value + p["output_zero_point"], *RANGES[x.dtype.name])

    return binary(element, x, np.int8(0))
