// Scales of sums in float32, for levels that have FMA with a rounding of its own, certified against the integer scale.
#ifndef EDGETWIN_HOST_FLOAT_SCALE_HPP_
#define EDGETWIN_HOST_FLOAT_SCALE_HPP_

#include <map>
#include <utility>
#include <vector>

#include "host/channel_scale.hpp"
#include "host/simd/kernels.hpp"

namespace edgetwin::host {

/// A channel's factors: value = floor(down(x * high + nearest(x * low + offset))), x the sum in float32. The offset is
/// a half, and of a sum below zero another one.
struct FloatScale {
  float high, low, offset, negative_offset;

  /// The bits in which the offsets differ.
  [[nodiscard]] int32_t turn() const;
};

/// Finds such factors. They are exact where they give the integer scale's values, within the output's range, on both
/// sides of each of its at most 255 steps, and for the least and the greatest sum: the integer scale does not fall as
/// sums grow, and neither does this one, since low is not negative, negative sums have the lower offset and every
/// rounding keeps the order. "Down" decides a step as real numbers do: float32 has all integers of the range, and what
/// reaches one is not rounded below it. Without that and without low, most channels of real layers have a step that
/// float32's 24 bits miss.
class FloatScales {
 public:
  /// `finish`: form and range of the outputs.
  FloatScales(const simd::Kernels& kernels, const simd::Finish& finish);

  /// False where there are none. Of a scale that has no left shift and shifts right by 32 or more.
  [[nodiscard]] bool find(const ChannelScale& scale, FloatScale& found);

 private:
  [[nodiscard]] bool holds(const ChannelScale& scale, const FloatScale& tried);
  void add_steps(const ChannelScale& scale);

  const simd::Kernels& kernels_;
  bool corrected_;
  int32_t low_, high_;  ///< of values: the output's range less its zero point
  std::vector<int32_t> sums_, values_;
  /// Of multiplier and shift: layers often have one for all channels.
  std::map<std::pair<int32_t, int32_t>, std::pair<bool, FloatScale>> known_;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_FLOAT_SCALE_HPP_
