// Lanes of int32 scaled by one scale, of a form that is known when it runs.
#ifndef EDGETWIN_HOST_SIMD_SCALED_HPP_
#define EDGETWIN_HOST_SIMD_SCALED_HPP_

#include <cstdint>
#include <limits>
#include <xsimd/xsimd.hpp>

#include "host/simd/element_tasks.hpp"

namespace edgetwin::host::simd {
namespace {

/// Anything within int32.
constexpr Finish kUnlimited = {ScaleForm::kWide, 0, std::numeric_limits<int32_t>::min(),
                               std::numeric_limits<int32_t>::max(), false};

/// A step has scales of several forms: chosen for each vector, where the branch is always the same.
template <class V>
[[gnu::always_inline]] inline xsimd::batch<int32_t, typename V::Arch> scaled_by(
    xsimd::batch<int32_t, typename V::Arch> x, const LaneScale& scale) {
  if (scale.form == ScaleForm::kUncorrected) {
    return V::template scaled<ScaleForm::kUncorrected>(x, scale.rows, kUnlimited);
  }
  if (scale.form == ScaleForm::kCorrected) {
    return V::template scaled<ScaleForm::kCorrected>(x, scale.rows, kUnlimited);
  }
  return V::template scaled<ScaleForm::kWide>(x, scale.rows, kUnlimited);
}

/// The value of that scale more by the output's zero point, modulo 2^32, and clamped to the activation's range.
template <class V>
[[gnu::always_inline]] inline xsimd::batch<int32_t, typename V::Arch> finished_by(
    xsimd::batch<int32_t, typename V::Arch> x, const LaneScale& scale, const OutputRange& range) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  const Ints value = scaled_by<V>(x, scale) + Ints(range.zero_point);
  return xsimd::min(xsimd::max(value, Ints(range.low)), Ints(range.high));
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_SCALED_HPP_
