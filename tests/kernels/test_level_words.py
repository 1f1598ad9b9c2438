"""int16, products of matrices, and codes that change dtype or scale, on every SIMD level: the device core's bytes."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_scale, random_window, random_zero_point
from oracles.cases import random_case
from oracles.levels import assert_equal_on_all_levels

from edgetwin import _core
from edgetwin.conformance.generators.builder import random_codes

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
PAIRS = ("add_s16", "sub_s16", "mul_s16", "squared_difference_s16")
MAPS = tuple(kernel for kernel in _core.device_kernels() if kernel.startswith(("requantize_", "quantize_f32_")))
#: Sizes around the widths of vectors.
SIZES = (1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 513, 1030)
ENDS = np.int16([-32768, -32767, -16384, -1, 0, 1, 16383, 32766, 32767])
BROADCASTS = [
    ((7, 9, 33), (), ()),
    ((40, 64), (), (0,)),
    ((300, 5), (), (0,)),
    ((300, 5), (0,), ()),
    ((1500,), (), (0,)),
    ((33, 50), (1,), ()),
    ((6, 7, 40), (1,), (0,)),
    ((1030,), (0,), (0,)),
]


def shape_params(dims, x_broadcast, y_broadcast):
    p = {f"dim_{i}": n for i, n in enumerate([1] * (6 - len(dims)) + list(dims))}
    shift = 6 - len(dims)
    bits = [sum(1 << (shift + axis) for axis in axes) for axes in (x_broadcast, y_broadcast)]
    return p | {"x_broadcast": bits[0], "y_broadcast": bits[1]}


def as_tflite_prepares(rng, kernel, p):
    """The larger operand's scale is exact, one without a shift that follows."""
    if kernel == "mul_s16":
        return p | {"shift": int(rng.integers(-17, 1))}
    larger, smaller = ("x", "y") if rng.random() < 0.5 else ("y", "x")
    p = p | {f"{larger}_multiplier": 2**30, f"{larger}_shift": 0, f"{smaller}_shift": -int(rng.integers(4))}
    if kernel == "squared_difference_s16":
        return p | {"left_shift": 0, "output_shift": -int(rng.integers(10, 20))}
    return p | {"left_shift": 15, "output_shift": -int(rng.integers(12, 16))}


@pytest.mark.parametrize("kernel", [*PAIRS, *MAPS])
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


@pytest.mark.parametrize("kernel", ["requantize_s8_s32", "requantize_s16_s32"])
def test_negative_values_that_wrap_with_the_zero_point(kernel):
    """They need the correction of negative sums, though the range begins at the zero point."""
    rng = np.random.default_rng(4)
    int32 = np.iinfo(np.int32)
    for _ in range(CASES):
        case = random_case(kernel, rng)
        p = case.params | {"rounding": 0, "multiplier": 2**30, "shift": -int(rng.integers(1, 8))}
        p |= {"output_zero_point": int32.min, "activation_min": int32.min, "activation_max": int32.max}
        assert_equal_on_all_levels(kernel, p, case.inputs, case.constants)


@pytest.mark.parametrize("kernel", PAIRS)
def test_pairs_as_tflite_prepares_them(kernel):
    """Every pair of extreme values among others, in runs of any length."""
    rng = np.random.default_rng([2, sum(kernel.encode())])
    x, y = (np.ravel(values) for values in np.meshgrid(ENDS, ENDS))
    for number in range(CASES):
        size = SIZES[number % len(SIZES)]
        p = as_tflite_prepares(rng, kernel, random_case(kernel, rng).params) | shape_params([81 + size], (), ())
        more = random_codes(rng, (2, size), np.int16)
        assert_equal_on_all_levels(kernel, p, [np.append(x, more[0]), np.append(y, more[1])], {})


@pytest.mark.parametrize("kernel", PAIRS)
@pytest.mark.parametrize(("dims", "x_broadcast", "y_broadcast"), BROADCASTS)
def test_broadcasts(kernel, dims, x_broadcast, y_broadcast):
    rng = np.random.default_rng(3)
    p = as_tflite_prepares(rng, kernel, random_case(kernel, rng).params) | shape_params(dims, x_broadcast, y_broadcast)
    shapes = ([1 if axis in axes else n for axis, n in enumerate(dims)] for axes in (x_broadcast, y_broadcast))
    assert_equal_on_all_levels(kernel, p, [random_codes(rng, shape, np.int16) for shape in shapes], {})


@pytest.mark.parametrize("kernel", MAPS)
@pytest.mark.parametrize("size", SIZES)
def test_tails_of_maps(kernel, size):
    rng = np.random.default_rng([4, size])
    case = random_case(kernel, rng)
    (given,) = case.inputs
    if given.dtype == np.float32:
        x = rng.normal(0, 40 * case.params["scale"], size).astype(np.float32)
    else:
        x = random_codes(rng, size, given.dtype)
    assert_equal_on_all_levels(kernel, case.params | {"size": size}, [x], {})


