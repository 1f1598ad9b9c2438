// One scale for every lane of a SIMD level, and the range of what it gives.
#ifndef EDGETWIN_HOST_UNIFORM_SCALE_HPP_
#define EDGETWIN_HOST_UNIFORM_SCALE_HPP_

#include <cstddef>
#include <limits>
#include <vector>

#include "host/packed_weights.hpp"

namespace edgetwin::host {

struct OutputScale {
  int32_t multiplier;
  int32_t shift;
  int32_t zero_point;
  int32_t activation_min;
  int32_t activation_max;
  Rounding rounding;
};

/// A block of parameters, the same in every lane.
[[nodiscard]] inline PackedScales uniform_scales(const simd::Kernels& kernels, const OutputScale& scale) {
  const size_t lanes = static_cast<size_t>(kernels.lanes);
  const std::vector<int32_t> starts(lanes, 0), multipliers(lanes, scale.multiplier), shifts(lanes, scale.shift);
  WeightSource source = {};
  source.multiplier = multipliers.data();
  source.shift = shifts.data();
  source.channels = kernels.lanes;
  source.output_zero_point = scale.zero_point;
  source.activation_min = scale.activation_min;
  source.activation_max = scale.activation_max;
  source.rounding = scale.rounding;
  return PackedScales(kernels, starts, source);
}

/// Of a value that is scaled and nothing else.
[[nodiscard]] inline OutputScale bare_scale(int32_t multiplier, int32_t shift, Rounding rounding) {
  return {multiplier, shift, 0, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max(), rounding};
}

[[nodiscard]] inline const int32_t* rows_of(const PackedScales& scales) {
  return static_cast<const int32_t*>(static_cast<const void*>(scales.rows.data()));
}

[[nodiscard]] inline simd::LaneScale lane_scale(const PackedScales& scales) {
  return {scales.finish.form, rows_of(scales)};
}

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_UNIFORM_SCALE_HPP_
