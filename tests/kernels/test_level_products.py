"""Sums of products on every SIMD level give the device core's own bytes: beyond conv_2d and fully_connected of int8."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_bias, random_zero_point
from oracles.cases import random_case
from oracles.levels import assert_equal_on_all_levels, depthwise_window, level_scales, level_weights

from edgetwin.conformance.generators.builder import random_codes

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
WORDS = ("conv_2d_s16", "conv_2d_s16_sum32", "fully_connected_s16", "fully_connected_s16_sum32")
KERNELS = ("transpose_conv_s8", "transpose_conv_s16", "depthwise_conv_2d_s16", *WORDS)


@pytest.mark.parametrize("kernel", KERNELS)
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 3):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


def word_constants(rng, kernel, outputs, taps):
    """Scales that bring sums of `taps` products into int16 mostly; biases of the sums' whole range now and then."""
    bits = int(np.log2(max(taps, 1)) / 2) + 20
    sums = np.int32 if kernel.endswith("sum32") else np.int64
    constants = level_scales(rng, outputs, 14 - bits - 3, 14 - bits + 3)
    if rng.random() < 0.15:
        constants["shift"] = rng.integers(-31, 15, outputs).astype(np.int32)
    return constants | {"bias": random_bias(rng, outputs, sums)}


def words(rng, shape):
    """Full range; now and then the lowest value only, which gives the largest sums."""
    return np.full(shape, -32768, np.int16) if rng.random() < 0.15 else random_codes(rng, shape, np.int16)


ZERO_POINTS = {"input_zero_point": 0, "output_zero_point": 0}


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("kernel", ["transpose_conv_s8", "transpose_conv_s16"])
def test_transpose_conv_2d(kernel, seed):
    word = kernel.endswith("s16")
    rng = np.random.default_rng([2, seed])
    flat = rng.random() < 0.4
    p = {"batches": int(rng.choice([1, 1, 2]))}
    p |= {"input_c": int(rng.choice([1, 3, 4, 8, 16, 33])), "output_c": int(rng.choice([1, 7, 8, 16, 17, 33, 40]))}
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        one = axis == "h" and flat
        size, reach = (1, 1) if one else (int(rng.integers(1, 14)), int(rng.integers(1, 8)))
        stride = 1 if one else int(rng.choice([1, 2, 2, 3, 9]))
        p |= {f"input_{axis}": size, f"kernel_{axis}": reach, f"stride_{axis}": stride}
        p[pad] = int(rng.integers(reach + 2))
        p[f"output_{axis}"] = max(1, (size - 1) * stride + reach - p[pad] + int(rng.integers(-2, 4)))
    p |= {name: 0 if word else random_zero_point(rng) for name in ZERO_POINTS}
    p |= random_activation(rng, np.int16 if word else np.int8) | {"rounding": int(rng.integers(2))}
    if word:
        constants = word_constants(rng, kernel, p["output_c"], p["kernel_h"] * p["kernel_w"] * p["input_c"])
    else:
        constants = level_scales(rng, p["output_c"]) | {"bias": random_bias(rng, p["output_c"], np.int32)}
    constants["weights"] = level_weights(rng, (p["output_c"], p["kernel_h"], p["kernel_w"], p["input_c"]))
    shape = (p["batches"], p["input_h"], p["input_w"], p["input_c"])
    x = words(rng, shape) if word else random_codes(rng, shape)
    assert_equal_on_all_levels(kernel, p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("kernel", WORDS[:2])
def test_conv_2d_of_words(kernel, seed):
    rng = np.random.default_rng([3, seed])
    flat = rng.random() < 0.4
    h, w = 1 if flat else int(rng.integers(1, 9)), int(rng.integers(1, 30 if flat else 12))
    kh, kw = 1 if flat else int(rng.integers(1, 4)), int(rng.integers(1, 6))
    dilation, stride, groups = int(rng.choice([1, 1, 2])), int(rng.choice([1, 1, 2])), int(rng.choice([1, 1, 1, 2, 3]))
    group_in, group_out = int(rng.choice([1, 2, 3, 8, 33, 64, 171])), int(rng.choice([1, 7, 8, 16, 17, 40, 64, 100]))
    reach_h, reach_w = (kh - 1) * dilation + 1, (kw - 1) * dilation + 1
    p = {"batches": int(rng.choice([1, 1, 2])), "input_c": groups * group_in, "output_c": groups * group_out}
    p |= {"groups": groups, "kernel_h": kh, "kernel_w": kw, "dilation_h": dilation, "dilation_w": dilation}
    p |= {"stride_h": stride, "stride_w": stride} | ZERO_POINTS
    if rng.random() < 0.5:
        p |= {"input_h": h, "input_w": w, "output_h": -(-h // stride), "output_w": -(-w // stride)}
        p |= {"pad_top": (reach_h - 1) // 2, "pad_left": (reach_w - 1) // 2}
    else:
        p |= {"output_h": h, "output_w": w, "pad_top": 0, "pad_left": 0}
        p |= {"input_h": (h - 1) * stride + reach_h, "input_w": (w - 1) * stride + reach_w}
    p |= random_activation(rng, np.int16) | {"rounding": int(rng.integers(2))}
    constants = word_constants(rng, kernel, p["output_c"], kh * kw * group_in)
    constants["weights"] = level_weights(rng, (p["output_c"], kh, kw, group_in))
    x = words(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]))
    assert_equal_on_all_levels(kernel, p, [x], constants)


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("kernel", WORDS[2:])
def test_fully_connected_of_words(kernel, seed):
    rng = np.random.default_rng([4, seed])
    # Sums of 32 bits hold 255 pairs of products: more and fewer.
    features = int(rng.choice([1, 3, 64, 255, 509, 510, 511, 512, 1020, 1021, 2500]))
    outputs = int(rng.choice([1, 3, 10, 16, 31, 48, 64, 65, 200]))
    p = {"batches": int(rng.choice([1, 1, 2, 5, 13])), "input_features": features, "output_features": outputs}
    p |= {"weights_zero_point": 0} | ZERO_POINTS | random_activation(rng, np.int16)
    p["rounding"] = int(rng.integers(2))
    constants = word_constants(rng, kernel, outputs, features) | {"weights": level_weights(rng, (outputs, features))}
    assert_equal_on_all_levels(kernel, p, [words(rng, (p["batches"], features))], constants)


@pytest.mark.parametrize("seed", range(CASES * 2))
def test_depthwise_conv_2d_of_words(seed):
    rng = np.random.default_rng([5, seed])
    p = depthwise_window(rng)
    if rng.random() < 0.1:
        # Sums of 32 bits hold 511 products: as many, one more, and more than that.
        p |= {"kernel_h": 1, "kernel_w": int(rng.choice([511, 512, 700])), "output_h": 2, "output_w": 3}
        p |= {"dilation_w": 1, "stride_w": 1, "pad_left": 0, "input_w": p["kernel_w"] + 2}
        p |= {"stride_h": 1, "pad_top": 0, "input_h": 2}
    p |= ZERO_POINTS | random_activation(rng, np.int16) | {"rounding": int(rng.integers(2))}
    constants = word_constants(rng, "depthwise_conv_2d_s16", p["output_c"], p["kernel_h"] * p["kernel_w"])
    constants["weights"] = level_weights(rng, (1, p["kernel_h"], p["kernel_w"], p["output_c"]))
    x = words(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]))
    assert_equal_on_all_levels("depthwise_conv_2d_s16", p, [x], constants)
