"""Sums of products on every SIMD level give the device core's own bytes: beyond conv_2d and fully_connected of int8."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_bias, random_codes, random_zero_point
from oracles.cases import random_case
from oracles.levels import assert_equal_on_all_levels, fill_scratch

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
KERNELS = ("transpose_conv_s8",)


@pytest.fixture(autouse=True)
def dirty_scratch():
    fill_scratch()


@pytest.mark.parametrize("kernel", KERNELS)
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 3):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


def scales(rng, outputs, low=-12, high=-4):
    multiplier = rng.integers(2**30, 2**31, outputs).astype(np.int32)
    for extreme in (0, 2**30, 2**31 - 1):
        multiplier[rng.random(outputs) < 0.05] = extreme
    return {"multiplier": multiplier, "shift": rng.integers(low, high, outputs).astype(np.int32)}


def weights_of(rng, shape):
    """Small values mostly, and every extreme; now and then nothing but the lowest."""
    weights = np.clip(rng.normal(0, 40, shape), -128, 127).astype(np.int8)
    weights[rng.random(shape) < (1.0 if rng.random() < 0.1 else 0.02)] = -128
    return weights


@pytest.mark.parametrize("seed", range(CASES))
def test_transpose_conv_2d(seed):
    rng = np.random.default_rng([2, seed])
    flat = rng.random() < 0.4
    p = {"batches": int(rng.choice([1, 1, 2]))}
    p |= {"input_c": int(rng.choice([1, 3, 4, 8, 16, 33])), "output_c": int(rng.choice([1, 7, 8, 16, 17, 33, 40]))}
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        one = axis == "h" and flat
        size, kernel = (1, 1) if one else (int(rng.integers(1, 14)), int(rng.integers(1, 8)))
        stride = 1 if one else int(rng.choice([1, 2, 2, 3, 9]))
        p |= {f"input_{axis}": size, f"kernel_{axis}": kernel, f"stride_{axis}": stride}
        p[pad] = int(rng.integers(kernel + 2))
        p[f"output_{axis}"] = max(1, (size - 1) * stride + kernel - p[pad] + int(rng.integers(-2, 4)))
    p |= {name: random_zero_point(rng) for name in ("input_zero_point", "output_zero_point")}
    p |= random_activation(rng, np.int8) | {"rounding": int(rng.integers(2))}
    constants = scales(rng, p["output_c"]) | {"bias": random_bias(rng, p["output_c"], np.int32)}
    constants["weights"] = weights_of(rng, (p["output_c"], p["kernel_h"], p["kernel_w"], p["input_c"]))
    x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]))
    assert_equal_on_all_levels("transpose_conv_s8", p, [x], constants)
