// Scales of sums in float32, for levels that have FMA with a rounding of its own, certified against the integer scale.
#ifndef EDGETWIN_HOST_FLOAT_SCALE_HPP_
#define EDGETWIN_HOST_FLOAT_SCALE_HPP_

#include <map>
#include <utility>
#include <vector>

#include "host/channel_scale.hpp"
#include "host/simd/kernels.hpp"

namespace edgetwin::host {

/// A channel's factors: value = floor(down(x * scale + (x < split ? below : offset))), x the sum in float32.
struct FloatScale {
  float scale, offset, below;
  int32_t split;

  [[nodiscard]] bool has_two_lines() const { return offset != below; }
};

/// Finds such factors. They are exact where they give the integer scale's values, within the output's range, on both
/// sides of each of its at most 255 steps and of the split, and for the least and the greatest sum: the integer scale
/// does not fall as sums grow, and neither does either line, since the scale is not negative and every rounding keeps
/// the order. "Down" decides a step as real numbers do: float32 has all integers of the range, and what reaches one is
/// not rounded below it.
///
/// The integer scale's own factor, rounded to float32's 24 bits, often misses a step. But any line does that passes
/// between the two sums of each step: for a slope, those of float32 near the factor, the steps bound the offset from
/// both sides. Two lines of one slope, split at 0 where negative sums have a correction, else at the middle step, pass
/// where one does not: of 5,598 channels of seven real models 9 need them beside those with a correction, and none is
/// left.
class FloatScales {
 public:
  /// `finish`: form and range of the outputs.
  FloatScales(const simd::Kernels& kernels, const simd::Finish& finish);

  /// False where there are none. Of a scale that has no left shift and shifts right by 32 or more.
  [[nodiscard]] bool find(const ChannelScale& scale, FloatScale& found);

 private:
  /// The least sum that gives `value`; in float32 that sum and the one before it.
  struct ValueStep {
    int32_t value;
    int32_t sum;
    double reached, missed;
  };

  void find_steps(const ChannelScale& scale);
  [[nodiscard]] bool find_lines(const ChannelScale& scale, int32_t split, FloatScale& found);
  [[nodiscard]] bool set_offsets(FloatScale& tried) const;
  [[nodiscard]] bool holds(const ChannelScale& scale, const FloatScale& tried);

  const simd::Kernels& kernels_;
  bool corrected_;
  int32_t low_, high_;  ///< of values: the output's range less its zero point
  std::vector<ValueStep> steps_;
  std::vector<int32_t> sums_, values_;
  /// Of multiplier and shift: layers often have one for all channels.
  std::map<std::pair<int32_t, int32_t>, std::pair<bool, FloatScale>> known_;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_FLOAT_SCALE_HPP_
