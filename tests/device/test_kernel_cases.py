"""Random calls of every registered kernel on emulated Cortex-M3, M4 and M55: outputs and state equal the host's."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cases import GENERATORS, random_case

import edgetwin as et
from edgetwin import _core
from edgetwin.device.qemu import Job, run_job

KERNELS = _core.device_kernels()
CASES_EACH = 40


def queue(job, kernel, case):
    """Add a case to a job; return the regions of its outputs and state, and the host's bytes for them."""
    slots = _core.kernel_slots()[kernel]
    inputs = [job.store(array) for array in case.inputs]
    given = [case.constants[name] for name in slots["constants"]]
    constants = [None if array is None else job.store(array) for array in given]
    state = [job.store(array) for array in case.state]
    expected = _core.run_kernel(kernel, case.params, case.inputs, case.constants, case.state)
    outputs = [job.space(array.size) for array in expected]
    job.call(kernel, case.params, inputs, constants, state, outputs)
    return [*outputs, *state], [array.tobytes() for array in (*expected, *case.state)]


def test_every_kernel_has_a_generator():
    assert set(GENERATORS) == set(KERNELS)


@pytest.mark.parametrize("kernel", KERNELS)
def test_cases_tell_faults_apart(kernel):
    """Most outputs hold more than one value, so that equal bytes mean something; both roundings occur."""
    roundings, varied = set(), 0
    for number in range(CASES_EACH):
        case = random_case(kernel, np.random.default_rng([number, sum(kernel.encode())]))
        roundings.add(case.params.get("rounding"))
        output = _core.run_kernel(kernel, case.params, case.inputs, case.constants, case.state)[0]
        varied += len(np.unique(output)) > 1
    assert varied > 0.4 * CASES_EACH
    assert roundings in ({None}, {0, 1})


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_level_equals_the_device_core(kernel):
    for number in range(CASES_EACH):
        results = []
        for level in (None, *et.archs()):
            case = random_case(kernel, np.random.default_rng([number, sum(kernel.encode())]))
            outputs = _core.run_kernel(kernel, case.params, case.inputs, case.constants, case.state, level)
            results.append([array.tobytes() for array in (*outputs, *case.state)])
        for level, result in zip(et.archs(), results[1:], strict=True):
            assert result == results[0], f"{kernel} at {level}, case {number}"


def test_emulated_core_equals_the_host(board):
    """All cases of all kernels in one boot."""
    job, names, wanted, expected = Job(), [], [], []
    for kernel in KERNELS:
        for number in range(CASES_EACH):
            case = random_case(kernel, np.random.default_rng([number, sum(kernel.encode())]))
            regions, arrays = queue(job, kernel, case)
            names += [f"{kernel} {number}"] * len(regions)
            wanted += regions
            expected += arrays
    results = run_job(*board, job, wanted)
    different = [name for name, ours, theirs in zip(names, expected, results, strict=True) if ours != theirs]
    assert not different
