"""Kernels without weights on every SIMD level: the device core's own bytes, at sizes that leave tails of any width."""

from __future__ import annotations

import os

import numpy as np
import pytest
from oracles.case_parts import random_activation, random_codes, random_window
from oracles.cases import random_case

import edgetwin as et
from edgetwin import _core

CASES = int(os.environ.get("EDGETWIN_LEVEL_CASES", "60"))
#: Kernels that a level has forms of its own for.
LEVEL_KERNELS = ("max_pool_2d_s8",)


def assert_equal_on_all_levels(kernel, params, inputs, constants=None, state=()):
    """Run the device core's own code and each level."""
    expected = _core.run_kernel(kernel, params, inputs, constants or {}, list(state))
    for level in et.archs():
        made = _core.run_kernel(kernel, params, inputs, constants or {}, list(state), level=level)
        np.testing.assert_array_equal(made, expected, err_msg=f"{kernel} on {level}: {params}")


@pytest.mark.parametrize("kernel", LEVEL_KERNELS)
def test_small_cases(kernel):
    rng = np.random.default_rng(1)
    for _ in range(CASES * 3):
        case = random_case(kernel, rng)
        assert_equal_on_all_levels(kernel, case.params, case.inputs, case.constants, case.state)


@pytest.mark.parametrize("kernel", ["max_pool_2d_s8"])
@pytest.mark.parametrize("channels", [1, 3, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 130])
def test_pools(kernel, channels):
    rng = np.random.default_rng([2, channels])
    for _ in range(CASES // 10):
        p = random_window(rng, "pool", dilated=False) | random_activation(rng) | {"channels": channels}
        x = random_codes(rng, (p["batches"], p["input_h"], p["input_w"], channels))
        assert_equal_on_all_levels(kernel, p, [x])
