"""Exported impulses fed sample by sample give the host's bytes: features, codes, outputs, means and labels."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from oracles.exported import FLAGS, INSTALL, compiler
from oracles.impulses import KINDS, OUTPUTS, impulse_case

import edgetwin as et
from edgetwin.device.qemu import COMPILER, CORES, EMULATOR, device_source
from edgetwin.device.qemu import INSTALL as INSTALL_QEMU
from edgetwin.errors import DeviceError
from edgetwin.signal import DecisionSmoother

AVERAGE, DEBOUNCE = 3, 2
#: Blocks whose features are made of the window as a whole, and are never seen as float32 otherwise.
WHOLE = tuple(kind for kind in KINDS if kind not in ("raw", "image", "pictures"))
#: Files of a computer.
HOST = """
#include <cstdio>
static std::FILE* opened(const char* name, const char* mode) { return std::fopen(name, mode); }
static bool read(std::FILE* file, void* to, unsigned size) { return std::fread(to, size, 1, file) == 1; }
static void write(std::FILE* file, const void* from, unsigned size) { std::fwrite(from, size, 1, file); }
static void close(std::FILE* file) { std::fclose(file); }
"""
#: The same of an emulated core, which reads from and writes to files of the computer.
CORE = """
#include "semihosting.hpp"
#include <cstring>
namespace io = edgetwin::runner;
struct File { int32_t handle; int32_t left; };
static File opened(const char* name, const char* mode) {
  const bool reads = mode[0] == 'r';
  const int32_t handle = io::open_file(name, std::strlen(name), reads ? io::kReadBinary : io::kWriteBinary);
  return {handle, reads ? io::file_length(handle) : 0};
}
static bool read(File& file, void* to, unsigned size) {
  if (file.left < static_cast<int32_t>(size)) return false;
  file.left -= static_cast<int32_t>(size);
  return io::read_file(file.handle, to, size);
}
static void write(File& file, const void* from, unsigned size) {
  static_cast<void>(io::write_file(file.handle, from, size));
}
static void close(File& file) { io::close_file(file.handle); }
"""
REPLAY = """
template <class Samples, class Sample, int values, int inputs, class Features>
static void replay(const char* from, const char* into, Samples& samples, const Features& features) {{
  auto input = opened(from, "rb");
  auto output = opened(into, "wb");
  static Sample sample[values];
  while (read(input, sample, sizeof sample)) {{
    if (!samples.push(sample)) continue;
    const int32_t label = samples.label();
    features(output);
    float real[{outputs}];
    samples.values(real);
    write(output, samples.input(), inputs);
    write(output, samples.output(), {outputs});
    write(output, samples.means(), {outputs});
    write(output, &label, 4);
    write(output, real, sizeof real);
  }}
  close(output);
}}
"""
ONE = """
static {kind}::Samples {kind}_samples;
static void replay_{kind}() {{
  replay<{kind}::Samples, {sample}, {values}, {inputs}>("{kind}.in", "{kind}.out", {kind}_samples, [](auto& file) {{
{features}
  }});
}}
"""
FEATURES = """
    alignas(8) static uint8_t scratch[{kind}::kFeatureScratchBytes];
    static float features[{kind}::kFeatureCount];
    {kind}::compute_features({kind}_samples.window(), scratch, features);
    write(file, features, sizeof features);
