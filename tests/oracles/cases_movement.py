"""Random calls of the kernels that move elements."""

from __future__ import annotations

import math

import numpy as np
from oracles.case_parts import Case, random_length, random_size, random_zero_point

from edgetwin.conformance.generators.builder import random_codes


def _strided_copy(dtype):
    def generate(rng):
        dims = [1] * int(rng.integers(5))
        dims += [random_size(rng, 4) for _ in range(6 - len(dims))]
        p = {f"dim_{i}": n for i, n in enumerate(dims)}
        for side in ("input", "output"):
            # The axes lie in any order, with gaps, forwards and backwards; an input's may repeat one element.
            reach, offset = 1, 0
            for axis in rng.permutation(6):
                stride = (reach if rng.random() < 0.9 else reach + 1) * (1 if rng.random() < 0.7 else -1)
                if side == "input" and rng.random() < 0.1:
                    stride = 0
                p[f"{side}_stride_{axis}"] = int(stride)
                reach += (dims[axis] - 1) * abs(stride)
                offset += (dims[axis] - 1) * max(-stride, 0)
            before = int(rng.integers(3)) if rng.random() < 0.3 else 0
            p[f"{side}_offset"] = int(offset + before)
            p[f"{side}_size"] = int(reach + before + (rng.integers(3) if rng.random() < 0.3 else 0))
        return Case(p, [random_codes(rng, p["input_size"], dtype)], {}, [])

    return generate


def _space_to_batch(rng):
    p = {"batches": random_size(rng, 2), "channels": random_size(rng, 7)}
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        p[f"input_{axis}"], p[f"block_{axis}"], p[pad] = random_size(rng, 7), random_size(rng, 4), int(rng.integers(4))
        p[f"output_{axis}"] = math.ceil((p[f"input_{axis}"] + p[pad] + int(rng.integers(3))) / p[f"block_{axis}"])
    p["value"] = random_zero_point(rng)
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["channels"]))], {}, [])


def _batch_to_space(rng):
    p = {"batches": random_size(rng, 2), "channels": random_size(rng, 7)}
    blocks = p["batches"]
    for axis, crop in (("h", "crop_top"), ("w", "crop_left")):
        p[f"input_{axis}"], p[f"block_{axis}"] = random_size(rng, 5), random_size(rng, 4)
        plane = p[f"input_{axis}"] * p[f"block_{axis}"]
        p[crop] = int(rng.integers(min(plane, 4)))
        p[f"output_{axis}"] = int(rng.integers(1, plane - p[crop], endpoint=True))
        blocks *= p[f"block_{axis}"]
    return Case(p, [random_codes(rng, (blocks, p["input_h"], p["input_w"], p["channels"]))], {}, [])


def _gather(rng):
    p = {"batches": random_size(rng, 3), "outer": random_size(rng, 4), "axis": random_size(rng, 13)}
    p |= {"indices": random_size(rng, 8), "inner": random_size(rng, 7)}
    # Now and then outside of the axis.
    margin = 3 if rng.random() < 0.2 else 0
    indices = rng.integers(-margin, p["axis"] + margin, (p["batches"], p["indices"])).astype(np.int32)
    return Case(p, [random_codes(rng, (p["batches"], p["outer"], p["axis"], p["inner"])), indices], {}, [])


def _gather_nd(rng):
    depth = int(rng.integers(1, 6))
    dims = [random_size(rng, 5) for _ in range(depth)]
    p = {"count": random_size(rng, 8), "depth": depth, "inner": random_size(rng, 7)}
    p |= {f"dim_{i}": n for i, n in enumerate(dims + [1] * (5 - depth))}
    # Now and then outside of the axes.
    margin = 3 if rng.random() < 0.2 else 0
    indices = rng.integers(-margin, np.array(dims) + margin, (p["count"], depth)).astype(np.int32)
    return Case(p, [random_codes(rng, (*dims, p["inner"])), indices], {}, [])


def _cast(dtype):
    def generate(rng):
        size = random_length(rng)
        return Case({"size": size}, [random_codes(rng, size, dtype)], {}, [])

    return generate


GENERATORS = {
    "strided_copy_s8": _strided_copy(np.int8),
    "strided_copy_s16": _strided_copy(np.int16),
    "strided_copy_s32": _strided_copy(np.int32),
    "space_to_batch_s8": _space_to_batch,
    "batch_to_space_s8": _batch_to_space,
    "gather_s8": _gather,
    "gather_nd_s8": _gather_nd,
}
_INTEGERS = {"s8": np.int8, "s16": np.int16, "s32": np.int32}
GENERATORS |= {
    f"cast_{given}_{made}": _cast(dtype)
    for given, dtype in _INTEGERS.items()
    for made in (*_INTEGERS, "f32")
    if made != given
}
