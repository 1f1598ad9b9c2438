"""Exported firmware that takes samples one by one gives the bytes of the host's streams: windows, strides, labels."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from oracles.exported import FLAGS, INSTALL, compiler

import edgetwin as et
from edgetwin.data import demo_model, load_tripod, simulate_gait
from edgetwin.device.qemu import COMPILER, CORES, EMULATOR, device_source
from edgetwin.device.qemu import INSTALL as INSTALL_QEMU
from edgetwin.errors import UnsupportedError
from edgetwin.quantize_values import quantize_array
from edgetwin.signal import GaitPipeline

MODEL = et.load(demo_model())

#: float32 samples in; for each window the output, the means and the label.
WINDOWS = """
#include <cstdio>
#include "model/net_samples.hpp"
static net::Samples samples;
int main() {
  float sample[net::kWindow.axes];
  const auto run = [&] {
    while (std::fread(sample, sizeof sample, 1, stdin) == 1) {
      if (!samples.push(sample)) continue;
      const int32_t label = samples.label();
      std::fwrite(samples.output(), 1, net::kDecision.outputs, stdout);
      std::fwrite(samples.means(), 1, net::kDecision.outputs, stdout);
      std::fwrite(&label, 4, 1, stdout);
    }
  };
  run();
  samples.reset();
  std::rewind(stdin);
  run();
}
"""
#: On a bare core: raw samples from a file; for each stride its place, its codes and the model's output.
STRIDES = """
#include "model/net_samples.hpp"
#include "semihosting.hpp"
namespace io = edgetwin::runner;
static net::Samples samples;
int main() {
  const int32_t input = io::open_file("raw.bin", 7, io::kReadBinary);
  const int32_t output = io::open_file("out.bin", 7, io::kWriteBinary);
  if (input < 0 || output < 0) return 1;
  float raw[6];
  for (int32_t left = io::file_length(input) / 24; left > 0; --left) {
    if (!io::read_file(input, raw, sizeof raw)) return 2;
    if (!samples.push(raw)) continue;
    const edgetwin::real::GaitStride stride = samples.stride();
    const bool done = io::write_file(output, &stride.end, 4) && io::write_file(output, &stride.length, 4) &&
                      io::write_file(output, samples.input(), 648) && io::write_file(output, samples.output(), 1);
    if (!done) return 3;
  }
  io::close_file(output);
  return 0;
}
"""
STRIDE = np.dtype([("end", "<u4"), ("length", "<i4"), ("input", "i1", 648), ("output", "i1")])


def walk(samples):
    """Simulated walking as the demo's model sees it: normalised, filtered, at 60 Hz."""
    recording = simulate_gait(1, speeds=(1.1,), strides=130)[0]
    return GaitPipeline(causal=True).stream(recording.rate_hz).push(recording.values).filtered[200 : 200 + samples]


