"""The device core's machine code and includes: nothing fused, no state kept, no foreign header at any depth."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgetwin.device.qemu import COMPILER, INSTALL, device_source

FLOAT_CORES = {
    "cortex-m4f": ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m55": ("-mcpu=cortex-m55", "-mfloat-abi=hard"),
}
STANDARD = {"cstdint", "cstddef", "limits", "type_traits"}
HEADERS = sorted(path.relative_to(device_source()) for path in device_source().glob("*/**/*.hpp"))
CORE_HEADERS = [path for path in HEADERS if path.parts[0] in ("include", "calls")]


@pytest.fixture(scope="module")
def compiler():
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    return [COMPILER, "-std=c++17", "-mthumb", "-fno-exceptions", "-fno-rtti", f"-I{device_source() / 'include'}"]


@pytest.fixture(scope="module", params=FLOAT_CORES)
def objects(request, compiler, tmp_path_factory):
    """The runner, which holds every kernel, compiled as loosely as the language's arithmetic rules allow."""
    target = tmp_path_factory.mktemp(request.param) / "main.o"
    flags = ["-O2", "-ffp-contract=fast", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    source = device_source() / "runner" / "main.cpp"
    command = [*compiler, *flags, *FLOAT_CORES[request.param], "-c", str(source), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_no_fused_multiply_add(objects):
    """No kernel gives a compiler anything to contract, so the compiler's default does not matter."""
    text = subprocess.run(["arm-none-eabi-objdump", "-d", objects], capture_output=True, text=True, check=True).stdout
    assert re.search(r"\tvmul\.f32\t", text), "the float kernels are not in the object"
    assert not re.findall(r"\tvf?n?m[al]?[as]\.f\d+", text)


SIGNAL_CALLS = """
#include "features.hpp"
#include "signal_filters.hpp"
#include "signal_math.hpp"
using namespace edgetwin::calls;
template <class Call>
void run(const void* params, const Operands& operands) {
  Call::run(*static_cast<const typename Call::Params*>(params), operands);
}
extern "C" void use(int number, const void* params, const Operands& operands) {
  if (number == 0) run<FunctionF32>(params, operands);
  if (number == 1) run<RealFftF32>(params, operands);
  if (number == 2) run<ButterworthF32>(params, operands);
  if (number == 3) run<SpectralAnalysisF32>(params, operands);
  if (number == 4) run<FlattenF32>(params, operands);
  if (number == 5) run<RawF32>(params, operands);
  if (number == 6) run<ImageF32>(params, operands);
  if (number == 7) run<StateVariableF32>(params, operands);
  if (number == 8) run<ResampleF32>(params, operands);
}
"""


@pytest.mark.parametrize("core", FLOAT_CORES)
@pytest.mark.parametrize("level", ["-O2", "-O3"])
def test_signal_code_is_neither_fused_nor_flushed(compiler, core, level, tmp_path):
    """No fused multiply-add, and no float vectors of MVE, which flush subnormal numbers: at a compiler's defaults."""
    source, target = tmp_path / "unit.cpp", tmp_path / "unit.o"
    source.write_text(SIGNAL_CALLS)
    command = [*compiler, level, *FLOAT_CORES[core], f"-I{device_source() / 'calls'}", "-c", source, "-o", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = subprocess.run(["arm-none-eabi-objdump", "-d", target], capture_output=True, text=True, check=True).stdout
    assert len(re.findall(r"\tvmul\.f32\t", text)) > 100
    assert not re.findall(r"\tvf?n?m[al]?[as]\.f\d+|\tv[a-z]+\.f32\tq", text)


def test_no_state_outside_the_callers_memory(objects):
    text = subprocess.run(["arm-none-eabi-nm", "-C", objects], capture_output=True, text=True, check=True).stdout
    variables = [line for line in text.splitlines() if re.search(r" [bBdDC] ", line)]
    # The runner that calls the kernels has memory for what folded forms need; the kernels have none.
    assert [line for line in variables if "edgetwin::runner::(anonymous namespace)::folded_memory" not in line] == []


@pytest.mark.parametrize("header", CORE_HEADERS, ids=str)
def test_includes_at_every_depth(compiler, header, tmp_path):
    """Every file that one of our headers includes is ours or one of four standard headers."""
    source = tmp_path / "unit.cpp"
    source.write_text(f'#include "{device_source() / header}"\n')
    done = subprocess.run([*compiler, "-E", str(source)], capture_output=True, text=True, check=True)
    ours = device_source().resolve()
    stack: list[Path] = []
    foreign = set()
    for path, flags in re.findall(r'^# \d+ "([^"]+)"([ \d]*)$', done.stdout, re.MULTILINE):
        file = Path(path)
        if "1" in flags.split():
            inside = bool(stack) and stack[-1].resolve().is_relative_to(ours)
            if inside and not file.resolve().is_relative_to(ours) and file.name not in STANDARD:
                foreign.add(f"{stack[-1].name} includes {file}")
            stack.append(file)
        elif "2" in flags.split():
            stack.pop()
    assert not foreign
