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


def assert_equal_on_all_levels(kernel, params, inputs, constants, state=()):
    """Run the device core's own code and each level, on state of its own."""
    runs = {
        level: _core.run_kernel(kernel, params, inputs, constants, [array.copy() for array in state], level=level)
        for level in (None, *et.archs())
    }
    for level in et.archs():
        for expected, made in zip(runs[None], runs[level], strict=True):
            np.testing.assert_array_equal(made, expected, err_msg=f"{kernel} on {level}: {params}")
