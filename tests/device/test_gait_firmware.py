"""The gait pipeline as firmware calls it: `gait_step` with the constants of a stream's header, built for this CPU."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

import edgetwin as et
from edgetwin.data import simulate_gait
from edgetwin.device.qemu import device_source
from edgetwin.signal import GaitPipeline

# Raw float32 samples in, windows out: what a sketch's loop does.
PROGRAM = """
#include <cstdio>
#include "constants.hpp"

using namespace edgetwin::real;
constexpr GaitParams p = edgetwin_gait::kGaitParams;
static float history[p.taps_per_phase * 6], filter[12 * p.sections], window[p.window * 6];
static GaitState state;

int main() {
  static_assert(sizeof(edgetwin_gait::kGaitTaps) / 4 == p.up * p.taps_per_phase, "taps");
  if (gait_check(p) != edgetwin::Status::kOk) return 1;
  const GaitMemory memory = {history, filter, window};
  float raw[6], resampled[6], filtered[6];
  GaitStride stride;
  while (std::fread(raw, 4, 6, stdin) == 6) {
    const GaitEvent event =
        gait_step(p, edgetwin_gait::kGaitTables, memory, state, raw, resampled, filtered, &stride);
    if (event.ended) std::fwrite(window, 4, p.window * 6, stdout);
  }
}
"""
FLAGS = {
    "default": ["-O2"],
    "fused": ["-O3", "-march=haswell", "-ffp-contract=fast"],
    "unoptimised": ["-O0"],
}


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize(
    "pipeline",
    [GaitPipeline(causal=True), GaitPipeline(causal=True, filter_order=4, window=70, rate_hz=50.0, resampler_width=2)],
    ids=["published", "other"],
)
def test_windows_equal_the_host(tmp_path, pipeline, flags):
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed: apt-get install g++")
    if flags == "fused" and "avx2" not in et.archs():
        pytest.skip("this CPU has no fused multiply-add of x86-64")
    recording = simulate_gait(1, speeds=(1.0,), strides=20)[0]
    stream = pipeline.stream(recording.rate_hz)
    (tmp_path / "constants.hpp").write_text(stream.header())
    (tmp_path / "main.cpp").write_text(PROGRAM)
    command = [compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", *FLAGS[flags], f"-I{device_source() / 'include'}"]
    done = subprocess.run(
        [*command, tmp_path / "main.cpp", "-o", tmp_path / "gait"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    windows = subprocess.run(
        [tmp_path / "gait"], input=recording.values.tobytes(), capture_output=True, check=True
    ).stdout
    expected = stream.push(recording.values).windows
    assert len(expected) == 20
    assert windows == expected.tobytes()
    assert len(np.unique(expected)) > 1000
