// Output channels that share their input, and how their int32 sums become int8 codes.
#ifndef EDGETWIN_CHANNELS_HPP_
#define EDGETWIN_CHANNELS_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// bias - input_zero_point * sum(weights): sums of products with raw codes start from it. sum((x - z) * w) + bias
/// equals sum(x * w) + folded modulo 2^32. It is the same for every input, so it is made once, where weights are.
///
/// weights [outputs, depth] int8
/// bias    [outputs] int32, or null for none
/// folded  [outputs] int32; may be bias
constexpr void fold_zero_point(const int8_t* weights, const int32_t* bias, int32_t outputs, int32_t depth,
                               int32_t input_zero_point, int32_t* folded) {
  for (int32_t o = 0; o < outputs; ++o) {
    int32_t sum = 0;
    for (int32_t i = 0; i < depth; ++i) sum = wrapping_add(sum, int32_t{weights[i]});
    weights += depth;
    folded[o] = wrapping_sub(bias != nullptr ? bias[o] : 0, wrapping_mul(input_zero_point, sum));
  }
}

namespace detail {

struct Channels {
  const int8_t* weights;      ///< [count, depth]
  const int32_t* bias;        ///< [count], folded
  const int32_t* multiplier;  ///< [count] >= 0
  const int32_t* shift;       ///< [count] in [-31, 30]
  int32_t count;
  int32_t depth;
  bool usual;  ///< the core's are_usual of multiplier and shift
};

struct OutputCodes {
  int32_t zero_point;
  int32_t low;
  int32_t high;
  Rounding rounding;
};

/// The code of a sum.
[[nodiscard]] constexpr int8_t output_code(int32_t sum, int32_t multiplier, int32_t shift, const OutputCodes& o) {
  const int32_t value = wrapping_add(requantize(sum, multiplier, shift, o.rounding), o.zero_point);
  return static_cast<int8_t>(clamp(value, o.low, o.high));
}

[[nodiscard]] constexpr int32_t rounded_up(int32_t value, int32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace detail
}  // namespace edgetwin

#endif  // EDGETWIN_CHANNELS_HPP_
