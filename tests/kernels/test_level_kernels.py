"""Every SIMD level this CPU has gives the device core's own bytes, on shapes that fill its tiles and leave tails."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_bias, random_scales, random_zero_point
from oracles.cases import random_case
from oracles.levels import assert_equal_on_all_levels, depthwise_window, level_scales, level_weights

from edgetwin.conformance.generators.builder import random_codes

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
#: Kernels that a level has forms of its own for.
LEVEL_KERNELS = ("conv_2d_s8", "depthwise_conv_2d_s8", "fully_connected_s8")


@pytest.mark.parametrize("kernel", LEVEL_KERNELS)
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 3):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


def scales(rng, p, outputs, taps):
    """Constants of a layer whose sums mostly stay inside the output's range; now and then a scale of 1 or more."""
    p |= {name: random_zero_point(rng) for name in ("input_zero_point", "output_zero_point")}
    p |= random_activation(rng, np.int8)
    p["rounding"] = int(rng.integers(2))
    if rng.random() < 0.4:
        p["activation_min"] = p["output_zero_point"]
        p["activation_max"] = max(p["activation_max"], p["activation_min"])
    if rng.random() < 0.2:
        multiplier, shift = random_scales(rng, 0.01 / np.sqrt(taps), outputs, 30)
        made = {"multiplier": multiplier, "shift": shift}
    else:
        made = level_scales(rng, outputs, high=-3)
    return {"bias": random_bias(rng, outputs, np.int32)} | made


@pytest.mark.parametrize("seed", range(CASES))
def test_conv_2d_tiles(seed):
    rng = np.random.default_rng([2, seed])
    flat = rng.random() < 0.4
    h, w = 1 if flat else int(rng.integers(1, 14)), int(rng.integers(1, 60 if flat else 20))
    kh, kw = 1 if flat else int(rng.integers(1, 5)), int(rng.integers(1, 8))
    dilation, stride = (int(rng.choice([1, 1, 1, 2])) for _ in range(2))
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    group_in = int(rng.choice([1, 2, 3, 4, 6, 8, 16, 33, 64]))
    group_out = int(rng.choice([1, 7, 8, 16, 17, 32, 40, 64, 100]))
    same = rng.random() < 0.5
    reach_h, reach_w = (kh - 1) * dilation + 1, (kw - 1) * dilation + 1
    p = {"batches": int(rng.choice([1, 1, 2])), "input_c": groups * group_in, "output_c": groups * group_out}
    p |= {"groups": groups, "kernel_h": kh, "kernel_w": kw, "dilation_h": dilation, "dilation_w": dilation}
    p |= {"stride_h": stride, "stride_w": stride}
    if same:
        p |= {"input_h": h, "input_w": w, "output_h": -(-h // stride), "output_w": -(-w // stride)}
        p |= {"pad_top": (reach_h - 1) // 2, "pad_left": (reach_w - 1) // 2}
    else:
        p |= {"output_h": h, "output_w": w, "pad_top": 0, "pad_left": 0}
        spare = int(rng.integers(2))
        p |= {"input_h": (h - 1) * stride + reach_h + spare, "input_w": (w - 1) * stride + reach_w + spare}
    constants = scales(rng, p, p["output_c"], kh * kw * group_in)
    constants["weights"] = level_weights(rng, (p["output_c"], kh, kw, group_in))
    x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), np.int8)
    assert_equal_on_all_levels("conv_2d_s8", p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES))
def test_neighbouring_pixels(seed):
    """Few channels and no stride: pixels share what they read of a line, and the last ones of a line are made twice."""
    rng = np.random.default_rng([5, seed])
    h, w = int(rng.integers(1, 5)), int(rng.integers(8, 70))
    kh, kw, group_in = int(rng.integers(1, 4)), int(rng.integers(2, 10)), int(rng.integers(1, 21))
    p = {"batches": 1, "input_c": group_in, "output_c": int(rng.integers(1, 17)), "groups": 1}
    p |= {"kernel_h": kh, "kernel_w": kw, "dilation_h": int(rng.integers(1, 3)), "dilation_w": 1}
    p |= {"stride_h": int(rng.integers(1, 3)), "stride_w": 1, "pad_top": 0, "pad_left": 0, "output_h": h, "output_w": w}
    p |= {"input_h": (h - 1) * p["stride_h"] + (kh - 1) * p["dilation_h"] + 1, "input_w": w + kw - 1}
    constants = scales(rng, p, p["output_c"], kh * kw * group_in)
    constants["weights"] = level_weights(rng, (p["output_c"], kh, kw, group_in))
    x = random_codes(rng, (1, p["input_h"], p["input_w"], group_in), np.int8)
    assert_equal_on_all_levels("conv_2d_s8", p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES))
def test_depthwise_columns(seed):
    """Three by three taps of whole vectors of channels: places share their columns, lines and places come in pairs."""
    rng = np.random.default_rng([6, seed])
    h, w, channels = int(rng.integers(2, 9)), int(rng.integers(1, 9)), 64 * int(rng.integers(1, 4))
    p = {"batches": 1, "input_c": channels, "output_c": channels, "kernel_h": 3, "kernel_w": 3}
    p |= {"dilation_h": 1, "dilation_w": 1, "stride_h": 1, "stride_w": 1, "pad_top": 1, "pad_left": 1}
    p |= {"input_h": h, "input_w": w, "output_h": h, "output_w": w}
    constants = scales(rng, p, channels, 9)
    constants["weights"] = level_weights(rng, (1, 3, 3, channels))
    x = random_codes(rng, (1, h, w, channels), np.int8)
    assert_equal_on_all_levels("depthwise_conv_2d_s8", p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES * 2))
def test_depthwise_conv_2d_tiles(seed):
    rng = np.random.default_rng([4, seed])
    p = depthwise_window(rng)
    constants = scales(rng, p, p["output_c"], p["kernel_h"] * p["kernel_w"])
    constants["weights"] = level_weights(rng, (1, p["kernel_h"], p["kernel_w"], p["output_c"]))
    x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), np.int8)
    assert_equal_on_all_levels("depthwise_conv_2d_s8", p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES))
def test_fully_connected_tiles(seed):
    rng = np.random.default_rng([3, seed])
    features, outputs = int(rng.integers(1, 400)), int(rng.choice([1, 3, 10, 16, 31, 32, 48, 64, 65, 128, 200]))
    p = {"batches": int(rng.choice([1, 1, 2, 5, 6, 12, 13])), "input_features": features, "output_features": outputs}
    p["weights_zero_point"] = 0
    constants = scales(rng, p, outputs, features)
    constants["weights"] = level_weights(rng, (outputs, features))
    x = random_codes(rng, (p["batches"], features), np.int8)
    assert_equal_on_all_levels("fully_connected_s8", p, [x], constants)
