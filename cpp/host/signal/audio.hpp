// Audio blocks over batches of windows: every lane of a vector works on a frame of its own with the device core's code,
// so that the features have the device's bits.
#ifndef EDGETWIN_HOST_SIGNAL_AUDIO_HPP_
#define EDGETWIN_HOST_SIGNAL_AUDIO_HPP_

#include <cstdint>

#include "edgetwin/features_audio.hpp"
#include "host/level.hpp"

namespace edgetwin::host::signal {

/// A plan with its tables; the bank's edges and the cepstrum's table belong to the caller.
struct AudioCall {
  real::AudioPlan plan;
  real::AudioTables tables;
};

/// Frames of pre-emphasised windows that lie behind one another: number f is frame f % frames of window f / frames.
struct AudioFrames {
  const float* signals;  ///< [windows, samples]
  const int32_t* numbers;
  int32_t count;  ///< at most as many as a vector has lanes
};

/// A level's code; what is not here is compiled for the platform's baseline alone. Memory is aligned to 64 bytes.
struct AudioKernels {
  int32_t lanes, wide_lanes;
  /// window and signal: [samples]
  void (*emphasise)(const real::AudioPlan& plan, float scale, const float* window, float* signal);
  /// memory: vectors, [fft_length + fft_length / 2 + 1 + filters + columns]; rows: [count, columns];
  /// open: [count], 1 where a frame needs the transform in double
  void (*frames)(const AudioCall& call, const AudioFrames& frames, float* memory, float* rows, uint8_t* open);
  /// memory: vectors, [2 frames]; features: [frames, columns]
  void (*normalise)(const real::AudioPlan& plan, float* memory, float* features);
  /// spectra: vectors of double, [fft_length]
  void (*spectra)(const AudioCall& call, const AudioFrames& frames, double* spectra);
};

/// Each in a file of its own, compiled with the level's flags.
[[nodiscard]] const AudioKernels& audio_baseline();
[[nodiscard]] const AudioKernels& audio_avx2();
[[nodiscard]] const AudioKernels& audio_avx512();
[[nodiscard]] const AudioKernels& audio_neon();

/// The features of `count` windows at a level, on at most `threads` threads.
void run_audio(const AudioCall& call, const float* windows, int64_t count, float* features, Level level, int threads);

/// The core's own table in double; null where n is no length of a transform.
[[nodiscard]] const double* wide_cosines_of(int32_t n);

}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_AUDIO_HPP_
