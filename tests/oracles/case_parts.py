"""What random calls of kernels are made of: codes, zero points, scales, sizes; see `cases`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

INT32_MAX = 2**31 - 1


class Case(NamedTuple):
    """Arguments of ``_core.run_kernel``, less the kernel's name."""

    params: dict[str, int | float]
    inputs: list[np.ndarray]
    constants: dict[str, np.ndarray | None]
    state: list[np.ndarray]


def random_weights(rng, shape):
    return rng.integers(-127, 127, shape, np.int8, endpoint=True)


def random_bias(rng, size, dtype=np.int32):
    """Small, or full range so that sums wrap, or absent."""
    kind = rng.integers(4)
    limit = np.iinfo(dtype).max if kind == 0 else 20_000
    return None if kind == 1 else rng.integers(-limit, limit, size, dtype, endpoint=True)


def random_zero_point(rng, dtype=np.int8):
    info = np.iinfo(dtype)
    ends = [info.min, info.max, 0]
    return int(rng.choice(ends) if rng.random() < 0.4 else rng.integers(info.min, info.max, endpoint=True))


def random_size(rng, limit):
    return int(rng.choice([n for n in (1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 31, 64, 127) if n <= limit]))


def random_length(rng):
    """Elements of a flat array."""
    return 1 if rng.random() < 0.05 else int(rng.integers(2, 200))


def random_rounding(rng):
    return int(rng.integers(2))


def random_scale(rng, typical, low=-31, high=30):
    """A Q31 multiplier and shift: usually around `typical` (a real factor), sometimes anywhere in the range."""
    kind = rng.integers(8)
    if kind == 0:
        return int(rng.choice([0, 1, 2**30, INT32_MAX])), int(rng.integers(low, high, endpoint=True))
    if kind == 1:
        return int(rng.integers(2**30, INT32_MAX)), int(rng.choice([low, high]))
    mantissa, exponent = math.frexp(typical * 2.0 ** rng.uniform(-2, 2))
    return min(round(mantissa * 2**31), INT32_MAX), min(max(exponent, low), high)


def random_scales(rng, typical, count, high=30):
    pairs = np.array([random_scale(rng, typical, high=high) for _ in range(count)], np.int32)
    if rng.random() < 0.3:
        pairs[:] = pairs[0]  # per-tensor
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


def random_activation(rng, dtype=np.int8):
    info = np.iinfo(dtype)
    if rng.random() < 0.75:
        return {"activation_min": int(info.min), "activation_max": int(info.max)}
    low, high = sorted(int(v) for v in rng.integers(info.min, info.max, 2, endpoint=True))
    return {"activation_min": low, "activation_max": high}


def random_dims(rng):
    """Six dimensions, the leading ones 1."""
    rank = int(rng.integers(1, 7))
    dims = [1] * (6 - rank) + [random_size(rng, 5) for _ in range(rank - 1)] + [random_size(rng, 17)]
    return dims, {f"dim_{i}": n for i, n in enumerate(dims)}


def random_window(rng, kernel_name, dilated):
    """Sizes, strides and padding of one axis pair, as "same" or "valid" padding give them."""
    p = {"batches": random_size(rng, 2)}
    one_dimensional = rng.random() < 0.3
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        single = axis == "h" and one_dimensional
        kernel = 1 if single else random_size(rng, 5)
        dilation = random_size(rng, 3) if dilated and not single and rng.random() < 0.3 else 1
        stride = 1 if single else random_size(rng, 3)
        reach = (kernel - 1) * dilation + 1
        same = rng.random() < 0.5
        size = 1 if single else random_size(rng, 17)
        if not same:
            size = max(size, reach)
        output = -(-size // stride) if same else (size - reach) // stride + 1
        p[f"input_{axis}"], p[f"output_{axis}"] = size, output
        p[f"{kernel_name}_{axis}"], p[f"stride_{axis}"] = kernel, stride
        p[pad] = max((output - 1) * stride + reach - size, 0) // 2
        if dilated:
            p[f"dilation_{axis}"] = dilation
    return p
