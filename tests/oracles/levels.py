"""Every SIMD level this CPU has beside the device core's own code."""

from __future__ import annotations

import numpy as np

import edgetwin as et
from edgetwin import _core


def fill_scratch():
    """Leave codes where kernels put their padding: memory that was never used holds zeros, which may be right."""
    features = 100_000
    codes = np.full(features, 77, np.int8)
    p = {"batches": 1, "input_features": features, "output_features": 1, "input_zero_point": 5, "rounding": 0}
    p |= {"output_zero_point": 0, "weights_zero_point": 0, "activation_min": -128, "activation_max": 127}
    one = np.ones(1, np.int32)
    constants = {"weights": codes, "bias": None, "multiplier": one, "shift": one}
    for level in et.archs():
        _core.run_kernel("fully_connected_s8", p, [codes], constants, level=level)


def assert_equal_on_all_levels(kernel, params, inputs, constants, state=()):
    """Run the device core's own code and each level, on state of its own."""
    runs = {
        level: _core.run_kernel(kernel, params, inputs, constants, [array.copy() for array in state], level=level)
        for level in (None, *et.archs())
    }
    for level in et.archs():
        for expected, made in zip(runs[None], runs[level], strict=True):
            np.testing.assert_array_equal(made, expected, err_msg=f"{kernel} on {level}: {params}")
