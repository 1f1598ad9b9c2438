"""Small programs around the host's headers, on an emulated ARM processor where this one is none."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from oracles.host_job import ARM_EMULATOR, INSTALL, find_tool

ROOT = Path(__file__).resolve().parents[2] / "cpp"


def xsimd_folder():
    """Where the pinned wheel or pip's isolated build keeps xsimd's headers."""
    for path in sys.path:
        if (Path(path) / "pythran" / "xsimd" / "xsimd.hpp").is_file():
            return Path(path) / "pythran"
    pytest.skip('xsimd is not installed: pip install "edgetwin[test]"')


def run_on_arm(folder, source, given):
    """Compile a program that reads from standard input and writes to standard output; return what it writes."""
    arm = platform.machine() == "aarch64"
    compiler = find_tool("g++" if arm else "aarch64-linux-gnu-g++")
    if compiler is None or not (arm or find_tool(ARM_EMULATOR)):
        pytest.skip(f"no compiler or emulator for ARM: {INSTALL}")
    path, program = folder / "main.cpp", folder / "main"
    path.write_text(source)
    command = [compiler, "-std=c++17", "-O2", "-static", "-ffp-contract=off", f"-I{ROOT}", f"-I{ROOT / 'include'}"]
    done = subprocess.run(
        [*command, "-isystem", xsimd_folder(), path, "-o", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    runner = [] if arm else [find_tool(ARM_EMULATOR)]
    return subprocess.run([*runner, program], input=given, capture_output=True, check=True).stdout
