// Frames of sound and their power, as Edge Impulse's audio blocks cut and transform them: no window function, and
// frames longer than the transform lose what is behind it.
#ifndef EDGETWIN_AUDIO_FRAMES_HPP_
#define EDGETWIN_AUDIO_FRAMES_HPP_

#include "edgetwin/fft.hpp"
#include "edgetwin/wide.hpp"

namespace edgetwin::real {

enum class AudioBlock : int32_t { kSpectrogram = 0, kMfe = 1, kMfcc = 2 };

struct AudioParams {
  AudioBlock block;
  int32_t version;     ///< 1 to 4
  int32_t samples;     ///< of the window
  int32_t fft_length;  ///< is_fft_length()
  int32_t filters;     ///< of the mel bank, at least 2; not for spectrograms
  int32_t cepstra;     ///< 1 to filters; MFCC
  int32_t window;      ///< frames that a sliding mean spans, odd; 0 for none; MFCC and MFE versions 1 and 2
  int32_t shift;       ///< of pre-emphasis in samples, at least 1; MFCC
  bool wrap;           ///< MFE versions 3 and 4: the loudest values become 0 as in the published code, not 1
  float emphasis;      ///< factor of pre-emphasis; MFCC
  float noise_floor_db;
  double frame_seconds, stride_seconds, low_hz, high_hz, rate_hz;  ///< high_hz 0 is half the rate
};

/// Checked parameters and what follows from them.
struct AudioPlan {
  AudioParams params;
  int32_t length, stride;  ///< of frames, in samples
  int32_t used;            ///< samples of a frame that the transform takes
  int32_t frames, columns;
  float emphasis;               ///< y_t = scale x_t - emphasis scale x_{t - shift}
  int32_t shift;                ///< below the number of samples
  float gain, offset;           ///< of log10 of power or energy to what the block gives: MFE in steps of 1/256
  float per_octave, per_neper;  ///< what MFE gains, in steps of 1/256, for twice and for e times the energy
  float rounding;               ///< what rounding the logarithm may move an MFE value by, in steps of 1/256
  float spread;                 ///< of the transform's errors, see step_or_doubt()
};

constexpr int32_t kMaxAudioFrames = 500;

/// Samples in so many seconds: the next whole number, but the one below if that is nearer than a thousandth.
[[nodiscard]] constexpr int32_t samples_in(double exact) {
  const int32_t below = static_cast<int32_t>(exact);
  const double rest = exact - below;
  return rest < 0.001 ? below : below + 1;
}

/// Ties to even, as version 1 does.
[[nodiscard]] constexpr int32_t rounded_samples_in(double exact) {
  const int32_t below = static_cast<int32_t>(exact);
  const double rest = exact - below;
  return rest < 0.5 || (rest == 0.5 && below % 2 == 0) ? below : below + 1;
}

/// Length and stride of frames, and how many there are: 0 where the window is too short.
struct Framing {
  int32_t length, stride, frames;
};

[[nodiscard]] inline Framing framing(const AudioParams& p) {
  const auto exact = [&](double seconds) {
    const double count = opaque(p.rate_hz * seconds);
    return count > 0.0 && count < 1e9 ? count : 0.0;
  };
  const double length = exact(p.frame_seconds), stride = exact(p.stride_seconds);
  Framing f = {p.version == 1 ? rounded_samples_in(length) : samples_in(length), samples_in(stride), 0};
  if (f.length < 1 || f.stride < 1 || p.samples < f.length) return f;
  f.frames = (p.samples - f.length) / f.stride + (p.version == 1 ? 0 : 1);
  return f;
}

/// What samples are multiplied with before pre-emphasis: a power of two. Version 3 of the spectrogram scales windows
/// that leave -1 .. 1.
template <class Sample>
[[nodiscard]] inline float audio_scale(const AudioPlan& plan, const Sample* window) {
  constexpr float kShare = 1.0F / 32768.0F;
  const AudioParams& p = plan.params;
  if (p.block == AudioBlock::kMfe) return p.version >= 3 ? kShare : 1.0F;
  if (p.block != AudioBlock::kSpectrogram || p.version != 3) return 1.0F;
  for (int32_t i = 0; i < p.samples; ++i) {
    if (window[i] < Sample(-1) || window[i] > Sample(1)) return kShare;
  }
  return 1.0F;
}

/// A scaled sample with pre-emphasis; `before` is the sample so many before it, around the window's end.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real emphasised(const AudioPlan& plan, Real scale, Real sample, Real before) {
  return product(sample, scale) - product(product(before, scale), Real(plan.emphasis));
}

/// The power of a frame.
/// frame    [fft_length], in Spectrum's places, of which the first `used` are samples; destroyed
/// power    [fft_length / 2 + 1]
template <class Real>
inline void frame_power(const AudioPlan& plan, const float* cosines, Real* frame, Real* power) {
  const int32_t n = plan.params.fft_length;
  const int32_t* const places = Spectrum<Real>::places(n);
  for (int32_t i = plan.used; i < n; ++i) frame[places == nullptr ? i : places[i]] = Real(0.0F);
  Spectrum<Real>::squares_of_placed(frame, n, cosines, power);
  const Real share(1.0F / static_cast<float>(n));  // exact: n is a power of two
  for (int32_t k = 0; k <= n / 2; ++k) power[k] = product(power[k], share);
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_AUDIO_FRAMES_HPP_
