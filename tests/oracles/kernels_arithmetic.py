"""sub, mul, maximum, minimum and squared_difference from the specification, in Python integers, one at a time.

Written from the integer arithmetic of TensorFlow Lite's 8-bit quantization specification; nothing here is fast, and
nothing comes from edgetwin. `p` has the parameter names of ``et.kernels``.
"""

from __future__ import annotations

import numpy as np
from oracles.kernels_elementwise import clip, scaled, wrap


def binary(element, x, y):
    """``element(x, y)`` of Python integers, for every element of arrays that broadcast."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    x, y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)
    out = np.empty(shape, np.int8)
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
        return clip(value, -128, 127)

    return binary(element, x, y)


def mul(x, y, p, rounding="double"):
    """MUL."""

    def element(a, b):
        product = (a - p["x_zero_point"]) * (b - p["y_zero_point"])
        value = scaled(product, p["multiplier"], p["shift"], rounding) + p["output_zero_point"]
        return clip(value, p["activation_min"], p["activation_max"])

    return binary(element, x, y)
