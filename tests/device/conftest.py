"""The runner for each emulated core, compiled once a session."""

from __future__ import annotations

import functools
import shutil

import pytest

from edgetwin.device.qemu import COMPILER, CORES, EMULATOR, INSTALL, build_runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory):
    """Core name -> the compiled runner."""
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {INSTALL}")
    folder = tmp_path_factory.mktemp("runner")
    return functools.cache(lambda core: build_runner(core, folder))


@pytest.fixture(params=CORES)
def board(request, runner):
    """Core and program: the first two arguments of `run_job`."""
    return request.param, runner(request.param)
