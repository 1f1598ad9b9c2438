"""Kernels with the input's zero point folded into the bias, by SMLAD on M4 and MVE on M55: the plain kernels' bytes."""

from __future__ import annotations

import math
import subprocess

import numpy as np
import pytest
from oracles.cases import random_case
from oracles.cases_linear import deep_case

from edgetwin import _core
from edgetwin.device.qemu import Job, run_job

CASES_EACH = 60
DEPTHS = (*range(1, 71), 127, 128, 129, 255)
#: What the folded forms of each core are made of; the disassembler shows vector instructions as bytes.
INSTRUCTIONS = {
    "cortex-m3": (),
    "cortex-m4": ("smlad", "sxtb16"),
    "cortex-m55": ("dlstp.8", "dlstp.32", "letp"),
}


def queue(job, kernel, case):
    constants = [case.constants[name] for name in _core.kernel_slots()[kernel]["constants"]]
    (expected,) = _core.run_kernel(kernel, case.params, case.inputs, case.constants, case.state)
    output = job.space(expected.size)
    job.call(
        kernel,
        case.params,
        [job.store(array) for array in case.inputs],
        [None if array is None else job.store(array) for array in constants],
        [],
        [output],
    )
    return output, expected.tobytes()


def run_cases(board, cases):
    job = Job(folded=True)
    regions, expected = zip(*(queue(job, kernel, case) for kernel, case in cases), strict=True)
    results = run_job(*board, job, regions)
    different = [
        case.params for (_, case), ours, theirs in zip(cases, expected, results, strict=True) if ours != theirs
    ]
    assert not different


@pytest.mark.parametrize("kernel", ["conv_2d_s8", "depthwise_conv_2d_s8", "fully_connected_s8"])
def test_random_calls(board, kernel):
    """Strides, dilation, padding, groups, both roundings, shifts to both sides, sums that wrap."""
    generators = (np.random.default_rng([number, 7]) for number in range(CASES_EACH))
    run_cases(board, [(kernel, random_case(kernel, generator)) for generator in generators])


@pytest.mark.parametrize("kernel", ["conv_2d_s8", "fully_connected_s8"])
def test_every_depth(board, kernel):
    """Tails of every length, with codes, weights and zero points at the ends of int8; one channel to nine."""
    run_cases(board, [(kernel, deep_case(kernel, depth)) for depth in DEPTHS])


def test_depths_reach_both_ends():
    case = deep_case("conv_2d_s8", 64)
    assert -128 in case.constants["weights"]
    assert {deep_case("conv_2d_s8", depth).params["input_zero_point"] for depth in DEPTHS} >= {-128, 127}
    assert math.prod(case.constants["weights"].shape[1:]) == 64


def test_the_core_runs_its_own_instructions(board):
    core, program = board
    text = subprocess.run(["arm-none-eabi-objdump", "-d", program], capture_output=True, text=True, check=True).stdout
    mnemonics = {parts[2].strip() for line in text.splitlines() if len(parts := line.split("\t")) > 2}
    assert mnemonics >= set(INSTRUCTIONS[core])
    others = {name for names in INSTRUCTIONS.values() for name in names} - set(INSTRUCTIONS[core])
    assert not mnemonics & others
