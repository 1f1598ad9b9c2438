// Edge Impulse's audio blocks, versions 1 to 4: spectrogram, MFE and MFCC.
//
// MFE values of versions 3 and 4 are steps of 1/256. float32 decides nearly all of them; the few that it leaves in
// doubt, near the middle between two steps, are computed again in double, so that all equal a computation in double.
// So are frames of which float32's transform buries a faint part that the logarithm would show.
#ifndef EDGETWIN_FEATURES_AUDIO_HPP_
#define EDGETWIN_FEATURES_AUDIO_HPP_

#include "edgetwin/audio_frames.hpp"
#include "edgetwin/cepstrum.hpp"
#include "edgetwin/float_math.hpp"
#include "edgetwin/mel.hpp"
#include "edgetwin/status.hpp"

namespace edgetwin::real {

/// Tables of a plan, in flash or in memory that the caller fills once.
struct AudioTables {
  const float* cosines;        ///< Cosines<fft_length>::values
  const double* wide_cosines;  ///< Cosines<fft_length, double>::values; not for versions 1 and 2 of MFE and spectrogram
  const int32_t* edges;        ///< [filters + 2] of mel_edges(); MFE and MFCC
  const float* cepstrum;       ///< [filters + 1] of cepstrum_table(); MFCC
  const float* weights = nullptr;  ///< of mel_weights(), for speed; MFE and MFCC
};

/// The largest error of an X_k of real_fft(), divided by sqrt(n) 2^-24 times the root of the sum of the squared values.
/// Noise, tones, clicks and offsets of all lengths come to half of it: see tests/signal/test_feature_audio.py.
inline constexpr double kTransformError = 4.0;

/// Whether values are steps of 1/256.
[[nodiscard]] constexpr bool has_steps(const AudioParams& p) { return p.block == AudioBlock::kMfe && p.version >= 3; }

/// Values that mel_edges() spreads frequencies over.
[[nodiscard]] constexpr int32_t mel_bins(const AudioParams& p) {
  return (p.version >= 4 ? p.fft_length : p.fft_length / 2 + 1) + 1;
}

[[nodiscard]] constexpr double top_hz(const AudioParams& p) { return p.high_hz > 0.0 ? p.high_hz : p.rate_hz / 2; }

/// Fills a plan. kBadShape: no frame fits, too many do, or the length of the transform is no power of two;
/// kBadParameter: any other value out of range. An empty filter is not seen here: see empty_filter().
[[nodiscard]] inline Status audio_plan(const AudioParams& p, AudioPlan* plan) {
  if (p.samples < 1 || !is_fft_length(p.fft_length)) return Status::kBadShape;
  if (p.block < AudioBlock::kSpectrogram || p.block > AudioBlock::kMfcc || p.version < 1 || p.version > 4 ||
      !(p.rate_hz > 0.0) || !(p.noise_floor_db < 12.0F) || p.window < 0 || (p.window > 0 && p.window % 2 == 0)) {
    return Status::kBadParameter;
  }
  const bool mel = p.block != AudioBlock::kSpectrogram;
  if (mel && (p.filters < 2 || p.low_hz < 0.0 || top_hz(p) > p.rate_hz / 2 || !(p.low_hz < top_hz(p)))) {
    return Status::kBadParameter;
  }
  if (p.block == AudioBlock::kMfe && p.version < 3 && p.window < 1) return Status::kBadParameter;
  const bool cepstra = p.block == AudioBlock::kMfcc;
  if (cepstra && (p.cepstra < 1 || p.cepstra > p.filters || p.shift < 1)) return Status::kBadParameter;
  const Framing f = framing(p);
  if (f.frames < 1 || f.frames > kMaxAudioFrames) return Status::kBadShape;
  *plan = {};
  plan->params = p;
  plan->length = f.length;
  plan->stride = f.stride;
  plan->frames = f.frames;
  plan->used = f.length < p.fft_length ? f.length : p.fft_length;
  plan->columns = cepstra ? p.cepstra : mel ? p.filters : p.fft_length / 2 + 1;
  plan->emphasis = cepstra ? p.emphasis : has_steps(p) ? 0.98F : 0.0F;
  plan->shift = cepstra ? p.shift % p.samples : 1;
  const double range = 12.0 - static_cast<double>(p.noise_floor_db);
  const double steps = has_steps(p) ? 256.0 : 1.0;
  const double gain = opaque(steps * 10.0) / range;
  const double offset = -opaque(steps * static_cast<double>(p.noise_floor_db)) / range;
  plan->gain = static_cast<float>(gain);
  plan->offset = static_cast<float>(offset);
  const double size = offset < 0 ? -offset : offset;
  constexpr double kUnit = 1.0 / 16777216.0;
  plan->per_octave = static_cast<float>(opaque(gain * 0.30102999566398119521));
  plan->per_neper = static_cast<float>(opaque(gain * 0.43429448190325182765));
  // What step_position() sums up, each term rounded once or twice where the sum is 257 at most, and its polynomial.
  plan->rounding = static_cast<float>(kUnit * (opaque(3.1 * size) + opaque(3.5 * gain) + 1100.0));
  const double share = opaque(1.2 * gain) * opaque(kTransformError * kUnit);
  plan->spread = static_cast<float>(2.0 * share * share);
  return Status::kOk;
}

namespace detail {

template <class Real>
[[nodiscard]] inline Real nonzero(Real x) {
  return select<Real>(x == Real(0.0F), Real(1e-10F), x);
}

}  // namespace detail

namespace detail {

/// gain log10(energy) + offset, to plan.rounding, for energies from 1e-30 on: coarser than log10() and three times as
/// fast.
template <class Real>
[[nodiscard]] inline Real step_position(const AudioPlan& plan, Real energy) {
  using L = Lanes<Real>;
  using Int = typename L::Int;
  const Int raw = L::bits(energy) - Int(0x3F2AAAAB);  // 2/3
  const Real f = L::from_bits((raw & Int(0x7FFFFF)) + Int(0x3F2AAAAB)) - Real(1.0F);
  // log(1 + f) = f + f^2 times a minimax polynomial, to 2.5e-7, whose terms need not wait for one another.
  const Real square = product(f, f);
  const Real low = product(f, Real(0.33340845F)) + Real(-0.5000341F);
  const Real middle = product(f, Real(0.19714174F)) + Real(-0.24806482F);
  const Real high = product(f, Real(0.17608337F)) + Real(-0.19639611F);
  const Real sum = (product(middle, square) + low) + product(high, product(square, square));
  const Real nepers = product(square, sum) + f;
  return (product(L::from_int(raw >> 23), Real(plan.per_octave)) + Real(plan.offset)) +
         product(nepers, Real(plan.per_neper));
}

}  // namespace detail

/// A step of MFE, or, where float32 leaves it in doubt, the negative of the nearest middle between two steps.
/// energy  of the filter
/// total   of all bins of the frame: half the signal's or more
/// edges   of the filter
///
/// Why: an error of at most a in every X_k / sqrt(fft_length) moves sqrt(energy) by at most a sqrt(weight) (Minkowski),
/// so the step by at most 0.87 gain a sqrt(weight / energy) upwards, and 1.2 gain a sqrt(weight / energy) downwards
/// while that root is below 1/4. kTransformError gives a = kTransformError 2^-24 sqrt(2 total).
template <class Real>
[[nodiscard]] inline Real step_or_doubt(const AudioPlan& plan, Real energy, Real total, const int32_t* edges) {
  // Of large X_k, each to 8 ulps, their powers, none negative, and the sum: 0.44 = 1 / log(10), rounded up.
  const float terms = static_cast<float>(edges[2] - edges[0] + 24);
  const float rounding = plan.rounding + product(product(0.44F * 5.9604645e-8F, plan.gain), terms);
  const Real position = detail::step_position(plan, larger(detail::nonzero(energy), Real(1e-30F)));
  const Real bounded = smaller(larger(position, Real(0.0F)), Real(256.0F));
  const Real step = nearest_integer(bounded);
  const Real below = nearest_integer(smaller(bounded, Real(255.5F)) - Real(0.5F));
  const Real middle = below + Real(0.5F);
  const Real distance = larger(magnitude(position - middle) - Real(rounding), Real(0.0F));
  const Real error = product(total, Real(product(plan.spread, weight_sum(edges))));
  const auto near = product(product(distance, distance), energy) <= error;
  const Real quarter = product(Real(plan.gain), Real(0.3F));  // where the bound downwards ends
  const auto vague = product(product(quarter, quarter), energy) <= error;
  const auto silent = total == Real(0.0F);  // energies are exact then
  const Real doubted = select<Real>(near, -middle, step);
  const Real clear = select<Real>(position < Real(0.5F), doubted, select<Real>(vague, -middle, doubted));
  return select<Real>(silent, step, clear);
}

/// A step as the block gives it out; the doubt of one stays negative.
template <class Real>
[[nodiscard]] inline Real finished_step(const AudioParams& p, Real step) {
  const Real most(p.wrap ? 0.0F : 256.0F);
  return product(select<Real>(step < Real(256.0F), step, most), Real(0.00390625F));  // exact
}

/// In place of a frame's first value: float32 is too coarse for the faintest of its powers, which are to be computed in
/// double. No logarithm comes near it.
constexpr float kFaint = -1e30F;

/// Whether a frame may be marked with kFaint.
[[nodiscard]] constexpr bool has_faint(const AudioParams& p) {
  return p.block == AudioBlock::kMfcc || (p.block == AudioBlock::kSpectrogram && p.version >= 3);
}

namespace detail {

/// value, or kFaint where a part of `total` as small as `least` is lost in the transform's rounding.
/// Why this share: ordinary errors of X_k / sqrt(fft_length) are below 2^-24 sqrt(2 total) 3 / 4, and at a millionth of
/// the total that is 6e-5 of the root: 1e-5 of a spectrogram's value at its default noise floor.
template <class Real>
[[nodiscard]] inline Real unless_faint(Real value, Real least, Real total) {
  return select<Real>(least < product(total, Real(1e-6F)), Real(kFaint), value);
}

template <class Real>
inline void spectrogram_values(const AudioPlan& plan, const Real* power, Real* features) {
  for (int32_t k = 0; k <= plan.params.fft_length / 2; ++k) {
    const Real level = real::log10(larger(power[k], Real(1e-30F)));
    const Real value = larger(product(level, Real(plan.gain)) + Real(plan.offset), Real(0.0F));
    features[k] = plan.params.version == 3 ? smaller(value, Real(1.0F)) : value;
  }
}

template <class Real>
inline Real total_of(const AudioPlan& plan, const Real* power) {
  Real total(0.0F);
  for (int32_t k = 0; k <= plan.params.fft_length / 2; ++k) total = total + power[k];
  return total;
}

/// energies  of the filters; destroyed
template <class Real>
inline void mfcc_values(const AudioPlan& plan, const AudioTables& tables, Real total, Real* energies, Real* features) {
  const AudioParams& p = plan.params;
  for (int32_t i = 0; i < p.filters; ++i) energies[i] = real::log(nonzero(energies[i]));
  cepstrum(energies, p.filters, tables.cepstrum, p.cepstra, features);
  features[0] = p.window > 0 ? nonzero(total) : real::log(nonzero(total));
}

/// A sum that keeps its digits: the energies of a steady tone's frames differ by thousandths, which are normalised.
template <class Real>
inline Real precise_total_of(const AudioPlan& plan, const Real* power) {
  Sum<Real> total;
  for (int32_t k = 0; k <= plan.params.fft_length / 2; ++k) total.add(power[k]);
  return total.value();
}

/// Logarithms of the frames' energies in the first column, where a sliding mean goes off them anyway: about that of a
/// number as large as the largest, for near 25 float32 has steps of 2e-6, which a steady tone's would turn into 4e-4.
inline void log_energies(const AudioPlan& plan, float* features) {
  const int32_t end = plan.frames * plan.columns;
  float largest = 1.0F;
  for (int32_t i = 0; i < end; i += plan.columns) largest = larger(largest, features[i]);
  // Such that products with 1e-10 stay normal numbers.
  const float share = power_of_two_of(smaller(largest, 1.2e27F)).reciprocal;
  for (int32_t i = 0; i < end; i += plan.columns) features[i] = real::log(product(features[i], share));
}

}  // namespace detail

/// What a frame gives before anything is done across frames; a step may be in doubt, a whole frame be kFaint.
/// frame     [fft_length], in Spectrum's places, of which the first `used` are samples with pre-emphasis; destroyed
/// scratch   [fft_length / 2 + 1 + filters]
/// features  [columns]
template <class Real>
inline void frame_features(const AudioPlan& plan, const AudioTables& tables, Real* frame, Real* scratch,
                           Real* features) {
  const AudioParams& p = plan.params;
  const int32_t bins = p.fft_length / 2 + 1;
  Real* const power = scratch;
  frame_power(plan, tables.cosines, frame, power);
  if (p.block == AudioBlock::kSpectrogram) {
    if (p.version < 3) {
      for (int32_t k = 0; k < bins; ++k) features[k] = power[k];
      return;
    }
    Real least = power[0];
    for (int32_t k = 1; k < bins; ++k) least = smaller(power[k], least);
    detail::spectrogram_values(plan, power, features);
    features[0] = detail::unless_faint(features[0], least, detail::total_of(plan, power));
    return;
  }
  Real* const energies = p.block == AudioBlock::kMfcc ? power + bins : features;
  mel_energies(p.filters, tables.edges, tables.weights, power, energies);
  if (has_steps(p)) {
    const Real total = detail::total_of(plan, power);
    for (int32_t i = 0; i < p.filters; ++i) {
      features[i] = finished_step(p, step_or_doubt(plan, features[i], total, tables.edges + i));
    }
  } else if (p.block == AudioBlock::kMfcc) {
    const Real total = detail::precise_total_of(plan, power);
    Real least = energies[0];
    for (int32_t i = 1; i < p.filters; ++i) least = smaller(energies[i], least);
    detail::mfcc_values(plan, tables, total, energies, features);
    features[0] = detail::unless_faint(features[0], least, total);
  } else {
    for (int32_t i = 0; i < p.filters; ++i) features[i] = detail::nonzero(features[i]);
  }
}

/// The power of bin k of a transform of double, value i at spectrum[i * step].
[[nodiscard]] inline double wide_power(const AudioPlan& plan, const double* spectrum, int32_t step, int32_t k) {
  const int32_t n = plan.params.fft_length;
  const double re = spectrum[(k == n / 2 ? 1 : 2 * k) * step];
  const double im = k == 0 || k == n / 2 ? 0.0 : spectrum[(2 * k + 1) * step];
  return (product(re, re) + product(im, im)) / n;
}

/// A frame that was kFaint, from its transform in double.
/// scratch   [fft_length / 2 + 1 + filters]
/// features  [columns]
inline void faint_features(const AudioPlan& plan, const AudioTables& tables, const double* spectrum, int32_t step,
                           float* scratch, float* features) {
  const AudioParams& p = plan.params;
  const int32_t bins = p.fft_length / 2 + 1;
  for (int32_t k = 0; k < bins; ++k) scratch[k] = static_cast<float>(wide_power(plan, spectrum, step, k));
  if (p.block == AudioBlock::kSpectrogram) return detail::spectrogram_values(plan, scratch, features);
  float* const energies = scratch + bins;
  mel_energies(p.filters, tables.edges, tables.weights, scratch, energies);
  detail::mfcc_values(plan, tables, detail::precise_total_of(plan, scratch), energies, features);
}

/// Decides a doubtful step.
/// spectrum  of the frame in double as real_fft() leaves it, value i at spectrum[i * step]
/// edges     of the filter
/// guess     step_or_doubt()'s
[[nodiscard]] inline float decided_step(const AudioPlan& plan, const int32_t* edges, const double* spectrum,
                                        int32_t step, float guess) {
  double energy = 0.0;
  for_each_weight<double>(
      edges, [&](int32_t k, double weight) { energy += product(wide_power(plan, spectrum, step, k), weight); });
  if (energy == 0.0) energy = 1e-10;
  if (energy < 1e-30) energy = 1e-30;
  const double range = 12.0 - static_cast<double>(plan.params.noise_floor_db);
  // Energies at the middle between two steps, by which the ones next to the energy's own are found.
  const auto reaches = [&](int32_t whole) {
    const double decibels = static_cast<double>(plan.params.noise_floor_db) + product(range, (whole - 0.5) / 256.0);
    return energy >= wide_exp(product(decibels, 0.23025850929940456840));
  };
  int32_t whole = static_cast<int32_t>(product(guess, -256.0F));
  while (whole < 256 && reaches(whole + 1)) ++whole;
  while (whole > 0 && !reaches(whole)) --whole;
  return finished_step(plan.params, static_cast<float>(whole));
}

/// Whether a frame needs the transform in double.
template <class Real>
[[nodiscard]] inline typename Lanes<Real>::Mask needs_double(const AudioPlan& plan, const Real* row) {
  if (!has_steps(plan.params)) return row[0] == Real(kFaint);
  Real least = row[0];
  for (int32_t i = 1; i < plan.columns; ++i) least = smaller(row[i], least);
  return least < Real(0.0F);
}

/// Replaces what float32 left open in a frame, from its transform in double.
inline void settle(const AudioPlan& plan, const AudioTables& tables, const double* spectrum, int32_t step,
                   float* scratch, float* row) {
  if (!has_steps(plan.params)) return faint_features(plan, tables, spectrum, step, scratch, row);
  for (int32_t i = 0; i < plan.columns; ++i) {
    if (row[i] < 0.0F) row[i] = decided_step(plan, tables.edges + i, spectrum, step, row[i]);
  }
}

/// What MFE of versions 1 and 2, MFCC and spectrograms of versions 1 and 2 do across frames.
/// columns  normalise_column() of every column of [frames, columns], in place
template <class NormaliseColumns>
inline void across_frames(const AudioPlan& plan, float* features, NormaliseColumns&& columns) {
  const AudioParams& p = plan.params;
  if (p.block == AudioBlock::kMfcc) {
    if (p.window == 0) return;
    detail::log_energies(plan, features);
    columns();
    return;
  }
  if (p.version >= 3) return;
  const int32_t size = plan.frames * plan.columns;
  if (p.block == AudioBlock::kMfe) columns();
  stretch_to_unit(features, size, p.block == AudioBlock::kMfe);
}

/// Bytes of scratch for audio_features().
[[nodiscard]] constexpr int32_t audio_scratch_bytes(const AudioPlan& plan) {
  const AudioParams& p = plan.params;
  const int32_t transform = 4 * (p.fft_length + p.fft_length / 2 + 1 + p.filters);
  const int32_t across = 8 * plan.frames;
  const int32_t needed = has_steps(p) || has_faint(p) ? 8 * p.fft_length + transform : transform;
  return needed > across ? needed : across;
}

/// The features of a window.
/// window    [samples], float or int16_t
/// scratch   audio_scratch_bytes(), aligned as double is
/// features  [frames, columns]
template <class Sample>
inline void audio_features(const AudioPlan& plan, const AudioTables& tables, const Sample* window, void* scratch,
                           float* features) {
  const AudioParams& p = plan.params;
  const float scale = audio_scale(plan, window);
  const auto sample = [&](int32_t t) {
    const int32_t before = t < plan.shift ? t - plan.shift + p.samples : t - plan.shift;
    return emphasised(plan, scale, static_cast<float>(window[t]), static_cast<float>(window[before]));
  };
  // The transform in double first, where there is one: it needs the alignment.
  double* const wide = static_cast<double*>(scratch);
  float* const frame = has_steps(p) || has_faint(p) ? static_cast<float*>(static_cast<void*>(wide + p.fft_length))
                                                    : static_cast<float*>(scratch);
  for (int32_t f = 0; f < plan.frames; ++f) {
    float* const row = features + f * plan.columns;
    for (int32_t i = 0; i < plan.used; ++i) frame[i] = sample(f * plan.stride + i);
    frame_features(plan, tables, frame, frame + p.fft_length, row);
    if (!needs_double(plan, row)) continue;
    for (int32_t i = 0; i < p.fft_length; ++i) {
      wide[i] = i < plan.used ? static_cast<double>(sample(f * plan.stride + i)) : 0.0;
    }
    real_fft(wide, p.fft_length, tables.wide_cosines);
    settle(plan, tables, wide, 1, frame, row);
  }
  float* const column = static_cast<float*>(scratch);
  across_frames(plan, features, [&] {
    for (int32_t c = 0; c < plan.columns; ++c) {
      for (int32_t f = 0; f < plan.frames; ++f) column[f] = features[f * plan.columns + c];
      normalise_column(plan.frames, p.window, p.block == AudioBlock::kMfcc, column, column + plan.frames);
      for (int32_t f = 0; f < plan.frames; ++f) features[f * plan.columns + c] = column[f];
    }
  });
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_FEATURES_AUDIO_HPP_
