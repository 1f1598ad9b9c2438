"""Random valid calls of the element-wise arithmetic; see `cases`."""

from __future__ import annotations

from oracles.case_parts import (
    Case,
    random_activation,
    random_codes,
    random_dims,
    random_length,
    random_rounding,
    random_scale,
    random_zero_point,
)


def _operands(rng):
    """Two operands that broadcast: their codes and the parameters that say so."""
    dims, p = random_dims(rng)
    codes = []
    for name in "xy":
        bits = int(rng.integers(64)) if rng.random() < 0.5 else 0
        p[f"{name}_broadcast"] = bits
        codes.append(random_codes(rng, [1 if bits >> i & 1 else n for i, n in enumerate(dims)]))
    return codes, p


def _zero_points(rng, *names):
    return {f"{name}_zero_point": random_zero_point(rng) for name in names}


def _common_scale(rng, left_shifts):
    """Operands of kernels that bring both to one scale first."""
    codes, p = _operands(rng)
    p |= _zero_points(rng, "x", "y", "output") | {"left_shift": int(rng.choice(left_shifts))}
    for name in "xy":
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, 0.3, high=0)
    return codes, p


def _sub(rng):
    codes, p = _common_scale(rng, [0, 15, 20, 20, 22])
    p["output_multiplier"], p["output_shift"] = random_scale(rng, 2.0 ** (1 - p["left_shift"]), high=0)
    return Case(p | random_activation(rng) | {"rounding": random_rounding(rng)}, codes, {}, [])


def _squared_difference(rng):
    codes, p = _common_scale(rng, [0, 7, 7, 7, 22])
    p["output_multiplier"], p["output_shift"] = random_scale(rng, 2.0 ** (-5 - 2 * p["left_shift"]))
    return Case(p, codes, {}, [])


def _mul(rng):
    codes, p = _operands(rng)
    p |= _zero_points(rng, "x", "y", "output") | random_activation(rng) | {"rounding": random_rounding(rng)}
    p["multiplier"], p["shift"] = random_scale(rng, 0.01)
    return Case(p, codes, {}, [])


def _extremum(rng):
    codes, p = _operands(rng)
    return Case(p, codes, {}, [])


def _div(rng):
    codes, p = _operands(rng)
    p |= _zero_points(rng, "x", "y", "output") | random_activation(rng)
    p["multiplier"], p["shift"] = random_scale(rng, 2.0**6, low=-23, high=22)
    return Case(p, codes, {}, [])


def _rectified_scales(rng):
    """The scale of the side that is kept, and of the side that is multiplied by alpha."""
    p = {}
    for name, typical in (("identity", 0.5), ("alpha", 0.1)):
        p[f"{name}_multiplier"], p[f"{name}_shift"] = random_scale(rng, typical)
    return p


def _prelu(rng):
    codes, p = _operands(rng)
    p |= _zero_points(rng, "input", "alpha", "output") | _rectified_scales(rng)
    return Case(p, codes, {}, [])


def _leaky_relu(rng):
    size = random_length(rng)
    p = {"size": size} | _zero_points(rng, "input", "output") | _rectified_scales(rng)
    if rng.random() < 0.3:
        p["alpha_multiplier"] *= -1
    return Case(p, [random_codes(rng, size)], {}, [])


def _abs(rng):
    size = random_length(rng)
    p = {"size": size} | _zero_points(rng, "input", "output")
    p["multiplier"], p["shift"] = random_scale(rng, 0.5)
    return Case(p, [random_codes(rng, size)], {}, [])


GENERATORS = {
    "div_s8": _div,
    "leaky_relu_s8": _leaky_relu,
    "prelu_s8": _prelu,
    "abs_s8": _abs,
    "sub_s8": _sub,
    "mul_s8": _mul,
    "maximum_s8": _extremum,
    "minimum_s8": _extremum,
    "squared_difference_s8": _squared_difference,
}
