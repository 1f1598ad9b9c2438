"""Kernels without weights on every SIMD level: the device core's own bytes, at sizes that leave tails of any width."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import math
import os
import platform

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_scale, random_window, random_zero_point
from oracles.cases import random_case
from oracles.levels import assert_equal_on_all_levels

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.builder import random_codes

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
#: Kernels that a level has forms of its own for, or the host one for all levels.
LEVEL_KERNELS = (
    *("add_s8", "sub_s8", "mul_s8", "max_pool_2d_s8", "average_pool_2d_s8", "mean_s8", "softmax_s8"),
    *("logistic_s8", "tanh_s8", "hard_swish_s8", "leaky_relu_s8", "abs_s8", "requantize_s8_s8", "clamp_s8"),
)
#: fenv.h's number of rounding towards +infinity.
FE_UPWARD = {"x86_64": 0x800, "aarch64": 0x400000}
#: Sizes around the widths of vectors.
SIZES = (1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 130)


@pytest.mark.parametrize("kernel", LEVEL_KERNELS)
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 2):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


@pytest.mark.parametrize("kernel", ["max_pool_2d_s8", "average_pool_2d_s8"])
@pytest.mark.parametrize("channels", SIZES)
def test_pools(kernel, channels):
    rng = np.random.default_rng([2, channels])
    for _ in range(CASES // 10):
        p = random_window(rng, "pool", dilated=False) | random_activation(rng) | {"channels": channels}
        x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], channels))
        assert_equal_on_all_levels(kernel, p, [x], {})


@pytest.mark.parametrize("window", [(1, 1), (1, 255), (15, 17), (16, 16), (2, 128), (300, 1)])
@pytest.mark.parametrize("code", [-128, -1, 0, 127])
def test_averages_of_equal_codes(window, code):
    """The largest sums, and windows with one element more than vectors add in 16 bits."""
    h, w = window
    p = {"batches": 1, "input_h": h, "input_w": w, "channels": 17, "output_h": 1, "output_w": 1, "pool_h": h}
    p |= {"pool_w": w, "stride_h": 1, "stride_w": 1, "pad_top": 0, "pad_left": 0}
    p |= {"activation_min": -128, "activation_max": 127}
    assert_equal_on_all_levels("average_pool_2d_s8", p, [np.full((h, w, 17), code, np.int8)], {})


def test_every_mean_of_up_to_255_codes():
    """Each sum that so many codes can have, spread over channels."""
    for count in (1, 2, 3, 5, 7, 64, 127, 128, 129, 254, 255):
        sums = np.arange(-128 * count, 127 * count + 1)
        each, rest = np.divmod(sums, count)
        x = (each + (np.arange(count)[:, None] < rest)).astype(np.int8)
        p = {"batches": 1, "input_h": count, "input_w": 1, "channels": sums.size, "output_h": 1, "output_w": 1}
        p |= {"pool_h": count, "pool_w": 1, "stride_h": 1, "stride_w": 1, "pad_top": 0, "pad_left": 0}
        p |= {"activation_min": -128, "activation_max": 127}
        assert_equal_on_all_levels("average_pool_2d_s8", p, [x], {})


def shape_params(dims, x_broadcast, y_broadcast):
    p = {f"dim_{i}": n for i, n in enumerate([1] * (6 - len(dims)) + list(dims))}
    shift = 6 - len(dims)
    bits = [sum(1 << (shift + axis) for axis in axes) for axes in (x_broadcast, y_broadcast)]
    return p | {"x_broadcast": bits[0], "y_broadcast": bits[1]}


def operand(rng, dims, broadcast):
    return random_codes(rng, [1 if axis in broadcast else n for axis, n in enumerate(dims)])


def quantized(real):
    mantissa, exponent = math.frexp(real)
    return min(round(mantissa * 2**31), 2**31 - 1), exponent


def sum_params(rng, x_scale, y_scale, output_scale):
    """Parameters as TFLite prepares an ADD: the larger operand is exact."""
    twice = 2 * max(x_scale, y_scale)
    p = {"left_shift": 20, "rounding": int(rng.integers(2))} | random_activation(rng)
    p |= {f"{name}_zero_point": random_zero_point(rng) for name in ("x", "y", "output")}
    p["x_multiplier"], p["x_shift"] = quantized(x_scale / twice)
    p["y_multiplier"], p["y_shift"] = quantized(y_scale / twice)
    p["output_multiplier"], p["output_shift"] = quantized(twice / (2**20 * output_scale))
    return p


def all_pairs():
    codes = np.arange(-128, 128).astype(np.int8)
    return [np.repeat(codes, 256), np.tile(codes, 256)]


@pytest.mark.parametrize("kernel", ["add_s8", "sub_s8"])
@pytest.mark.parametrize("seed", range(CASES // 3))
def test_sums_of_all_pairs(kernel, seed):
    """As many as are certified in float32; equal scales and halves of them give ties."""
    rng = np.random.default_rng([3, seed])
    x_scale, y_scale = np.exp(rng.uniform(-6, 0, 2))
    if seed % 3 == 0:
        y_scale = x_scale
    ratio = 1.0 if seed % 4 == 0 else rng.uniform(0.3, 1.2)
    p = sum_params(rng, x_scale, y_scale, (x_scale + y_scale) * ratio) | shape_params([65536], (), ())
    assert_equal_on_all_levels(kernel, p, all_pairs(), {})


@pytest.mark.parametrize("seed", range(CASES // 3))
def test_products_of_all_pairs(seed):
    rng = np.random.default_rng([4, seed])
    p = {f"{name}_zero_point": random_zero_point(rng) for name in ("x", "y", "output")}
    p |= {"rounding": int(rng.integers(2))} | random_activation(rng) | shape_params([65536], (), ())
    p["multiplier"], p["shift"] = quantized(
        2.0 ** -int(rng.integers(1, 12)) if seed % 3 == 0 else rng.uniform(0.001, 2)
    )
    assert_equal_on_all_levels("mul_s8", p, all_pairs(), {})


@contextlib.contextmanager
def rounding_upward():
    """Float32 of this thread rounds upward, as another library may have left it."""
    library = ctypes.CDLL(None)
    before = library.fegetround()
    assert library.fesetround(FE_UPWARD[platform.machine()]) == 0
    try:
        yield
    finally:
        library.fesetround(before)


@pytest.mark.skipif(platform.machine() not in FE_UPWARD, reason="the number of this rounding mode is not known here")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("when", ["made", "run"])
def test_sums_in_another_rounding_mode(when, seed):
    rng = np.random.default_rng([6, seed])
    p = sum_params(rng, *rng.uniform(0.01, 0.5, 3)) | shape_params([65536], (), ())
    x, y = (operand.reshape(1, -1) for operand in all_pairs())
    storages = [("input", 0, 65536), ("input", 1, 65536), ("output", 0, 65536)]
    outputs = {}
    for level in (None, *et.archs()):
        outputs[level] = np.empty((1, 65536), np.int8)
        with rounding_upward() if when == "made" else contextlib.nullcontext():
            plan = _core.Plan(storages, [("add_s8", p, {}, [0, 1], [], [2])], 0, b"", b"", level)
        with rounding_upward() if when == "run" else contextlib.nullcontext():
            plan.run(1, [x, y], [False, False], [outputs[level]], None, 1)
        np.testing.assert_array_equal(outputs[level], outputs[None], err_msg=str(level))


BROADCASTS = [
    ((7, 9, 33), (), ()),
    ((40, 64), (), (0,)),
    ((40, 64), (0,), ()),
    ((300, 5), (), (0,)),
    ((300, 5), (0,), ()),
    ((1500,), (), (0,)),
    ((1500,), (0,), ()),
    ((33, 50), (1,), ()),
    ((33, 50), (), (1,)),
    ((6, 7, 40), (1,), (0,)),
    ((4, 5, 3, 20), (0, 2), (1, 3)),
    ((1030,), (0,), (0,)),
]


@pytest.mark.parametrize("kernel", ["add_s8", "sub_s8", "mul_s8"])
@pytest.mark.parametrize(("dims", "x_broadcast", "y_broadcast"), BROADCASTS)
def test_broadcasts(kernel, dims, x_broadcast, y_broadcast):
    rng = np.random.default_rng(5)
    for _ in range(3):
        p = random_case(kernel, rng).params if kernel == "mul_s8" else sum_params(rng, *rng.uniform(0.01, 0.5, 3))
        p = p | shape_params(dims, x_broadcast, y_broadcast)
        assert_equal_on_all_levels(kernel, p, [operand(rng, dims, x_broadcast), operand(rng, dims, y_broadcast)], {})


@pytest.mark.parametrize("size", [*SIZES, 1023, 1024, 1025, 1087])
@pytest.mark.parametrize("kernel", ["add_s8", "mul_s8"])
def test_tails_of_pairs(kernel, size):
    rng = np.random.default_rng([6, size])
    p = random_case(kernel, rng).params | shape_params([size], (), ())
    assert_equal_on_all_levels(kernel, p, [random_codes(rng, size), random_codes(rng, size)], {})


@pytest.mark.parametrize(
    ("outer", "rows", "run"), [*itertools.product([1, 3], [1, 64, 255, 256, 700], [1, 10, 64, 100])]
)
def test_means(outer, rows, run):
    rng = np.random.default_rng([7, outer, rows, run])
    p = {f"dim_{i}": n for i, n in enumerate([1, 1, 1, outer, rows, run])} | {"reduced": 1 << 4}
    p |= {"input_zero_point": random_zero_point(rng), "output_zero_point": random_zero_point(rng)}
    p["multiplier"], p["shift"] = random_scale(rng, rng.uniform(0.3, 2) / rows)
    p["rounding"] = int(rng.integers(2))
    assert_equal_on_all_levels("mean_s8", p, [random_codes(rng, (outer, rows, run))], {})
