"""Random valid calls of the comparisons, of the logical operators and of select."""

from __future__ import annotations

import functools

import numpy as np
from oracles.case_parts import (
    Case,
    random_dims,
    random_length,
    random_rounding,
    random_scale,
    random_zero_point,
)

from edgetwin.conformance.generators.builder import random_codes


def _shapes(rng, *names):
    """Parameters and shapes of operands that broadcast."""
    dims, p = random_dims(rng)
    shapes = []
    for name in names:
        bits = int(rng.integers(64)) if rng.random() < 0.5 else 0
        p[f"{name}_broadcast"] = bits
        shapes.append([1 if bits >> i & 1 else n for i, n in enumerate(dims)])
    return p, shapes


def _truths(rng, shape):
    return rng.random(shape) < 0.5


def _comparison(rng):
    p, shapes = _shapes(rng, "x", "y")
    for name in "xy":
        p[f"{name}_zero_point"] = random_zero_point(rng)
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, 0.3, high=0)
    if rng.random() < 0.3:
        p |= {"y_multiplier": p["x_multiplier"], "y_shift": p["x_shift"]}
    p |= {"left_shift": int(rng.choice([0, 8, 8, 8, 22])), "rounding": random_rounding(rng)}
    return Case(p, [random_codes(rng, shape) for shape in shapes], {}, [])


def _equality(rng):
    """Few codes, so that many are equal."""
    case = _comparison(rng)
    p = case.params | {"y_zero_point": case.params["x_zero_point"]}
    p |= {"y_multiplier": p["x_multiplier"], "y_shift": p["x_shift"]}
    return Case(p, [codes // 64 for codes in case.inputs], {}, [])


def _numbers(rng, dtype):
    """Numbers as they are, few of them in half of the cases."""
    p, shapes = _shapes(rng, "x", "y")
    codes = [random_codes(rng, shape, dtype) for shape in shapes]
    if rng.random() < 0.5:
        codes = [np.sign(array) for array in codes]
    return Case(p, codes, {}, [])


def _logical(rng):
    p, shapes = _shapes(rng, "x", "y")
    return Case(p, [_truths(rng, shape) for shape in shapes], {}, [])


def _logical_not(rng):
    size = random_length(rng)
    return Case({"size": size}, [_truths(rng, size)], {}, [])


def _select(rng, dtype):
    p, (x, y, condition) = _shapes(rng, "x", "y", "condition")
    return Case(p, [_truths(rng, condition), random_codes(rng, x, dtype), random_codes(rng, y, dtype)], {}, [])


EQUALITIES = ("equal", "not_equal")
ORDERS = ("greater", "greater_equal", "less", "less_equal")
GENERATORS = {f"{name}_s8": _comparison for name in ORDERS} | {f"{name}_s8": _equality for name in EQUALITIES}
GENERATORS |= {
    f"{name}_{form}": functools.partial(_numbers, dtype=dtype)
    for name in (*EQUALITIES, *ORDERS)
    for form, dtype in (("s32", np.int32), ("s64", np.int64))
}
GENERATORS |= {f"{name}_bool": _logical for name in (*EQUALITIES, "logical_and", "logical_or")}
GENERATORS |= {
    "logical_not_bool": _logical_not,
    "select_s8": functools.partial(_select, dtype=np.int8),
    "select_s16": functools.partial(_select, dtype=np.int16),
    "select_s32": functools.partial(_select, dtype=np.int32),
}
