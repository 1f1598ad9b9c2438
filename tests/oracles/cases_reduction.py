"""Random valid calls of the reductions without scales, of arg_max and of arg_min."""

from __future__ import annotations

from oracles.case_parts import Case, random_codes, random_dims, random_size


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


GENERATORS = {
    "reduce_max_s8": _reduce,
    "reduce_min_s8": _reduce,
    "reduce_all_bool": _reduce_all,
    "arg_max_s8": _arg_min_max,
    "arg_min_s8": _arg_min_max,
}
