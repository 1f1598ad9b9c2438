"""Random valid calls of the kernels that resize images; see `cases`."""

from __future__ import annotations

import numpy as np
from oracles.case_parts import Case, random_size

from edgetwin.conformance.generators.builder import random_codes


def _resize(rng, forms, dtype=np.int8):
    p = {"batches": random_size(rng, 2), "channels": random_size(rng, 7)}
    for axis in "hw":
        p |= {f"input_{axis}": random_size(rng, 13), f"output_{axis}": random_size(rng, 17)}
    p["align_corners"], p["half_pixel_centers"] = forms[int(rng.integers(len(forms)))]
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["channels"]), dtype)], {}, [])


def _nearest_neighbor(dtype):
    return lambda rng: _resize(rng, [(0, 0), (0, 1), (1, 0), (1, 1)], dtype)


def _bilinear(rng):
    return _resize(rng, [(0, 0), (0, 1), (1, 0)])


#: Generator of calls by kernel name.
RESIZE = {
    "resize_nearest_neighbor_s8": _nearest_neighbor(np.int8),
    "resize_nearest_neighbor_s16": _nearest_neighbor(np.int16),
    "resize_nearest_neighbor_s32": _nearest_neighbor(np.int32),
    "resize_bilinear_s8": _bilinear,
}
