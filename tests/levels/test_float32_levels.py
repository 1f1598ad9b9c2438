"""float32 at SIMD levels that this CPU lacks: every kernel that has a form there gives the portable code's bytes."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.float32.kernels import BINARY, LINEAR, UNARY, convolution, dense, depthwise, pool, random_case
from oracles.host_job import differing, kernel_call, run_calls

CASES_EACH = 25
#: Around the widths of vectors, and more than tiles have blocks of channels.
CHANNELS = (3, 4, 5, 8, 16, 17, 33, 70)


@pytest.fixture(scope="module")
def calls():
    made = []
    for name in (*LINEAR, *BINARY, *UNARY):
        for number in range(CASES_EACH):
            case = random_case(name, np.random.default_rng([number, 6, sum(name.encode())]))
            made.append(kernel_call(f"{name} {number}", f"{name}_f32", case))
    for channels in CHANNELS:
        rng = np.random.default_rng([7, channels])
        cases = {
            "conv_2d": convolution(rng, 5, channels, kernel=(3, 3)),
            "depthwise_conv_2d": depthwise(rng, channels, channels, kernel=(3, 3)),
            "fully_connected": dense(rng, 13, 40, channels),
            "max_pool_2d": pool(rng, channels),
            "average_pool_2d": pool(rng, channels),
        }
        made += [kernel_call(f"{name}, {channels} channels", f"{name}_f32", case) for name, case in cases.items()]
    return made


def test_outputs_are_numbers(calls):
    """Bytes are compared: of NaN several stand for the same."""
    assert len(calls) == len({call.name for call in calls})
    for call in calls:
        made = np.frombuffer(call.expected, np.float32)
        assert made.size, call.name
        assert np.isfinite(made).all(), call.name


def test_every_kernel_equals_the_portable_code(at_level, calls, tmp_path):
    level, command = at_level
    assert differing(calls, run_calls(command, level, calls, tmp_path).answers) == []
