"""The runner for each emulated core, compiled once a session."""

from __future__ import annotations

import functools
import shutil
import subprocess

import pytest
from oracles.check_board import TOY_PROGRAM

from edgetwin.device.qemu import COMPILER, CORES, EMULATOR, INSTALL, build_runner, device_source


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


@pytest.fixture(scope="session")
def toy_firmware(tmp_path_factory):
    """The toy that answers the check protocol, on standard input and output."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed: apt-get install g++")
    folder = tmp_path_factory.mktemp("toy")
    (folder / "main.cpp").write_text(TOY_PROGRAM)
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsanitize=undefined"]
    command = [compiler, *flags, "-fno-sanitize-recover=all", f"-I{device_source() / 'include'}", folder / "main.cpp"]
    done = subprocess.run([*command, "-o", folder / "toy"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "toy"