"""


@pytest.fixture(scope="module")
def cases():
    return {kind: impulse_case(kind) for kind in KINDS}


@pytest.fixture(scope="module")
def exported(cases, tmp_path_factory):
    """Folder with an export of each kind, and a program that replays files through all of them."""
    folder = tmp_path_factory.mktemp("impulses")
    parts, unit = [REPLAY.format(outputs=OUTPUTS)], []
    for kind, case in cases.items():
        front = case.impulse._front
        case.impulse.export(folder / kind, hop=case.hop, average=AVERAGE, debounce=DEBOUNCE)
        unit.append(f'#include "{kind}/model/{kind}.cpp"\n#include "{kind}/model/{kind}_samples.hpp"\n')
        sample = {"int16": "int16_t", "uint8": "uint8_t", "float32": "float"}[front.samples]
        values = int(np.prod(front.window)) if front.takes_pictures else front.window[1]
        seen = FEATURES.format(kind=kind) if kind in WHOLE else "    static_cast<void>(file);"
        parts.append(ONE.format(kind=kind, sample=sample, values=values, inputs=front.size, features=seen))
        (folder / f"{kind}.in").write_bytes(case.signal.astype(front.samples).tobytes())
    calls = "".join(f"  replay_{kind}();\n" for kind in KINDS)
    (folder / "replay.hpp").write_text("".join([*unit, *parts, f"int main() {{\n{calls}  return 0;\n}}\n"]))
    return folder


def expected(kind, case):
    """What the host computes, as the program writes it."""
    impulse, windows = case.impulse, case.windows()
    codes, outputs = impulse.codes(windows).reshape(len(windows), -1), impulse.run(windows)
    means, labels = DecisionSmoother(OUTPUTS, average=AVERAGE, debounce=DEBOUNCE).push(outputs)
    spec = impulse.model.outputs[0]
    real = et.kernels.dequantize(means, spec.scale, spec.zero_point)
    features = impulse.features(windows)
    rows = zip(features, codes, outputs, means, labels, real, strict=True)
    return [b"".join(part.tobytes() for part in row[0 if kind in WHOLE else 1 :]) for row in rows]


def check(folder, cases):
    for kind, case in cases.items():
        wanted = expected(kind, case)
        assert len(set(wanted)) == len(wanted) == 12, kind
        raw = (folder / f"{kind}.out").read_bytes()
        assert len(raw) == sum(map(len, wanted)), kind
        size = len(wanted[0])
        for i, row in enumerate(wanted):
            assert raw[i * size : (i + 1) * size] == row, f"{kind}, window {i}"


def compiled(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]


def test_on_this_computer(cases, exported):
    if compiler() is None:
        pytest.skip(f"g++ is not installed: {INSTALL}")
    (exported / "host.cpp").write_text(HOST + '#include "replay.hpp"\n')
    includes = [f"-I{exported / kind}" for kind in KINDS]
    compiled([compiler(), *FLAGS, f"-I{exported}", *includes, exported / "host.cpp", "-o",
              exported / "host"])  # fmt: skip
    done = subprocess.run([exported / "host"], cwd=exported, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    check(exported, cases)


def test_on_a_bare_core(cases, exported):
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {INSTALL_QEMU}")
    core, runner = CORES["cortex-m4"], device_source() / "runner"
    (exported / "core.cpp").write_text(CORE + '#include "replay.hpp"\n')
    flags = ["-std=c++17", "-Os", "-mthumb", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", *core.flags]
    flags += ["-Wall", "-Wextra", "-Werror", f"-I{exported}", f"-I{runner}", "-nostartfiles"]
    flags += [f"-I{exported / kind}" for kind in KINDS]
    link = [f"-L{runner}", "-T", runner / core.linker_script, "-Wl,--gc-sections"]
    compiled([COMPILER, *flags, *link, runner / "startup.cpp", exported / "core.cpp", "-o", exported / "core.elf"])
    for old in exported.glob("*.out"):
        old.unlink()
    done = subprocess.run(
        [EMULATOR, "-M", core.board, "-semihosting-config", "enable=on,target=native", "-nographic", "-kernel",
         exported / "core.elf"],
        cwd=exported, capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    check(exported, cases)


def test_memory_is_told(cases, exported):
    for kind, case in cases.items():
        facts = json.loads((exported / kind / "export.json").read_text())
        text = (exported / kind / f"model/{kind}_samples.hpp").read_text()
        assert f"kSamplesBytes = {facts['samples_bytes']};" in text
        arena = re.search(r"kArenaBytes = (\d+);", (exported / kind / f"model/{kind}.hpp").read_text())
        assert int(arena[1]) == facts["arena_bytes"] - facts["scratch_bytes"]
        window = int(np.prod(case.impulse.window))
        if kind in WHOLE:
            assert int(arena[1]) >= 4 * case.impulse._front.size
            kept = np.dtype(case.impulse._front.samples).itemsize * window + case.impulse._front.size
            assert kept < facts["samples_bytes"] < kept + 200
        elif kind != "raw":
            assert facts["samples_bytes"] < window + 200, "a picture is not kept"


def test_arena_that_is_too_small(cases, tmp_path):
    with pytest.raises(DeviceError, match=r"the arena needs \d+ bytes, with kernels 'small' less, 300 are allowed"):
        cases["spectral"].impulse.export(tmp_path / "x", hop=3, arena_bytes=300)
    assert not (tmp_path / "x").exists()
