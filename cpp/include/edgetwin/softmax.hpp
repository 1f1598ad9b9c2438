// Softmax over the last axis: int8 in, int8 or int16 out, in fixed point; int16 in and out, by tables.
#ifndef EDGETWIN_SOFTMAX_HPP_
#define EDGETWIN_SOFTMAX_HPP_

#include "edgetwin/interpolated_table.hpp"
#include "edgetwin/math.hpp"

namespace edgetwin {

struct SoftmaxParams {
  int32_t rows;        ///< >= 1
  int32_t depth;       ///< [1, 4095]; elements of the last axis, limited by the 12 integer bits of the sum
  int32_t multiplier;  ///< >= 0; Q31 of beta * input scale * 2^26
  int32_t shift;       ///< [0, 31], positive = left
  int32_t diff_min;    ///< <= 0; differences below it contribute nothing
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_softmax_fields(Params& p, Visitor&& visit) {
  visit("rows", p.rows);
  visit("depth", p.depth);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("diff_min", p.diff_min);
}

[[nodiscard]] constexpr Status softmax_check(const SoftmaxParams& p) {
  if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
  if (p.depth > 4095) return Status::kTooLarge;
  if (p.multiplier < 0) return Status::kBadMultiplier;
  if (p.shift < 0 || p.shift > 31) return Status::kBadShift;
  return p.diff_min <= 0 ? Status::kOk : Status::kBadParameter;
}

namespace detail {

constexpr int kSoftmaxDifferenceIntegerBits = 5;
constexpr int kSoftmaxSumIntegerBits = 12;

/// A difference of codes as Q5.26.
template <class Params>
[[nodiscard]] constexpr int32_t softmax_difference(const Params& p, int32_t difference) {
  return saturating_rounding_doubling_high_mul(wrapping_shift_left(difference, p.shift), p.multiplier);
}

/// input [depth] int8
[[nodiscard]] inline int32_t softmax_largest(const int8_t* input, int32_t depth) {
  int32_t largest = kInt8Min;
  for (int32_t i = 0; i < depth; ++i) largest = max_of(largest, int32_t{input[i]});
  return largest;
}

/// The sum of exp(input - largest) over a row, [depth] int8, as Q12.19.
template <class Params>
[[nodiscard]] inline int32_t softmax_sum(const Params& p, const int8_t* input, int32_t largest) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    const int32_t difference = input[i] - largest;
    if (difference < p.diff_min) continue;
    const int32_t e = fixed::exp_on_negative_values<kSoftmaxDifferenceIntegerBits>(softmax_difference(p, difference));
    sum = wrapping_add(sum, rounding_divide_by_pot(e, kSoftmaxSumIntegerBits));
  }
  return sum;
}

}  // namespace detail

/// output = exp(input - largest) / sum, in fixed point: Q5.26 differences, Q12.19 sum, a Newton reciprocal.
///
/// input  [rows, depth] int8
/// output [rows, depth] of T: int8 with scale 1/256 and zero point -128, or int16 with scale 1/65536 and zero point
///        -32768
/// Always double rounding. `p` passed softmax_check; no scratch.
template <class T>
inline void softmax(const SoftmaxParams& p, const int8_t* input, T* output) {
  constexpr int32_t kLow = std::numeric_limits<T>::min();
  constexpr int32_t kHigh = std::numeric_limits<T>::max();
  constexpr int kOutputBits = static_cast<int>(sizeof(T)) * 8;
  for (int32_t row = 0; row < p.rows; ++row) {
    const int32_t largest = detail::softmax_largest(input, p.depth);
    const int32_t sum = detail::softmax_sum(p, input, largest);
    int bits_over_unit = 0;
    const int32_t scale = fixed::reciprocal(sum, detail::kSoftmaxSumIntegerBits, &bits_over_unit);
    const int exponent = bits_over_unit + 31 - kOutputBits;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = input[i] - largest;
      int32_t value = kLow;
      if (difference >= p.diff_min) {
        const int32_t e = fixed::exp_on_negative_values<detail::kSoftmaxDifferenceIntegerBits>(
            detail::softmax_difference(p, difference));
        value = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scale, e), exponent) + kLow;
      }
      output[i] = static_cast<T>(clamp(value, kLow, kHigh));
    }
    input += p.depth;
    output += p.depth;
  }
}

/// What an int16 softmax makes of the value 1 of a single element, one step beyond int16.
enum class SoftmaxSaturation : int32_t {
  kSaturates = 0,  ///< TFLite Micro's reference: the highest code
  kWraps = 1,      ///< CMSIS-NN: the lowest code
};

/// Of int16 codes, whose zero points are 0.
struct TableSoftmaxParams {
  int32_t rows;        ///< >= 1
  int32_t depth;       ///< [1, 65535]; elements of the last axis, limited by the 16 integer bits of the sum
  int32_t multiplier;  ///< >= 0; Q31 of beta * input scale * 6553.5: differences of 10 are 65535 steps
  int32_t shift;       ///< [-31, 30], positive = left
  Rounding rounding;   ///< of the differences
  SoftmaxSaturation saturation;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_table_softmax_fields(Params& p, Visitor&& visit) {
  visit("rows", p.rows);
  visit("depth", p.depth);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("rounding", p.rounding);
  visit("saturation", p.saturation);
}

[[nodiscard]] constexpr Status table_softmax_check(const TableSoftmaxParams& p) {
  if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
  if (p.depth > 65535) return Status::kTooLarge;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  if (p.saturation != SoftmaxSaturation::kSaturates && p.saturation != SoftmaxSaturation::kWraps) {
    return Status::kBadParameter;
  }
  return check_requantize(&p.multiplier, &p.shift, 1);
}

/// output = exp(input - largest) / sum: both functions by tables of 512 steps, exp over [-10, 0].
///
/// input  [rows, depth] int16
/// output [rows, depth] int16, scale 1/32768 and zero point 0
/// `p` passed table_softmax_check; no scratch. Where the upper 18 bits of the sum are all ones CMSIS-NN's overflows,
/// which C leaves undefined; here it is as in the reference.
inline void softmax_s16(const TableSoftmaxParams& p, const int16_t* input, int16_t* output) {
  for (int32_t row = 0; row < p.rows; ++row) {
    int32_t largest = kInt16Min;
    for (int32_t i = 0; i < p.depth; ++i) largest = max_of(largest, int32_t{input[i]});
    int32_t sum = 0;  // Q16.15
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = requantize(input[i] - largest, p.multiplier, p.shift, p.rounding);
      output[i] = detail::interpolated(detail::kExpTable, saturate<int16_t>(wrapping_add(difference, kInt16Max)));
      sum += output[i];
    }
    // The sum as 1 + x, x in [0, 1] over the whole range of int16.
    const int headroom = fixed::count_leading_zeros(static_cast<uint32_t>(sum));
    const int64_t one_and_x = ((static_cast<int64_t>(sum) << (headroom - 1)) + (1 << 13)) >> 14;
    const int16_t x = saturate<int16_t>(static_cast<int32_t>(one_and_x) - (1 << 16) - (1 << 15));
    const int64_t reciprocal = detail::interpolated(detail::kReciprocalTable, x);
    const int right = 31 - headroom;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int64_t value = (output[i] * reciprocal + (int64_t{1} << (right - 1))) >> right;
      // Not negative, so that only the upper end is beyond int16.
      const int32_t code = static_cast<int32_t>(value);
      output[i] = p.saturation == SoftmaxSaturation::kWraps ? static_cast<int16_t>(code) : saturate<int16_t>(code);
    }
    input += p.depth;
    output += p.depth;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_SOFTMAX_HPP_
