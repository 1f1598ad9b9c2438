"""Random valid calls of the windows of a stream; see `cases`."""

from __future__ import annotations

import numpy as np
from oracles.case_parts import Case, random_size
from oracles.cases_signal import random_values

from edgetwin.conformance.generators.builder import random_codes


def _window(rng):
    length, axes = random_size(rng, 40), random_size(rng, 7)
    hop = int(rng.integers(1, length + 1)) if rng.integers(3) else random_size(rng, 90)
    size = random_size(rng, 200)
    filled = int(rng.choice([0, length, rng.integers(0, length + 1)]))
    since = int(rng.integers(0, hop)) if filled == length else 0
    # A ring that is not full begins at its first row.
    place = int(rng.integers(0, length)) if filled == length else filled
    params = {"length": length, "hop": hop, "axes": axes, "size": size}
    ring = rng.normal(0, 1, (length, axes)).astype(np.float32)
    return Case(params, [random_values(rng, (size, axes))], {}, [np.array([place, filled, since], np.int32), ring])


def _decisions(rng):
    outputs, average = random_size(rng, 7), random_size(rng, 12)
    params = {"outputs": outputs, "average": average, "debounce": random_size(rng, 5), "size": random_size(rng, 40)}
    seen = int(rng.choice([0, average, rng.integers(0, average + 1)]))
    # A ring that is not full begins at its first row.
    place = int(rng.integers(0, average)) if seen == average else seen
    leads, label = (int(number) for number in rng.integers(0, outputs + 1, 2))
    row = int(rng.integers(1, params["debounce"] + 1)) if leads else 0
    ring = random_codes(rng, (average, outputs), np.int8)
    sums = ring[:seen].sum(0, dtype=np.int32)
    state = [np.array([seen, place, leads, row, label], np.int32), ring, sums]
    return Case(params, [random_codes(rng, (params["size"], outputs), np.int8)], {}, state)


WINDOWS = {"window_f32": _window, "decisions_s8": _decisions}
