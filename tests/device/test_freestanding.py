"""The device core compiles for bare metal, includes nothing but itself, and needs only memory functions."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from edgetwin.device.qemu import COMPILER, INSTALL, device_source

CORES = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m4f": ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m55": ("-mcpu=cortex-m55", "-mfloat-abi=hard"),
}
FLAGS = ("-std=c++17", "-mthumb", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wconversion", "-Werror")
ALLOWED_INCLUDES = {"cstdint", "cstddef", "limits", "type_traits"}
ALLOWED_SYMBOLS = re.compile(r"memcpy|memset|memmove|__aeabi_\w+|__gnu_\w+|__\w*(div|mod|mul|ash|lsh|cmp|clz)\w*")
HEADERS = sorted(path.name for path in (device_source() / "include" / "edgetwin").glob("*.hpp"))


@pytest.fixture(scope="module")
def compiler():
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    return COMPILER


def compile_text(compiler, text, flags, folder):
    source, target = folder / "unit.cpp", folder / "unit.o"
    source.write_text(text)
    root = device_source()
    command = [compiler, *FLAGS, *flags, f"-I{root / 'include'}", f"-I{root / 'calls'}", "-c", str(source)]
    done = subprocess.run([*command, "-o", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


ALL_CALLS = """
#include "registry.hpp"
namespace {
template <class Call>
void touch(const void* const* pointers) {
  typename Call::Params params = {};
  if (Call::check(params) != edgetwin::Status::kOk) return;
  edgetwin::calls::Operands operands = {};
  (void)Call::layout(params);
  if (Call::check_constants(params, pointers) == edgetwin::Status::kOk) Call::run(params, operands);
}
template <class Call>
void run(typename Call::Params* params, edgetwin::calls::Operands* operands) {
  Call::run(*params, *operands);
}
}
extern "C" void use(int number, void* params, edgetwin::calls::Operands* operands, const void* const* pointers) {
  int position = 0;
  edgetwin::calls::for_each_call([&](auto call) {
    using Call = decltype(call);
    if (position++ == number) {
      touch<Call>(pointers);
      run<Call>(static_cast<typename Call::Params*>(params), operands);
    }
  });
}
"""


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("header", HEADERS)
def test_every_header_compiles_alone(compiler, core, header, tmp_path):
    compile_text(compiler, f'#include "edgetwin/{header}"\n', CORES[core], tmp_path)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_needs_only_memory_functions_and_the_compilers_runtime(compiler, core, level, tmp_path):
    target = compile_text(compiler, ALL_CALLS, (*CORES[core], level, "-ffreestanding"), tmp_path)
    listed = subprocess.run(["arm-none-eabi-nm", "-u", str(target)], capture_output=True, text=True, check=True)
    symbols = {line.split()[-1] for line in listed.stdout.splitlines()}
    foreign = {symbol for symbol in symbols if not ALLOWED_SYMBOLS.fullmatch(symbol)}
    assert not foreign
    size = subprocess.run(
        ["arm-none-eabi-nm", "--defined-only", str(target)], capture_output=True, text=True, check=True
    )
    assert " use" in size.stdout, "the object does not hold the kernels"


@pytest.mark.parametrize("header", HEADERS)
def test_includes_only_itself_and_four_standard_headers(header):
    text = (device_source() / "include" / "edgetwin" / header).read_text()
    for name in re.findall(r"#include\s+[<\"]([^>\"]+)[>\"]", text):
        assert name in ALLOWED_INCLUDES or name.startswith("edgetwin/"), name
    for word in ("throw ", "new ", "malloc", "std::vector", "std::string", "printf", "dynamic_cast"):
        assert word not in re.sub(r"//.*", "", text), f"{header} uses {word}"
