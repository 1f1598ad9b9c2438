"""Random valid calls of hard_swish, lookup, rsqrt, log_softmax and l2_normalization."""

from __future__ import annotations

import math

import numpy as np
from oracles.case_parts import (
    INT32_MAX,
    Case,
    random_length,
    random_scale,
    random_size,
    random_zero_point,
)

from edgetwin.conformance.generators.builder import random_codes


def _multiplier_s16(rng, low, high):
    """A Q15 multiplier as preparations give it, now and then any; a shift, mostly small."""
    multiplier = rng.integers(2**14, 2**15) if rng.random() < 0.9 else rng.choice([0, 1, 2**15 - 1])
    shift = rng.integers(max(low, -4), min(high, 8), endpoint=True)
    return int(multiplier), int(rng.integers(low, high, endpoint=True) if rng.random() < 0.15 else shift)


def _hard_swish(rng):
    size = random_length(rng)
    p = {"size": size, "input_zero_point": random_zero_point(rng), "output_zero_point": random_zero_point(rng)}
    p["output_multiplier"], p["output_shift"] = _multiplier_s16(rng, -31, 0)
    p["reluish_multiplier"], p["reluish_shift"] = _multiplier_s16(rng, -31, 31)
    return Case(p, [random_codes(rng, size)], {}, [])


def _lookup(rng):
    size = random_length(rng)
    return Case({"size": size}, [random_codes(rng, size)], {"table": random_codes(rng, 256)}, [])


def _rsqrt(rng):
    size = random_length(rng)
    zero_point = -128 if rng.random() < 0.6 else random_zero_point(rng)
    p = {"size": size, "input_zero_point": zero_point, "output_zero_point": random_zero_point(rng)}
    p["multiplier"], p["shift"] = random_scale(rng, 2.0**-13)
    return Case(p, [random_codes(rng, size)], {}, [])


def _rsqrt_s16(rng):
    size = random_length(rng)
    p = {"size": size, "input_zero_point": 0, "output_zero_point": 0}
    p["multiplier"], p["shift"] = random_scale(rng, 2.0**-5)
    return Case(p, [random_codes(rng, size, np.int16)], {}, [])


def _log_softmax(rng):
    real = min(2.0 ** rng.uniform(-12, 3) * 2.0**26, INT32_MAX)
    mantissa, shift = math.frexp(real)
    multiplier = min(round(mantissa * 2**31), INT32_MAX)
    mantissa, exponent = math.frexp(2.0 ** (31 - shift) / multiplier)
    rows, depth = random_size(rng, 5), random_size(rng, 127)
    p = {
        "rows": rows,
        "depth": depth,
        "multiplier": multiplier,
        "shift": shift,
        "reverse_multiplier": min(round(mantissa * 2**31), INT32_MAX),
        "reverse_shift": exponent,
        "diff_min": -math.floor(31 * 2.0**26 / 2.0**shift),
    }
    if rng.random() < 0.15:
        p |= {"multiplier": int(rng.integers(INT32_MAX)), "shift": int(rng.integers(32))}
        p |= {"reverse_multiplier": int(rng.integers(INT32_MAX)), "reverse_shift": -int(rng.integers(32))}
        p["diff_min"] = -int(rng.choice([0, 1, 255, INT32_MAX]))
    return Case(p, [random_codes(rng, (rows, depth))], {}, [])


def _l2_normalization(rng):
    p = {"rows": random_size(rng, 5), "depth": random_size(rng, 127), "input_zero_point": random_zero_point(rng)}
    codes = random_codes(rng, (p["rows"], p["depth"]))
    if rng.random() < 0.2:
        codes[0] = np.int8(p["input_zero_point"])  # no length
    return Case(p, [codes], {}, [])


GENERATORS = {
    "hard_swish_s8": _hard_swish,
    "lookup_s8": _lookup,
    "rsqrt_s8": _rsqrt,
    "rsqrt_s16": _rsqrt_s16,
    "log_softmax_s8": _log_softmax,
    "l2_normalization_s8": _l2_normalization,
}
