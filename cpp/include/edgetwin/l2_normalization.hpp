// Vectors divided by their length, over the last axis.
#ifndef EDGETWIN_L2_NORMALIZATION_HPP_
#define EDGETWIN_L2_NORMALIZATION_HPP_

#include "edgetwin/math.hpp"

namespace edgetwin {

struct L2NormalizationParams {
  int32_t rows;              ///< >= 1
  int32_t depth;             ///< [1, 33025]; elements of the last axis, limited by the int32 sum of squares
  int32_t input_zero_point;  ///< [-128, 127]
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_l2_normalization_fields(Params& p, Visitor&& visit) {
  visit("rows", p.rows);
  visit("depth", p.depth);
  visit("input_zero_point", p.input_zero_point);
}

[[nodiscard]] constexpr Status l2_normalization_check(const L2NormalizationParams& p) {
  if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
  if (p.depth > 33025) return Status::kTooLarge;
  return in_int8(p.input_zero_point) ? Status::kOk : Status::kBadZeroPoint;
}

/// output = input / sqrt(sum of squares of its row); a row of zeros stays one. Always double rounding.
///
/// input  [rows, depth] int8
/// output [rows, depth] int8, scale 1/128 and zero point 0
/// `p` passed l2_normalization_check; no scratch.
inline void l2_normalization_s8(const L2NormalizationParams& p, const int8_t* input, int8_t* output) {
  constexpr int32_t kFractionBits = 7;
  for (int32_t row = 0; row < p.rows; ++row) {
    int32_t sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t x = input[i] - p.input_zero_point;
      sum += x * x;
    }
    const fixed::Scale root = fixed::inverse_sqrt(sum);
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t value =
          requantize_double(input[i] - p.input_zero_point, root.multiplier, root.shift + kFractionBits);
      output[i] = static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
    }
    input += p.depth;
    output += p.depth;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_L2_NORMALIZATION_HPP_
