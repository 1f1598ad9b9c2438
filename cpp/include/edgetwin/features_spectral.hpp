// Edge Impulse's spectral analysis block, versions 2 to 4, FFT features.
#ifndef EDGETWIN_FEATURES_SPECTRAL_HPP_
#define EDGETWIN_FEATURES_SPECTRAL_HPP_

#include "edgetwin/biquad.hpp"
#include "edgetwin/decimate.hpp"
#include "edgetwin/fft.hpp"
#include "edgetwin/float_math.hpp"
#include "edgetwin/moments.hpp"

namespace edgetwin::real {

enum class SpectralFilter : int32_t { kNone = 0, kLow = 1, kHigh = 2 };

struct SpectralParams {
  int32_t version;     ///< 2, 3 or 4
  int32_t samples;     ///< of each axis
  int32_t axes;        ///< at least 1
  int32_t fft_length;  ///< is_fft_length()
  int32_t decimation;  ///< 1, 3, 10, 30, 100 or 1000; 1 below version 4
  SpectralFilter filter;
  int32_t filter_order;  ///< 0, 2, 4, 6 or 8; 0 filters nothing and leaves bins out all the same
  bool overlap;          ///< frames begin every half length
  bool logarithm;        ///< of the power
  bool low_frequencies;  ///< features of the tenfold decimated values, too; version 4
  float scale;
  double cutoff_hz;
  double rate_hz;
};

/// Bins [first, end) of a spectrum.
struct Bins {
  int32_t first, end;
};

/// Checked parameters and what follows from them.
struct SpectralPlan {
  SpectralParams params;
  int32_t stages[3];  ///< factors of the decimation, 0 behind the last
  int32_t section_count;
  Section sections[4];
  Bins bins, low_bins;
  int32_t count, low_count;  ///< features of one axis; low_count is 0 without low frequencies
};

/// int() truncates toward zero; so does the cast. `cutoff_hz` above the Nyquist frequency counts as that.
[[nodiscard]] inline Bins spectral_bins(SpectralFilter filter, double cutoff_hz, double rate_hz, int32_t n) {
  const double limited = cutoff_hz < rate_hz / 2 ? cutoff_hz : rate_hz / 2;
  const double position = opaque(limited * n) / rate_hz;
  if (filter == SpectralFilter::kLow) return {1, static_cast<int32_t>(position + 0.5) + 1};
  if (filter == SpectralFilter::kNone) return {1, n / 2 + 1};
  const int32_t first = static_cast<int32_t>(position - 0.5) + 1;
  return {first < 1 ? 1 : first, n / 2 + 1};
}

/// Fills a plan. kBadShape: too few samples or a length that is no power of two; kBadParameter: a filter that does not
/// exist, is not stable in float32 or leaves no bins.
[[nodiscard]] inline Status spectral_plan(const SpectralParams& p, SpectralPlan* plan) {
  if (p.samples < 1 || p.axes < 1 || !is_fft_length(p.fft_length)) return Status::kBadShape;
  const bool filtered = p.filter != SpectralFilter::kNone;
  if (p.version < 2 || p.version > 4 || p.filter < SpectralFilter::kNone || p.filter > SpectralFilter::kHigh ||
      p.filter_order < 0 || p.filter_order > 8 || !(p.rate_hz > 0.0) || (filtered && !(p.cutoff_hz > 0.0)) ||
      (p.version < 4 && (p.decimation != 1 || p.low_frequencies))) {
    return Status::kBadParameter;
  }
  *plan = {};
  plan->params = p;
  double rate = p.rate_hz;
  int32_t samples = p.samples, rest = p.decimation, stage_count = 0;
  while (rest > 1 && stage_count < 3) {
    const int32_t stage = rest % 3 == 0 ? 3 : 10;
    if (rest % stage != 0) return Status::kBadParameter;
    plan->stages[stage_count++] = stage;
    rest /= stage;
    rate /= stage;
    samples = (samples + stage - 1) / stage;
  }
  if (rest != 1) return Status::kBadParameter;
  if (filtered && p.filter_order > 0) {
    const Band band = p.filter == SpectralFilter::kLow ? Band::kLow : Band::kHigh;
    const Status status = butterworth(band, p.filter_order, p.cutoff_hz, rate, plan->sections);
    if (status != Status::kOk) return status;
    plan->section_count = p.filter_order / 2;
  }
  const int32_t statistics = p.version == 4 ? 5 : 3;
  plan->bins = spectral_bins(p.filter, p.cutoff_hz, rate, p.fft_length);
  plan->count = statistics + plan->bins.end - plan->bins.first;
  if (plan->bins.end <= plan->bins.first) return Status::kBadParameter;
  if (p.low_frequencies) {
    if (2 * ((samples + 9) / 10) < p.fft_length) return Status::kBadShape;
    plan->low_bins = spectral_bins(p.filter, p.cutoff_hz, rate / 10, p.fft_length);
    plan->low_count = statistics + plan->low_bins.end - plan->low_bins.first;
    if (plan->low_bins.end <= plan->low_bins.first) return Status::kBadParameter;
  }
  return Status::kOk;
}

/// Values of Real that spectral_axis() needs beside those of the axis.
[[nodiscard]] constexpr int32_t spectral_scratch(const SpectralPlan& plan) { return 2 * plan.params.fft_length + 8; }

namespace detail {

/// The largest power of each bin over all frames; values behind the last one are zeros.
/// scratch  [fft_length + fft_length / 2 + 1]
template <class Real>
inline void max_hold(const SpectralPlan& plan, const Real* values, int32_t size, const float* cosines, Real* scratch,
                     Real* power) {
  const int32_t n = plan.params.fft_length, hop = plan.params.overlap ? n - n / 2 : n;
  const Real zero(0.0F), share(1.0F / static_cast<float>(n));  // exact: n is a power of two
  Real* const squares = scratch + n;
  for (int32_t k = 0; k <= n / 2; ++k) power[k] = zero;
  for (int32_t start = 0; start < size; start += hop) {
    const int32_t count = size - start < n ? size - start : n;
    Spectrum<Real>::squares(values + start, count, n, cosines, scratch, squares);
    for (int32_t k = 0; k <= n / 2; ++k) power[k] = larger(squares[k], power[k]);
  }
  for (int32_t k = 0; k <= n / 2; ++k) power[k] = product(power[k], share);
}

/// Takes the mean off the values and writes their features.
template <class Real>
inline void spectrum_features(const SpectralPlan& plan, Bins bins, Real* values, int32_t size, const float* cosines,
                              Real* scratch, Real* features) {
  const int32_t n = plan.params.fft_length;
  const Real level = mean(values, size);
  for (int32_t i = 0; i < size; ++i) values[i] = kept(values[i] - level);
  const Moments<Real> m = moments(values, size, Real(0.0F));
  int32_t next = 0;
  features[next++] = Lanes<Real>::square_root(m.mean_square);
  features[next++] = m.skewness;
  features[next++] = m.kurtosis;
  Real* const power = scratch + n + n / 2 + 1;
  max_hold(plan, values, size, cosines, scratch, power);
  if (plan.params.version == 4) {
    const Moments<Real> spectral = moments(power, n / 2 + 1, mean(power, n / 2 + 1));
    features[next++] = spectral.skewness;
    features[next++] = spectral.kurtosis;
  }
  for (int32_t k = bins.first; k < bins.end; ++k) {
    const Real nonzero = select<Real>(power[k] == Real(0.0F), Real(1e-10F), power[k]);
    features[next++] = plan.params.logarithm ? real::log10(nonzero) : power[k];
  }
}

}  // namespace detail

/// One axis.
/// values    [samples], not scaled yet; destroyed
/// cosines   Cosines<fft_length>::values
/// scratch   [spectral_scratch()]
/// features  [count], those of low frequencies into low_features [low_count]
template <class Real>
inline void spectral_axis(const SpectralPlan& plan, const float* cosines, Real* values, Real* scratch, Real* features,
                          Real* low_features) {
  const SpectralParams& p = plan.params;
  int32_t size = p.samples;
  for (int32_t i = 0; i < size; ++i) values[i] = product(values[i], Real(p.scale));
  for (const int32_t stage : plan.stages) {
    if (stage == 3) size = decimate(kDecimateBy3, values, size);
    if (stage == 10) size = decimate(kDecimateBy10, values, size);
  }
  if (plan.section_count > 0) {
    for (int32_t i = 0; i < 2 * plan.section_count; ++i) scratch[i] = Real(0.0F);
    cascade(plan.sections, plan.section_count, scratch, values, size);
  }
  detail::spectrum_features(plan, plan.bins, values, size, cosines, scratch, features);
  if (plan.low_count > 0) {
    size = decimate(kDecimateBy10, values, size);
    detail::spectrum_features(plan, plan.low_bins, values, size, cosines, scratch, low_features);
  }
}

/// All axes of one window.
/// window    [samples, axes]
/// scratch   [samples + spectral_scratch()]
/// features  [axes, count], then [axes, low_count]
inline void spectral_analysis(const SpectralPlan& plan, const float* cosines, const float* window, float* scratch,
                              float* features) {
  const SpectralParams& p = plan.params;
  float* const low = features + p.axes * plan.count;
  for (int32_t axis = 0; axis < p.axes; ++axis) {
    for (int32_t i = 0; i < p.samples; ++i) scratch[i] = window[i * p.axes + axis];
    spectral_axis(plan, cosines, scratch, scratch + p.samples, features + axis * plan.count,
                  low + axis * plan.low_count);
  }
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_FEATURES_SPECTRAL_HPP_
