"""Random valid calls of the reductions without scales, of arg_max, of arg_min and of cumsum."""

from __future__ import annotations

from oracles.case_parts import Case, random_dims, random_scale, random_size, random_zero_point

from edgetwin.conformance.generators.builder import random_codes


def _reduce(rng):
    dims, p = random_dims(rng)
    p["reduced"] = int(rng.integers(64))
    return Case(p, [random_codes(rng, dims)], {}, [])


def _reduce_all(rng):
    dims, p = random_dims(rng)
    p["reduced"] = int(rng.integers(64))
    # Each is true with a chance that leaves some groups of them all true.
    return Case(p, [rng.random(dims) < rng.choice([0.5, 0.9, 0.98])], {}, [])


def _arg_min_max(rng):
    p = {"outer": random_size(rng, 7), "size": random_size(rng, 31), "inner": random_size(rng, 11)}
    return Case(p, [random_codes(rng, tuple(p.values()))], {}, [])


def _cumsum(rng):
    p = {"outer": random_size(rng, 5), "size": random_size(rng, 31), "inner": random_size(rng, 7)}
    codes = random_codes(rng, tuple(p.values()))
    p |= {"exclusive": int(rng.integers(2)), "reverse": int(rng.integers(2))}
    p |= {"input_zero_point": random_zero_point(rng), "output_zero_point": random_zero_point(rng)}
    p["multiplier"], p["shift"] = random_scale(rng, 2.0**-19, high=0)
    return Case(p, [codes], {}, [])


GENERATORS = {
    "reduce_max_s8": _reduce,
    "reduce_min_s8": _reduce,
    "reduce_all_bool": _reduce_all,
    "arg_max_s8": _arg_min_max,
    "arg_min_s8": _arg_min_max,
    "cumsum_s8": _cumsum,
}
