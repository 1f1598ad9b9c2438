// Resampling by a ratio of integers, sample by sample: a polyphase FIR filter with its history in caller memory.
#ifndef EDGETWIN_RESAMPLE_HPP_
#define EDGETWIN_RESAMPLE_HPP_

#include "edgetwin/real.hpp"
#include "edgetwin/types.hpp"

namespace edgetwin::real {

/// `up` samples for every `down`: 15 and 32 make 60 Hz of 128 Hz, 32 and 15 the way back.
struct ResampleParams {
  int32_t up;              ///< >= 1
  int32_t down;            ///< >= 1
  int32_t taps_per_phase;  ///< >= 1; input samples that an output is made of
  int32_t channels;        ///< >= 1
};

[[nodiscard]] constexpr Status resample_check(const ResampleParams& p) {
  if (!fits_int32(p.taps_per_phase, p.channels, 4)) return Status::kBadShape;
  if (p.up < 1 || p.down < 1 || !fits_int32(p.up, p.taps_per_phase, 4)) return Status::kBadParameter;
  // ahead + down stays in range.
  return p.down <= kInt32Max / 2 && p.up <= kInt32Max / 2 ? Status::kOk : Status::kBadParameter;
}

/// Zeros at the start.
struct ResampleState {
  int32_t newest;  ///< row of the history that holds the last input
  int32_t ahead;   ///< to the next output, in input periods / up: from the next input, or the newest while outputs
                   ///< are being taken
};

/// How many outputs the first `inputs` inputs make.
[[nodiscard]] constexpr int64_t resampled_size(const ResampleParams& p, int64_t inputs) {
  return (inputs * p.up + p.down - 1) / p.down;
}

/// Takes in one sample of every channel. After it come calls of resample_take until that is false.
///
/// history  [taps_per_phase, channels]; zeros at the start
/// input    [channels]
/// `p` passed resample_check.
inline void resample_put(const ResampleParams& p, ResampleState& state, float* history, const float* input) {
  state.newest = state.newest + 1 < p.taps_per_phase ? state.newest + 1 : 0;
  float* const place = history + state.newest * p.channels;
  for (int32_t c = 0; c < p.channels; ++c) place[c] = input[c];
}

/// The next output that the inputs so far make: sum over k of taps[phase + k * up] * input[now - k]. False where they
/// make none any more.
///
/// taps     [up * taps_per_phase]; a low-pass at `up` times the input's rate, its gain `up`
/// output   [channels]; not touched where there is none
[[nodiscard]] inline bool resample_take(const ResampleParams& p, const float* taps, ResampleState& state,
                                        const float* history, float* output) {
  if (state.ahead >= p.up) {
    state.ahead -= p.up;
    return false;
  }
  for (int32_t c = 0; c < p.channels; ++c) output[c] = 0.0F;
  const float* tap = taps + state.ahead;
  int32_t row = state.newest;
  for (int32_t k = 0; k < p.taps_per_phase; ++k) {
    const float* const past = history + row * p.channels;
    for (int32_t c = 0; c < p.channels; ++c) output[c] = output[c] + product(*tap, past[c]);
    tap += p.up;
    row = row > 0 ? row - 1 : p.taps_per_phase - 1;
  }
  state.ahead += p.down;
  return true;
}

/// Both where up <= down, so that an input makes one output at most. True where it makes one.
[[nodiscard]] inline bool resample_step(const ResampleParams& p, const float* taps, ResampleState& state,
                                        float* history, const float* input, float* output) {
  resample_put(p, state, history, input);
  if (!resample_take(p, taps, state, history, output)) return false;
  state.ahead -= p.up;
  return true;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_RESAMPLE_HPP_