@pytest.mark.parametrize("kernel", ["quantize_f32_s8", "quantize_f32_s16"])
def test_quantizing_ties_and_ends(kernel):
    """Halves of a step, their neighbours, and what no code is near to, NaN among it, which models refuse."""
    halves = np.arange(-600, 600, dtype=np.float32) / 2
    near = [halves, np.nextafter(halves, np.float32(np.inf)), np.nextafter(halves, np.float32(-np.inf))]
    far = np.float32([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45, -0.0, 2**24, 2**24 + 2, -(2**24), 2**31, -(2**31)])
    x = np.concatenate([*near, far])
    for scale in (1.0, 0.5, 2.0**-126, 0.1, 3e38):
        for zero_point in (-128, 0, 127):
            p = {"size": x.size, "scale": scale, "zero_point": zero_point}
            with np.errstate(over="ignore"):
                values = x * np.float32(scale)
            assert_equal_on_all_levels(kernel, p, [values], {})


@pytest.mark.parametrize("kernel", ["max_pool_2d_s16", "average_pool_2d_s16"])
@pytest.mark.parametrize("channels", SIZES[:14])
def test_pools(kernel, channels):
    rng = np.random.default_rng([5, channels])
    for _ in range(CASES // 10):
        p = random_window(rng, "pool", dilated=False) | random_activation(rng, np.int16) | {"channels": channels}
        x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], channels), np.int16)
        assert_equal_on_all_levels(kernel, p, [x], {})


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 64, 127, 1000, 4097, 32767])
def test_means_near_halves_and_of_extremes(count):
    """Sums right below, at and above halves of the count, of either sign, and those of equal codes."""
    rng = np.random.default_rng([6, count])
    wanted = rng.integers(-32768 * count, 32767 * count, 40) // count * count
    sums = np.concatenate([wanted + count // 2 + d for d in (-1, 0, 1)] + [wanted, [-32768 * count, 32767 * count]])
    sums = np.clip(sums, -32768 * count, 32767 * count)
    each, rest = np.divmod(sums, count)
    x = (each + (np.arange(count)[:, None] < rest)).astype(np.int16)
    p = {"batches": 1, "input_h": count, "input_w": 1, "channels": sums.size, "output_h": 1, "output_w": 1}
    p |= {"pool_h": count, "pool_w": 1, "stride_h": 1, "stride_w": 1, "pad_top": 0, "pad_left": 0}
    p |= {"activation_min": -32768, "activation_max": 32767}
    assert_equal_on_all_levels("average_pool_2d_s16", p, [x], {})


def matmul(rng, dtype, batch, rows, depth, columns, broadcast=(0, 0)):
    """Parameters, whose outputs spread over the codes, and operands."""
    wide = dtype == np.int16
    p = dict(zip(("batch_0", "batch_1", "batch_2"), batch, strict=True)) | {"rows": rows, "depth": depth}
    p |= {"columns": columns, "adj_x": int(rng.integers(2)), "adj_y": int(rng.integers(2))}
    p |= {"x_broadcast": broadcast[0], "y_broadcast": broadcast[1], "rounding": int(rng.integers(2))}
    p |= {f"{name}_zero_point": 0 if wide else random_zero_point(rng) for name in ("x", "y", "output")}
    spread = 2.0 ** (30 if wide else 14) / 3 * np.sqrt(depth) * rng.uniform(0.3, 3)
    p["multiplier"], p["shift"] = random_scale(rng, (2**15 if wide else 100) / spread, high=14 if wide else 30)
    sizes = (
        np.prod([1 if bits >> i & 1 else n for i, n in enumerate(batch)]) * matrix
        for bits, matrix in zip(broadcast, (rows * depth, depth * columns), strict=True)
    )
    return p, [random_codes(rng, int(size), dtype) for size in sizes]


@pytest.mark.parametrize("dtype", [np.int8, np.int16], ids=["s8", "s16"])
@pytest.mark.parametrize("columns", [1, 7, 8, 9, 16, 17, 32, 33, 40, 64, 70])
def test_batch_matmul(dtype, columns):
    rng = np.random.default_rng([7, columns])
    for rows, depth in ((1, 1), (1, 40), (2, 3), (5, 64), (7, 33), (13, 8), (40, 16)):
        for batch, broadcast in (((1, 1, 1), (0, 0)), ((2, 1, 3), (0, 7)), ((1, 2, 2), (4, 2))):
            p, inputs = matmul(rng, dtype, batch, rows, depth, columns, broadcast)
            assert_equal_on_all_levels(f"batch_matmul_{np.dtype(dtype).name.replace('int', 's')}", p, inputs, {})


@pytest.mark.parametrize("code", [-32768, -32767, 32767])
def test_largest_products_of_words(code):
    """Two of (-2^15)^2 exceed 32 bits; sums need all of 64."""
    rng = np.random.default_rng(8)
    for depth in (1, 2, 3, 300):
        p, inputs = matmul(rng, np.int16, (1, 1, 1), 5, depth, 20)
        for values in inputs:
            values[rng.random(values.size) < 0.9] = code
        assert_equal_on_all_levels("batch_matmul_s16", p, inputs, {})


@pytest.mark.parametrize("kernel", ["squared_difference_s8", "softmax_s8_s16", "batch_matmul_s8", "batch_matmul_s16"])
def test_more_small_cases(kernel):
    rng = np.random.default_rng(9)
    for _ in range(CASES):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)
