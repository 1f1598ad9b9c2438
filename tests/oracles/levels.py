"""Every SIMD level this CPU has beside the device core's own code."""

from __future__ import annotations

import numpy as np

import edgetwin as et
from edgetwin import _core


def level_weights(rng, shape):
    """Small values mostly, and every extreme; now and then nothing but the lowest."""
    weights = np.clip(rng.normal(0, 40, shape), -128, 127).astype(np.int8)
    weights[rng.random(shape) < (1.0 if rng.random() < 0.1 else 0.02)] = -128
    return weights


def level_scales(rng, outputs, low=-12, high=-4):
    """Multipliers with all extremes among them, and shifts from `low` to `high` - 1."""
    multiplier = rng.integers(2**30, 2**31, outputs).astype(np.int32)
    for extreme in (0, 2**30, 2**31 - 1):
        multiplier[rng.random(outputs) < 0.05] = extreme
    return {"multiplier": multiplier, "shift": rng.integers(low, high, outputs).astype(np.int32)}


def depthwise_window(rng):
    """Channels of less than a vector and of many, in every kind of window."""
    kh, kw = ((3, 3), (3, 3), (1, 3), (3, 1), (5, 5), tuple(rng.integers(1, 12, 2)))[rng.integers(6)]
    strides = (int(rng.choice([1, 1, 2, 3])), int(rng.choice([1, 1, 2, 3])))
    dilations = (1, 1) if rng.random() < 0.7 else tuple(int(d) for d in rng.integers(1, 4, 2))
    channels = int(rng.choice([1, 2, 3, 4, 8, 12, 16, 24, 32, 40, 48, 64, 96, 128, 200, rng.integers(1, 201)]))
    repeat = int(rng.choice([1] * 8 + [2, 3, 8])) if channels < 70 else 1
    p = {"batches": int(rng.choice([1, 1, 1, 2])), "input_c": channels, "output_c": channels * repeat}
    for axis, kernel, stride, dilation in zip("hw", (kh, kw), strides, dilations, strict=True):
        size, reach = int(rng.integers(1, 12 if axis == "h" else 20)), (int(kernel) - 1) * dilation + 1
        pad = int(rng.integers(reach)) if rng.random() < 0.6 else 0
        p |= {f"kernel_{axis}": int(kernel), f"stride_{axis}": stride, f"dilation_{axis}": dilation}
        p |= {f"output_{axis}": size, "pad_top" if axis == "h" else "pad_left": pad}
        p[f"input_{axis}"] = max(1, (size - 1) * stride + reach - pad - int(rng.integers(-2, reach)))
    return p


def assert_equal_on_all_levels(kernel, params, inputs, constants, state=()):
    """Run the device core's own code and each level, on state of its own."""
    runs = {}
    for level in (None, *et.archs()):
        states = [array.copy() for array in state]
        runs[level] = [*_core.run_kernel(kernel, params, inputs, constants, states, level=level), *states]
    for level in et.archs():
        for expected, made in zip(runs[None], runs[level], strict=True):
            np.testing.assert_array_equal(made, expected, err_msg=f"{kernel} on {level}: {params}")
