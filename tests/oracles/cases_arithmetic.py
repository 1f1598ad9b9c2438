"""Random valid calls of the element-wise arithmetic; see `cases`."""

from __future__ import annotations

import functools

import numpy as np
from oracles.case_parts import (
    Case,
    random_activation,
    random_dims,
    random_length,
    random_rounding,
    random_scale,
    random_zero_point,
)

from edgetwin.conformance.generators.builder import random_codes

#: What ends a kernel's name -> its elements.
DTYPES = {"s8": np.int8, "s16": np.int16, "s32": np.int32, "s64": np.int64}


def _operands(rng, *dtypes):
    """Two operands that broadcast: their codes and the parameters that say so."""
    dims, p = random_dims(rng)
    codes = []
    for name, dtype in zip("xy", dtypes, strict=True):
        bits = int(rng.integers(64)) if rng.random() < 0.5 else 0
        p[f"{name}_broadcast"] = bits
        codes.append(random_codes(rng, [1 if bits >> i & 1 else n for i, n in enumerate(dims)], dtype))
    return codes, p


def _zero_points(rng, dtype, *names):
    """int16 is symmetric."""
    return {f"{name}_zero_point": random_zero_point(rng) if dtype == np.int8 else 0 for name in names}


def _common_scale(rng, dtype, left_shifts):
    """Operands of kernels that bring both to one scale first."""
    codes, p = _operands(rng, dtype, dtype)
    p |= _zero_points(rng, dtype, "x", "y", "output") | {"left_shift": int(rng.choice(left_shifts))}
    for name in "xy":
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, 0.3, high=0)
    return codes, p


def _sum(rng, dtype):
    codes, p = _common_scale(rng, dtype, [0, 15, 20, 20, 22] if dtype == np.int8 else [0, 7, 15, 15])
    p["output_multiplier"], p["output_shift"] = random_scale(rng, 2.0 ** (1 - p["left_shift"]), high=0)
    return Case(p | random_activation(rng, dtype) | {"rounding": random_rounding(rng)}, codes, {}, [])


def _squared_difference(rng, dtype):
    codes, p = _common_scale(rng, dtype, [0, 7, 7, 7, 22] if dtype == np.int8 else [0, 0, 0, 5, 15])
    bits = -5 if dtype == np.int8 else -14
    p["output_multiplier"], p["output_shift"] = random_scale(rng, 2.0 ** (bits - 2 * p["left_shift"]))
    return Case(p, codes, {}, [])


def _mul(rng, dtype):
    codes, p = _operands(rng, dtype, dtype)
    p |= _zero_points(rng, dtype, "x", "y", "output") | random_activation(rng, dtype)
    p["multiplier"], p["shift"] = random_scale(rng, 0.01 if dtype == np.int8 else 2.0**-14)
    return Case(p | {"rounding": random_rounding(rng)}, codes, {}, [])


def _extremum(rng, dtype):
    codes, p = _operands(rng, dtype, dtype)
    return Case(p, codes, {}, [])


def _numbers(rng, dtype):
    """int32 as it is; the divisors of a quotient among it: small ones, and 0."""
    codes, p = _operands(rng, dtype, dtype)
    if rng.random() < 0.5:
        codes[1] = rng.integers(-5, 5, codes[1].shape, dtype, endpoint=True)
    return Case(p | random_activation(rng, dtype), codes, {}, [])


def _div(rng, dtype):
    codes, p = _operands(rng, dtype, dtype)
    p |= _zero_points(rng, dtype, "x", "y", "output") | random_activation(rng)
    p["multiplier"], p["shift"] = random_scale(rng, 2.0**6, low=-23, high=22)
    return Case(p, codes, {}, [])


def _rectified_scales(rng):
    """The scale of the side that is kept, and of the side that is multiplied by alpha."""
    p = {}
    for name, typical in (("identity", 0.5), ("alpha", 0.1)):
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, typical)
    return p


def _prelu(rng, dtype):
    codes, p = _operands(rng, dtype, np.int8)
    p |= _zero_points(rng, dtype, "input", "output") | _zero_points(rng, np.int8, "alpha") | _rectified_scales(rng)
    return Case(p, codes, {}, [])


def _leaky_relu(rng, dtype):
    size = random_length(rng)
    p = {"size": size} | _zero_points(rng, dtype, "input", "output") | _rectified_scales(rng)
    if rng.random() < 0.3:
        p["alpha_multiplier"] *= -1
    return Case(p, [random_codes(rng, size, dtype)], {}, [])


def _abs(rng, dtype):
    size = random_length(rng)
    p = {"size": size} | _zero_points(rng, dtype, "input", "output")
    p["multiplier"], p["shift"] = random_scale(rng, 0.5)
    return Case(p, [random_codes(rng, size, dtype)], {}, [])


def _clamp(rng, dtype):
    size = random_length(rng)
    return Case({"size": size} | random_activation(rng, dtype), [random_codes(rng, size, dtype)], {}, [])


#: Operator -> what makes its cases, and the forms of its kernel.
_FORMS = {
    "add": (_sum, ("s8", "s16")),
    "sub": (_sum, ("s8", "s16")),
    "mul": (_mul, ("s8", "s16")),
    "squared_difference": (_squared_difference, ("s8", "s16")),
    "maximum": (_extremum, ("s8", "s16", "s32", "s64")),
    "minimum": (_extremum, ("s8", "s16", "s32", "s64")),
    "div": (_div, ("s8",)),
    "leaky_relu": (_leaky_relu, ("s8", "s16")),
    "prelu": (_prelu, ("s8", "s16")),
    "abs": (_abs, ("s8", "s16")),
    "clamp": (_clamp, ("s8", "s16")),
}
GENERATORS = {
    f"{operator}_{form}": functools.partial(make, dtype=DTYPES[form])
    for operator, (make, forms) in _FORMS.items()
    for form in forms
}
GENERATORS |= {
    f"{operator}_s32": functools.partial(_numbers, dtype=np.int32)
    for operator in ("add", "sub", "mul", "div", "squared_difference")
}
