"""The host runner of each processor, compiled once a session, and the levels that it is asked for."""

from __future__ import annotations

import fcntl
import functools
import os
import platform

import pytest
from oracles.host_job import ARM_EMULATOR, INSTALL, build_host_runner, missing

import edgetwin as et

#: Level of an ARM processor -> the one that it is emulated on: the first has no dot products.
ARM = {"neon": "cortex-a53", "neon_dotprod": "cortex-a76"}
#: Level with dot products -> the level that has all its other instructions.
VNNI = {"avx_vnni": "avx2", "avx512_vnni": "avx512"}
# Where VNNI could not be added to anything there is nothing to emulate.
collect_ignore = [] if "avx2" in et.archs() else ["test_vnni_emulator.py"]


def levels() -> list[str]:
    """Those that this CPU may lack and that can be run all the same; it is asked for what they are built on."""
    return [*ARM, *(level for level, base in VNNI.items() if base in et.archs())]


@pytest.fixture(scope="session")
def runner(tmp_path_factory):
    """Function of whether it is ARM's -> the compiled runner."""

    @functools.cache
    def build(arm):
        lacking = missing(arm)
        if lacking:
            pytest.skip(f"{lacking} is not installed: {INSTALL}")
        # One build for all the workers of pytest-xdist, whose folders lie side by side.
        folder = tmp_path_factory.getbasetemp()
        folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
        folder /= "host_runner_arm" if arm else "host_runner"
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return build_host_runner(folder, arm)

    return build


@pytest.fixture(params=levels())
def at_level(request, runner):
    """Level, and the command that runs the runner on a processor that has it."""
    level = request.param
    if level not in ARM:
        return level, [runner(arm=False)]
    emulator = [] if platform.machine() == "aarch64" else [ARM_EMULATOR, "-cpu", ARM[level]]
    return level, [*emulator, runner(arm=True)]
