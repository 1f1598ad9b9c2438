// Logarithm of softmax over the last axis.
#ifndef EDGETWIN_LOG_SOFTMAX_HPP_
#define EDGETWIN_LOG_SOFTMAX_HPP_

#include "edgetwin/softmax.hpp"

namespace edgetwin {

struct LogSoftmaxParams {
  int32_t rows;                ///< >= 1
  int32_t depth;               ///< [1, 4095]; elements of the last axis, limited by the 12 integer bits of the sum
  int32_t multiplier;          ///< >= 0; Q31 of input scale * 2^26
  int32_t shift;               ///< [0, 31], positive = left
  int32_t reverse_multiplier;  ///< >= 0; Q31 of the inverse, 2^-26 / input scale
  int32_t reverse_shift;       ///< [-31, 0], positive = left
  int32_t diff_min;            ///< (INT32_MIN, 0]; differences below it contribute nothing
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_log_softmax_fields(Params& p, Visitor&& visit) {
  visit("rows", p.rows);
  visit("depth", p.depth);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("reverse_multiplier", p.reverse_multiplier);
  visit("reverse_shift", p.reverse_shift);
  visit("diff_min", p.diff_min);
}

[[nodiscard]] constexpr Status log_softmax_check(const LogSoftmaxParams& p) {
  if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
  if (p.depth > 4095) return Status::kTooLarge;
  if (p.multiplier < 0 || p.reverse_multiplier < 0) return Status::kBadMultiplier;
  if (p.shift < 0 || p.shift > 31 || p.reverse_shift < -31 || p.reverse_shift > 0) return Status::kBadShift;
  return p.diff_min <= 0 && p.diff_min > kInt32Min ? Status::kOk : Status::kBadParameter;
}

/// output = input - largest - log(sum of exp(input - largest)), in fixed point: Q5.26 differences, Q12.19 sum.
///
/// input  [rows, depth] int8
/// output [rows, depth] int8, scale 1/16 and zero point 127
/// Always double rounding. `p` passed log_softmax_check; no scratch.
inline void log_softmax_s8(const LogSoftmaxParams& p, const int8_t* input, int8_t* output) {
  constexpr int kOutputFractionBits = 4;
  for (int32_t row = 0; row < p.rows; ++row) {
    const int32_t largest = detail::softmax_largest(input, p.depth);
    const int32_t sum = detail::softmax_sum(p, input, largest);
    const int32_t log_sum = fixed::log<detail::kSoftmaxSumIntegerBits, detail::kSoftmaxDifferenceIntegerBits>(sum);
    // Below this the difference, less the logarithm, leaves Q5.26.
    const int32_t least = max_of(
        p.diff_min - 1, requantize_double(wrapping_add(log_sum, kInt32Min), p.reverse_multiplier, p.reverse_shift));
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = input[i] - largest;
      int32_t value = kInt8Min;
      if (difference > least) {
        value = rounding_divide_by_pot(wrapping_sub(detail::softmax_difference(p, difference), log_sum),
                                       31 - detail::kSoftmaxDifferenceIntegerBits - kOutputFractionBits) +
                kInt8Max;
      }
      output[i] = static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
    }
    input += p.depth;
    output += p.depth;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_LOG_SOFTMAX_HPP_
