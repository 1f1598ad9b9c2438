// Edge Impulse's flatten block, version 1: statistics of each axis.
#ifndef EDGETWIN_FEATURES_FLATTEN_HPP_
#define EDGETWIN_FEATURES_FLATTEN_HPP_

#include "edgetwin/moments.hpp"

namespace edgetwin::real {

/// Bits of FlattenParams::statistics, in the order of the features.
enum Statistic : int32_t {
  kAverage = 1,
  kMinimum = 2,
  kMaximum = 4,
  kRootMeanSquare = 8,
  kDeviation = 16,
  kSkewness = 32,
  kKurtosis = 64,
};

struct FlattenParams {
  int32_t samples;     ///< of each axis, at least 1
  int32_t axes;        ///< at least 1
  int32_t statistics;  ///< bits of Statistic
  float scale;
};

/// Features of one axis.
[[nodiscard]] constexpr int32_t flatten_count(const FlattenParams& p) {
  int32_t count = 0;
  for (int32_t bit = kAverage; bit <= kKurtosis; bit *= 2) count += (p.statistics & bit) != 0 ? 1 : 0;
  return count;
}

/// One axis. The scale is applied to the statistics, not to the values: no digit of a small spread on a large offset is
/// lost to rounding them.
/// values    [samples]
/// features  [flatten_count()]
template <class Real>
inline void flatten_axis(const FlattenParams& p, const Real* values, Real* features) {
  const Real scale(p.scale), size(p.scale < 0 ? -p.scale : p.scale);
  Real lowest = values[0], highest = values[0];
  for (int32_t i = 1; i < p.samples; ++i) {
    lowest = smaller(values[i], lowest);
    highest = larger(values[i], highest);
  }
  const Real average = mean(values, p.samples);
  const Moments<Real> m = moments(values, p.samples, average);
  const bool turned = p.scale < 0, erased = p.scale == 0.0F;
  int32_t next = 0;
  const auto put = [&](Statistic statistic, Real value) {
    if ((p.statistics & statistic) != 0) features[next++] = value;
  };
  put(kAverage, product(average, scale));
  put(kMinimum, product(turned ? highest : lowest, scale));
  put(kMaximum, product(turned ? lowest : highest, scale));
  put(kRootMeanSquare, product(Lanes<Real>::square_root(m.mean_square), size));
  put(kDeviation, product(m.deviation, size));
  put(kSkewness, erased ? Real(0.0F) : turned ? -m.skewness : m.skewness);
  put(kKurtosis, erased ? Real(-3.0F) : m.kurtosis);
}

/// All axes of one window.
/// window    [samples, axes]
/// scratch   [samples]
/// features  [axes, flatten_count()]
inline void flatten(const FlattenParams& p, const float* window, float* scratch, float* features) {
  for (int32_t axis = 0; axis < p.axes; ++axis) {
    for (int32_t i = 0; i < p.samples; ++i) scratch[i] = window[i * p.axes + axis];
    flatten_axis(p, scratch, features + axis * flatten_count(p));
  }
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_FEATURES_FLATTEN_HPP_
