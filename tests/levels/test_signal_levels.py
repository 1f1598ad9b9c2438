"""Feature blocks in NEON's lanes, on an emulated ARM processor where this one is none: the device core's bits."""

from __future__ import annotations

import numpy as np
from oracles.arm_program import run_on_arm

import edgetwin as et
from edgetwin import _core

PROGRAM = """
#include <cstdio>
#include <vector>
#include "host/signal/lanes.hpp"
#include "host/signal/rows.hpp"
int main() {
  using namespace edgetwin;
  using Real = xsimd::batch<float>;
  constexpr int kWindows = 15, kSamples = 125, kAxes = 3;
  std::vector<float> windows(kWindows * kSamples * kAxes), features(kWindows * 200);
  if (std::fread(windows.data(), 4, windows.size(), stdin) != windows.size()) return 1;
  alignas(64) static float memory[4096];
  const host::signal::Kernels kernels = host::signal::level_kernels<Real>();
  // Whole windows, three times as many as a vector has lanes, then the rows of the other three.
  constexpr int kTurned = 12 * kAxes, kRows = kWindows * kAxes;
  const host::signal::Rows whole = {windows.data(), features.data(), 0, kTurned, kSamples, kAxes, memory};
  const host::signal::Rows rest = {windows.data(), features.data(), kTurned, kRows, kSamples, kAxes, memory};
  for (int filter = 0; filter < 3; ++filter) {
    host::signal::SpectralBlock block = {{}, real::kCosines<16>.values};
    const auto chosen = static_cast<real::SpectralFilter>(filter);
    const int ratio = filter == 1 ? 3 : 1;
    const real::SpectralParams p = {4, kSamples, kAxes, 16, ratio, chosen, 6, true, true, false, 1, 4, 62.5};
    if (real::spectral_plan(p, &block.plan) != Status::kOk) return 2;
    kernels.spectral.windows(block, whole);
    kernels.spectral.rows(block, rest);
    std::fwrite(features.data(), 4, kRows * block.plan.count, stdout);
  }
  const host::signal::FlattenBlock flatten = {{kSamples, kAxes, 127, -2.5F}};
  kernels.flatten.windows(flatten, whole);
  kernels.flatten.rows(flatten, rest);
  std::fwrite(features.data(), 4, kRows * 7, stdout);
  return kernels.lanes == 4 ? 0 : 3;
}
"""


def test_neon_gives_the_device_cores_bits(tmp_path):
    rng = np.random.default_rng(8)
    windows = (rng.normal(0, 3, (15, 125, 3)) + np.array([0, 1, 9.81])).astype(np.float32)
    given = run_on_arm(tmp_path, PROGRAM, windows.tobytes())
    expected = []
    for name, ratio in (("none", 1), ("low", 3), ("high", 1)):
        params = {"filter-type": name, "filter-cutoff": 4, "input-decimation-ratio": ratio}
        block = et.signal.feature_block("spectral_analysis", params, 62.5)
        expected.append(_core.spectral_features(windows, block.core_params, level="scalar"))
    expected.append(_core.flatten_features(windows, 127, -2.5, level="scalar"))
    np.testing.assert_array_equal(np.frombuffer(given, np.float32), np.concatenate([part.ravel() for part in expected]))
