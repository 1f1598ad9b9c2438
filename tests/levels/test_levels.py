"""SIMD levels that this CPU lacks: every kernel and the shared models give the device core's bytes.

ARM's levels run in QEMU. x86's dot products run on this CPU, which does not have them, through a signal handler that is
tested in test_vnni_emulator.py; where the CPU has them they run natively.
"""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cases import random_case
from oracles.host_job import RunnerError, differing, kernel_call, model_call, run_calls
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin import _core

VNNI = ("avx_vnni", "avx512_vnni")
#: Of each kernel; more of those that have forms of their own at a level.
CASES_EACH, CASES_OF_LEVELS = 20, 300
OF_LEVELS = ("conv_2d_s8", "depthwise_conv_2d_s8", "fully_connected_s8", "lstm_s8", "svdf_s8", "svdf_s8_s16")


@pytest.fixture(scope="module")
def kernel_calls():
    calls = []
    for kernel in _core.device_kernels():
        for number in range(CASES_OF_LEVELS if kernel in OF_LEVELS else CASES_EACH):
            case = random_case(kernel, np.random.default_rng([number, 5, sum(kernel.encode())]))
            calls.append(kernel_call(f"{kernel} {number}", kernel, case))
    return calls


@pytest.fixture(scope="module")
def model_calls(shared):
    """One sample near real data, and of small models a batch, which dense layers take in blocks."""
    calls = []
    for name in MODELS:
        model = et.load(model_bytes(shared, name))
        x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 10)
        calls.append(model_call(f"{name}, one sample", model, x[:1]))
        if model.profile().macs < 10**6:
            calls.append(model_call(f"{name}, a batch", model, x[3:8]))
    return calls


def assert_equal_to_the_device_core(at_level, calls, folder):
    level, command = at_level
    results = run_calls(command, level, calls, folder)
    assert differing(calls, results.answers) == []
    # This CPU's own instructions, or those of the emulator: the level did run.
    assert (results.emulated > 0) == (level in VNNI and level not in et.archs())


def test_every_kernel_equals_the_device_core(at_level, kernel_calls, tmp_path):
    assert_equal_to_the_device_core(at_level, kernel_calls, tmp_path)


def test_shared_models_equal_the_device_core(at_level, model_calls, tmp_path):
    assert_equal_to_the_device_core(at_level, model_calls, tmp_path)


def test_a_level_of_another_processor_is_refused(at_level, tmp_path):
    level, command = at_level
    other = "avx2" if "neon" in level else "neon"
    with pytest.raises(RunnerError, match=f"level '{other}', accepted are none, scalar, "):
        run_calls(command, other, [], tmp_path)
