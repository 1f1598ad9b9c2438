"""Filters and resampling in NEON's lanes, on an emulated ARM processor where this one is none: the core's bits."""

from __future__ import annotations

import numpy as np
from oracles.arm_program import run_on_arm

from edgetwin import _core
from edgetwin.signal import butterworth, filters, polyphase_taps

PROGRAM = """
#include <cstdio>
#include <vector>
#include "host/signal/filter_rows.hpp"
#include "host/signal/lanes.hpp"
using namespace edgetwin;
using Real = xsimd::batch<float>;
constexpr int kRecordings = 3, kSamples = 50, kChannels = 3, kSections = 2, kUp = 3, kDepth = 7;
template <class Section>
void filter(std::vector<float> values) {
  Section sections[kSections];
  std::fread(sections, sizeof(Section), kSections, stdin);
  std::vector<float> state(kRecordings * kChannels * 2 * kSections);
  host::signal::cascade_rows<Real, Section>({sections, kSections, {kRecordings, kSamples, kChannels}, values.data(),
                                             state.data(), 0, kRecordings * kChannels});
  std::fwrite(values.data(), 4, values.size(), stdout);
  std::fwrite(state.data(), 4, state.size(), stdout);
}
int main() {
  std::vector<float> values(kRecordings * kSamples * kChannels), taps(kUp * kDepth);
  std::fread(values.data(), 4, values.size(), stdin);
  filter<real::Section>(values);
  filter<real::StateVariableSection>(values);
  std::fread(taps.data(), 4, taps.size(), stdin);
  // One phase of a resampler upwards: every sample is in one plane, zeros before the first and behind the last.
  std::vector<float> plane(kDepth - 1 + kSamples + 4), phase(kDepth), made(kSamples);
  std::vector<int64_t> places(kDepth);
  for (int i = 0; i < kSamples; ++i) plane[kDepth - 1 + i] = values[i * kChannels];
  for (int first = 0; first < kUp; ++first) {
    for (int k = 0; k < kDepth; ++k) {
      phase[k] = taps[first + k * kUp];
      places[k] = kDepth - 1 - k;
    }
    host::signal::resample_row<Real>({phase.data(), places.data(), kDepth, plane.data(), kSamples, made.data(), 1});
    std::fwrite(made.data(), 4, made.size(), stdout);
  }
  return 0;
}
"""


def test_neon_gives_the_device_cores_bits(tmp_path):
    values = np.random.default_rng(3).normal(1, 5, (3, 50, 3)).astype(np.float32)
    sos = butterworth(4, 0.15, 1.0)
    sections = [filters._core_sections(sos, form) for form in filters.FORMS]
    taps = np.zeros(21, np.float32)
    made = polyphase_taps(3, 1, 3)
    taps[: len(made)] = made
    given = run_on_arm(tmp_path, PROGRAM, b"".join(array.tobytes() for array in (values, *sections, taps)))
    expected = []
    for one in sections:
        filtered, state = values.copy(), np.zeros((3, 3, 4), np.float32)
        _core.cascade(one, state, filtered, level="scalar")
        expected += [filtered.ravel(), state.ravel()]
    room = np.empty((1, 150, 1), np.float32)
    channel = np.ascontiguousarray(values[:1, :, :1])
    _core.resample(taps, 3, 1, np.zeros(2, np.int32), np.zeros((1, 7, 1), np.float32), channel, room, level="scalar")
    expected += [room[0, first::3, 0] for first in range(3)]
    np.testing.assert_array_equal(np.frombuffer(given, np.float32), np.concatenate(expected))
