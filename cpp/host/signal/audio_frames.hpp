// A level's kernels for audio blocks: frames gathered into lanes, features scattered. Templates over the level's
// vectors of float32, Real, and of double, Wide.
#ifndef EDGETWIN_HOST_SIGNAL_AUDIO_FRAMES_HPP_
#define EDGETWIN_HOST_SIGNAL_AUDIO_FRAMES_HPP_

#include "host/signal/audio.hpp"
#include "host/signal/transfer.hpp"

namespace edgetwin::host::signal {
namespace {

/// How vectors of double are filled from float32; see audio_lanes.hpp.
template <class Wide>
struct Widening;

template <>
struct Widening<double> {
  static double widened(const float* values) { return static_cast<double>(*values); }
};

/// So many samples ahead of the ones at work are asked for: the CPU's own prefetching ends with each page.
constexpr int32_t kAhead = 1024;

template <class Real>
void emphasise(const real::AudioPlan& plan, float scale, const float* window, float* signal) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  const int32_t samples = plan.params.samples, shift = plan.shift;
  int32_t t = 0;
  const auto one_by_one = [&](int32_t end) {
    for (; t < end; ++t) {
      const int32_t before = t < shift ? t - shift + samples : t - shift;
      signal[t] = real::emphasised(plan, scale, window[t], window[before]);
    }
  };
  one_by_one(shift);
  for (; t + kLanes <= samples; t += kLanes) {
    if (t + kAhead < samples) __builtin_prefetch(window + t + kAhead);
    const Real now = Transfer<Real>::load(window + t), before = Transfer<Real>::load(window + t - shift);
    Transfer<Real>::store(real::emphasised(plan, Real(scale), now, before), signal + t);
  }
  one_by_one(samples);
}

/// Where each lane's frame begins, from the first one's; lanes behind the last frame repeat it.
template <int32_t lanes>
[[nodiscard]] const float* frame_offsets(const real::AudioPlan& plan, const AudioFrames& frames,
                                         int32_t (&offsets)[lanes]) {
  const auto start = [&](int32_t number) {
    return int64_t{number / plan.frames} * plan.params.samples + int64_t{number % plan.frames} * plan.stride;
  };
  const int64_t base = start(frames.numbers[0]);
  for (int32_t lane = 0; lane < lanes; ++lane) {
    const int32_t number = frames.numbers[lane < frames.count ? lane : frames.count - 1];
    offsets[lane] = static_cast<int32_t>(start(number) - base);
  }
  return frames.signals + base;
}

template <class Real>
void run_frames(const AudioCall& call, const AudioFrames& frames, float* memory, float* rows, uint8_t* open) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  const real::AudioPlan& plan = call.plan;
  Real* const frame = reinterpret_cast<Real*>(memory);
  Real* const scratch = frame + plan.params.fft_length;
  Real* const features = scratch + plan.params.fft_length / 2 + 1 + plan.params.filters;
  const int32_t* const places = real::Spectrum<Real>::places(plan.params.fft_length);
  int32_t offsets[kLanes];
  const float* const base = frame_offsets(plan, frames, offsets);
  read_rows<Real>(
      plan.used, [&](int32_t lane) { return base + offsets[lane]; },
      [&](int32_t i, Real value) { frame[places == nullptr ? i : places[i]] = value; });
  real::frame_features(plan, call.tables, frame, scratch, features);
  write_rows(features, plan.columns, frames.count, [&](int32_t lane) { return rows + int64_t{lane} * plan.columns; });
  float lanes[kLanes];
  const auto doubtful = real::needs_double(plan, features);
  Transfer<Real>::store(real::select<Real>(doubtful, Real(1.0F), Real(0.0F)), lanes);
  for (int32_t lane = 0; lane < frames.count; ++lane) open[lane] = lanes[lane] != 0.0F ? 1 : 0;
}

template <class Real>
void normalise_columns(const real::AudioPlan& plan, float* memory, float* features) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  Real* const column = reinterpret_cast<Real*>(memory);
  for (int32_t c = 0; c < plan.columns; c += kLanes) {
    const int32_t width = plan.columns - c < kLanes ? plan.columns - c : kLanes;
    float lanes[kLanes] = {};
    for (int32_t f = 0; f < plan.frames; ++f) {
      const float* const row = features + f * plan.columns + c;
      for (int32_t i = 0; i < width; ++i) lanes[i] = row[i];
      column[f] = Transfer<Real>::load(lanes);
    }
    real::normalise_column(plan.frames, plan.params.window, plan.params.block == real::AudioBlock::kMfcc, column,
                           column + plan.frames);
    for (int32_t f = 0; f < plan.frames; ++f) {
      Transfer<Real>::store(column[f], lanes);
      float* const row = features + f * plan.columns + c;
      for (int32_t i = 0; i < width; ++i) row[i] = lanes[i];
    }
  }
}

template <class Wide>
void wide_spectra(const AudioCall& call, const AudioFrames& frames, double* spectra) {
  constexpr int32_t kLanes = real::Lanes<Wide>::kCount;
  const real::AudioPlan& plan = call.plan;
  const int32_t n = plan.params.fft_length;
  Wide* const frame = reinterpret_cast<Wide*>(spectra);
  int32_t offsets[kLanes];
  const float* const base = frame_offsets(plan, frames, offsets);
  for (int32_t i = 0; i < plan.used; ++i) {
    float lanes[kLanes];
    for (int32_t lane = 0; lane < kLanes; ++lane) lanes[lane] = base[offsets[lane] + i];
    frame[i] = Widening<Wide>::widened(lanes);
  }
  for (int32_t i = plan.used; i < n; ++i) frame[i] = Wide(0.0);
  real::real_fft(frame, n, call.tables.wide_cosines);
}

template <class Real, class Wide>
[[nodiscard]] constexpr AudioKernels level_audio() {
  return {real::Lanes<Real>::kCount, real::Lanes<Wide>::kCount, emphasise<Real>,
          run_frames<Real>,          normalise_columns<Real>,   wide_spectra<Wide>};
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_AUDIO_FRAMES_HPP_
