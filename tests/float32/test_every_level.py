"""Float32 kernels at every SIMD level: the bytes of the portable code, at sizes that leave tails of any width."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.float32.kernels import (
    BINARY,
    SPECIAL,
    UNARY,
    convolution,
    dense,
    depthwise,
    image,
    pair,
    pool,
    reals,
    single,
    weights,
    window,
)  # fmt: skip

import edgetwin as et
from edgetwin import _core

#: Channels around the widths of vectors and of blocks of them.
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 47, 48, 64, 65, 100, 130)
#: Of infinities, NaN and the like among the input's numbers.
SHARES = (0.0, 0.02, 0.3)
BROADCASTS = {
    "none": ((), ()), "x": ((0, 1), ()), "y": ((), (0, 1)), "x rows": ((0,), ()), "y rows": ((), (0,)),
    "crossed": ((1,), (0,)),
}  # fmt: skip


def assert_equal_on_all_levels(name, case):
    """The bytes of every output; any NaN is as good as another."""
    kernel = f"{name}_f32"
    runs = {
        level: _core.run_kernel(kernel, case.params, case.inputs, case.constants, level=level)
        for level in (None, *et.archs())
    }
    (expected,) = (array.view(np.float32) for array in runs[None])
    for level in et.archs():
        (made,) = (array.view(np.float32) for array in runs[level])
        same = (made.view(np.uint32) == expected.view(np.uint32)) | (np.isnan(made) & np.isnan(expected))
        assert same.all(), f"{kernel} on {level}, {np.flatnonzero(~same)[:9]} of {same.size}: {case.params}"


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_conv_2d(channels, groups):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([1, channels, groups, seed])
        depth = int(rng.integers(1, 20))
        assert_equal_on_all_levels("conv_2d", convolution(rng, depth, channels, groups, special))


@pytest.mark.parametrize("kernel", [(1, 2), (1, 5), (1, 15), (2, 9)], ids=str)
@pytest.mark.parametrize("channels", [1, 16, 30, 32, 64])
def test_lines(channels, kernel):
    """Images of few lines, at the ends of which every pixel has other taps."""
    for seed in range(12):
        rng = np.random.default_rng([8, channels, *kernel, seed])
        groups = 1 + (seed % 4 == 3)
        assert_equal_on_all_levels("conv_2d", convolution(rng, 6, channels, groups, kernel=kernel, size=40))


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 2), (3, 40), (40, 3), (7, 13), (16, 16)], ids=str)
@pytest.mark.parametrize("kernel", [(1, 1), (1, 9), (9, 1), (3, 3), (5, 5)], ids=str)
def test_images_of_any_form(size, kernel):
    """Padded as by "SAME": small images have windows that leave them on both sides."""
    rng = np.random.default_rng([2, *size, *kernel])
    for channels in (16, 40):
        p = window(rng, 6, channels, kernel, dilated=False)
        for axis, side, length, taps in zip("hw", ("top", "left"), size, kernel, strict=True):
            p |= {f"input_{axis}": length, f"output_{axis}": length, f"stride_{axis}": 1, f"pad_{side}": taps // 2}
        case = convolution(rng, 6, channels, kernel=kernel)
        assert_equal_on_all_levels("conv_2d", case._replace(params=p | {"groups": 1}, inputs=[image(rng, p)]))
        p |= {"input_c": channels}
        given = weights(rng, (*kernel, channels), channels)
        case = case._replace(params=p, inputs=[image(rng, p)], constants=given)
        assert_equal_on_all_levels("depthwise_conv_2d", case)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("multiplier", [1, 3, "one input"])
def test_depthwise_conv_2d(channels, multiplier):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([3, channels, seed])
        input_c, output_c = (1, channels) if multiplier == "one input" else (channels, channels * multiplier)
        assert_equal_on_all_levels("depthwise_conv_2d", depthwise(rng, input_c, output_c, special))


@pytest.mark.parametrize("name", ["max_pool_2d", "average_pool_2d"])
@pytest.mark.parametrize("channels", CHANNELS)
def test_pools(name, channels):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([4, channels, seed])
        assert_equal_on_all_levels(name, pool(rng, channels, special))


@pytest.mark.parametrize("features", [1, 2, 5, 31, 64, 300])
@pytest.mark.parametrize("channels", CHANNELS)
def test_fully_connected(features, channels):
    rng = np.random.default_rng([5, features, channels])
    for rows, special in zip((1, 2, 3, 4, 5, 7, 9, 13, 40), SHARES * 3, strict=True):
        assert_equal_on_all_levels("fully_connected", dense(rng, rows, features, channels, special))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("broadcast", BROADCASTS)
def test_of_two_values(name, broadcast):
    """Special values meet each other, in runs of any length."""
    rng = np.random.default_rng(6)
    for dims in ((1, 1), (3, 5), (9, 7), (9, 8), (2, 40), (40, 33)):
        assert_equal_on_all_levels(name, pair(rng, name, dims, *BROADCASTS[broadcast], special=0.4))


@pytest.mark.parametrize("name", UNARY)
def test_of_one_value(name):
    rng = np.random.default_rng(7)
    ends = np.float32([*SPECIAL, 1, -1, 3, -3, 6, 6.1, np.nextafter(np.float32(6), 0), -1.5, 0.5, 1e38])
    for size in (1, 3, 7, 8, 15, 16, 17, 33, 1000):
        for x in (np.resize(rng.permutation(ends), size), 3 * reals(rng, size)):
            assert_equal_on_all_levels(name, single(rng, name, x))
