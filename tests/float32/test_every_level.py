"""Float32 kernels at every SIMD level: the bytes of the portable code, at sizes that leave tails of any width."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.float32.kernels import SPECIAL, image, reals, weights, window

import edgetwin as et
from edgetwin import _core

#: Channels around the widths of vectors and of blocks of them.
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 47, 48, 64, 65, 100, 130)
SHARES = (0.0, 0.02, 0.3)
FUNCTIONS = {
    "binary": ("add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "prelu"),
    "fusing": ("add", "sub", "mul", "div"),
    "unary": ("relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "hard_swish", "leaky_relu"),
}


def assert_equal_on_all_levels(kernel, params, inputs, constants=None):
    """The bytes of every output; any NaN is as good as another."""
    runs = {
        level: _core.run_kernel(kernel, params, inputs, constants or {}, level=level) for level in (None, *et.archs())
    }
    (expected,) = (array.view(np.float32) for array in runs[None])
    for level in et.archs():
        (made,) = (array.view(np.float32) for array in runs[level])
        same = (made.view(np.uint32) == expected.view(np.uint32)) | (np.isnan(made) & np.isnan(expected))
        assert same.all(), f"{kernel} on {level}, {np.flatnonzero(~same)[:9]} of {same.size}: {params}"


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_conv_2d(channels, groups):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([1, channels, groups, seed])
        depth = int(rng.integers(1, 20))
        p = window(rng, depth * groups, channels * groups)
        given = weights(rng, (groups, p["kernel_h"], p["kernel_w"], depth, channels), channels * groups)
        assert_equal_on_all_levels("conv_2d_f32", p | {"groups": groups}, [image(rng, p, special)], given)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 2), (3, 40), (40, 3), (7, 13), (16, 16)], ids=str)
@pytest.mark.parametrize("kernel", [(1, 1), (1, 9), (9, 1), (3, 3), (5, 5)], ids=str)
def test_images_of_any_form(size, kernel):
    """Padded as by "SAME": small images have windows that leave them on both sides."""
    rng = np.random.default_rng([2, *size, *kernel])
    for channels in (16, 40):
        p = window(rng, 6, channels, kernel, dilated=False)
        for axis, side, length, taps in zip("hw", ("top", "left"), size, kernel, strict=True):
            p |= {f"input_{axis}": length, f"output_{axis}": length, f"stride_{axis}": 1, f"pad_{side}": taps // 2}
        x = image(rng, p)
        given = weights(rng, (1, *kernel, 6, channels), channels)
        assert_equal_on_all_levels("conv_2d_f32", p | {"groups": 1}, [x], given)
        p |= {"input_c": channels}
        assert_equal_on_all_levels(
            "depthwise_conv_2d_f32", p, [image(rng, p)], weights(rng, (*kernel, channels), channels)
        )


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("multiplier", [1, 3, "one input"])
def test_depthwise_conv_2d(channels, multiplier):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([3, channels, seed])
        input_c, output_c = (1, channels) if multiplier == "one input" else (channels, channels * multiplier)
        p = window(rng, input_c, output_c)
        given = weights(rng, (p["kernel_h"], p["kernel_w"], output_c), output_c)
        assert_equal_on_all_levels("depthwise_conv_2d_f32", p, [image(rng, p, special)], given)


@pytest.mark.parametrize("kind", ["max_pool_2d_f32", "average_pool_2d_f32"])
@pytest.mark.parametrize("channels", CHANNELS)
def test_pools(kind, channels):
    for seed, special in enumerate(SHARES * 3):
        rng = np.random.default_rng([4, channels, seed])
        p = window(rng, channels, channels, dilated=False)
        assert_equal_on_all_levels(kind, p, [image(rng, p, special)])


@pytest.mark.parametrize("features", [1, 2, 5, 31, 64, 300])
@pytest.mark.parametrize("channels", CHANNELS)
def test_fully_connected(features, channels):
    rng = np.random.default_rng([5, features, channels])
    for rows, special in zip((1, 2, 3, 4, 5, 7, 9, 13, 40), SHARES * 3, strict=True):
        p = {"batches": rows, "input_features": features, "output_features": channels}
        p["activation"] = int(rng.integers(4))
        given = weights(rng, (features, channels), channels)
        assert_equal_on_all_levels("fully_connected_f32", p, [reals(rng, (rows, features), special)], given)


@pytest.mark.parametrize("name", FUNCTIONS["binary"])
@pytest.mark.parametrize("broadcast", ["none", "x", "y", "x rows", "y rows", "crossed"])
def test_of_two_values(name, broadcast):
    """Every pair of special values among others, in runs of any length."""
    rng = np.random.default_rng(6)
    for dims in ((1, 1), (3, 5), (9, 7), (9, 8), (2, 40), (40, 33)):
        bits = {"none": (0, 0), "x": (48, 0), "y": (0, 48), "x rows": (16, 0), "y rows": (0, 16), "crossed": (32, 16)}
        p = {f"dim_{i}": 1 for i in range(4)} | {"dim_4": dims[0], "dim_5": dims[1]}
        p["x_broadcast"], p["y_broadcast"] = bits[broadcast]
        p["activation"] = int(rng.integers(4)) if name in FUNCTIONS["fusing"] else 0
        operands = [
            reals(rng, [1 if p[f"{side}_broadcast"] >> axis & 1 else dims[axis - 4] for axis in (4, 5)], 0.4)
            for side in "xy"
        ]
        assert_equal_on_all_levels(f"{name}_f32", p, operands)


@pytest.mark.parametrize("name", FUNCTIONS["unary"])
def test_of_one_value(name):
    rng = np.random.default_rng(7)
    ends = np.float32([*SPECIAL, 1, -1, 3, -3, 6, 6.1, np.nextafter(np.float32(6), 0), -1.5, 0.5, 1e38])
    for size in (1, 3, 7, 8, 15, 16, 17, 33, 1000):
        p = {"size": size} | ({"alpha": float(rng.normal())} if name == "leaky_relu" else {})
        for x in (np.resize(rng.permutation(ends), size), 3 * reals(rng, size)):
            assert_equal_on_all_levels(f"{name}_f32", p, [x])
