"""That the emulated ARM processors run the code that is meant."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cases import random_case
from oracles.host_job import ARM_EMULATOR, RunnerError, differing, kernel_call, run_calls


def test_dot_products_are_what_neon_dotprod_runs_and_neon_does_not(runner, tmp_path):
    """A processor without the instruction ends the one and runs the other."""
    cases = [random_case("conv_2d_s8", np.random.default_rng([number, 7])) for number in range(20)]
    calls = [kernel_call(f"conv_2d_s8 {number}", "conv_2d_s8", case) for number, case in enumerate(cases)]
    command = [ARM_EMULATOR, "-cpu", "cortex-a53", runner(arm=True)]
    assert differing(calls, run_calls(command, "neon", calls, tmp_path).answers) == []
    with pytest.raises(RunnerError, match=r"[Ii]llegal instruction|code -4|code 132"):
        run_calls(command, "neon_dotprod", calls, tmp_path)