@pytest.mark.parametrize(
    ("name", "axes", "options"),
    [
        ("demo", 6, {"hop": 31}),
        ("demo", 6, {"hop": 140, "average": 4}),
        ("kws_int8", 10, {"hop": 7, "average": 3, "debounce": 2}),
        ("dtln", 257, {"hop": 1}),
    ],
)
def test_windows_of_samples(tmp_path, request, name, axes, options):
    if compiler() is None:
        pytest.skip(f"g++ is not installed: {INSTALL}")
    shared = None if name == "demo" else request.getfixturevalue("shared")
    model = MODEL if shared is None else et.load(shared / "models" / f"{name}.tflite")
    stream = model.stream(axes=axes, **options)
    folder = model.export(tmp_path / "net", source=stream)
    (tmp_path / "main.cpp").write_text(WINDOWS)
    sources = [tmp_path / "main.cpp", folder / "model" / "net.cpp"]
    done = subprocess.run(
        [compiler(), *FLAGS, f"-I{folder}", *sources, "-o", tmp_path / "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    spec = model.inputs[0]
    steps = np.random.default_rng(5).normal(0, 12, (stream.length + 40 * stream.hop, axes)).cumsum(0) % 150 - 100
    x = walk(stream.length + 40 * stream.hop) if name == "demo" else (spec.scale * steps).astype(np.float32)
    (tmp_path / "x.bin").write_bytes(x.tobytes())
    with (tmp_path / "x.bin").open("rb") as samples:
        raw = subprocess.run([tmp_path / "run"], stdin=samples, capture_output=True, check=True).stdout
    outputs = stream.push(x)
    expected = b"".join(
        o.codes.tobytes()
        + o.mean.tobytes()
        + np.int32(-1 if o.label is None else stream.labels.index(o.label)).tobytes()
        for o in outputs
    )
    assert len(outputs) == 41
    assert len({o.codes.tobytes() for o in outputs}) > 5
    assert raw == expected * 2, "and once more from the start"


def host_strides(model, gait, values):
    block = gait.push(values)
    spec = model.inputs[0]
    codes = quantize_array(block.windows, spec.scale, spec.zero_point).reshape(-1, 648)
    strides = np.zeros(len(codes), STRIDE)
    strides["end"], strides["length"], strides["input"] = block.end, block.length, codes
    strides["output"] = model.run(codes).reshape(-1)
    return strides


def firmware(tmp_path, model, gait, core):
    """The gait sketch for a core: its program and the size of its sections."""
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {INSTALL_QEMU}")
    folder = model.export(tmp_path / "net", source=gait)
    (tmp_path / "main.cpp").write_text(STRIDES)
    runner = device_source() / "runner"
    flags = ["-std=c++17", "-Os", "-mthumb", "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections"]
    flags += [*CORES[core].flags, "-Wall", "-Wextra", "-Werror", f"-I{folder}", f"-I{runner}", "-nostartfiles"]
    link = [f"-L{runner}", "-T", runner / CORES[core].linker_script, "-Wl,--gc-sections"]
    sources = [runner / "startup.cpp", tmp_path / "main.cpp", folder / "model" / "net.cpp"]
    done = subprocess.run(
        [COMPILER, *flags, *link, *sources, "-o", tmp_path / "gait.elf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Initialised data in flash is loaded where it runs here; what a board needs as RAM is what is written to.
    listing = subprocess.run(
        [COMPILER.replace("g++", "nm"), "--print-size", "--radix=d", tmp_path / "gait.elf"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    ram = sum(int(size) for size in re.findall(r"^\d+ (\d+) [bBdD] ", listing, re.MULTILINE))
    return tmp_path / "gait.elf", ram


def replayed(program, core, values, tmp_path):
    (tmp_path / "raw.bin").write_bytes(np.ascontiguousarray(values, np.float32).tobytes())
    command = [EMULATOR, "-M", CORES[core].board, "-semihosting-config", "enable=on,target=native", "-nographic"]
    done = subprocess.run(
        [*command, "-kernel", program], cwd=tmp_path, capture_output=True, check=False, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return np.frombuffer((tmp_path / "out.bin").read_bytes(), STRIDE)


def test_simulated_walk_on_a_bare_core(tmp_path):
    recording = simulate_gait(1, speeds=(1.1,), strides=12)[0]
    gait = GaitPipeline(causal=True).stream(recording.rate_hz)
    program, _ = firmware(tmp_path, MODEL, gait, "cortex-m4")
    got = replayed(program, "cortex-m4", recording.values, tmp_path)
    expected = host_strides(MODEL, gait, recording.values)
    assert len(expected) == 12
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("trial", ["PWS", "PWS+20"])
def test_real_walk_replayed_into_the_firmware(tmp_path, shared, trial):
    root = shared / "datasets" / "tripod_excerpt"
    subject = next(folder.name for folder in sorted(root.iterdir()) if folder.is_dir())
    recording = load_tripod(root, subject=subject, trial=trial, foot="RF")
    model = et.load(shared / "models" / "gait_int8.tflite")
    gait = GaitPipeline(causal=True).stream(recording.rate_hz)
    program, ram = firmware(tmp_path, model, gait, "cortex-m4")
    got = replayed(program, "cortex-m4", recording.values, tmp_path)
    expected = host_strides(model, gait, recording.values)
    assert len(expected) > 90
    assert got.tobytes() == expected.tobytes()
    assert ram <= 6 * 1024


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        (None, "arduino", None),
        ("text", "cpp", "source: str, accepted are Model.stream, Impulse.stream and GaitPipeline.stream"),
        (GaitPipeline(causal=True, window=70).stream(128.0), "cpp", "windows of 420 values, the model's input has 648"),
    ],
)
def test_sources_that_do_not_go_with_the_model(tmp_path, source, target, says):
    if says is None:
        MODEL.export(tmp_path / "net", target, source=source)
        return
    with pytest.raises(UnsupportedError, match=says):
        MODEL.export(tmp_path / "net", target, source=source)
    assert not (tmp_path / "net").exists()
