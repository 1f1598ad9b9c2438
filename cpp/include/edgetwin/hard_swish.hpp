// Hard swish of int8 codes: x * clamp(x + 3, 0, 6) / 6 in 16-bit fixed point.
#ifndef EDGETWIN_HARD_SWISH_HPP_
#define EDGETWIN_HARD_SWISH_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct HardSwishParams {
  int32_t size;                ///< >= 1; number of elements
  int32_t input_zero_point;    ///< [-128, 127]
  int32_t output_zero_point;   ///< [-128, 127]
  int32_t output_multiplier;   ///< [0, 32767]; Q15 of input scale / 128 / output scale
  int32_t output_shift;        ///< [-31, 0], positive = left
  int32_t reluish_multiplier;  ///< [0, 32767]; Q15 of input scale / 128 * 32768 / 3
  int32_t reluish_shift;       ///< [-31, 31], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_hard_swish_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("output_multiplier", p.output_multiplier);
  visit("output_shift", p.output_shift);
  visit("reluish_multiplier", p.reluish_multiplier);
  visit("reluish_shift", p.reluish_shift);
}

[[nodiscard]] constexpr Status hard_swish_check(const HardSwishParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (!in_int8(p.input_zero_point) || !in_int8(p.output_zero_point)) return Status::kBadZeroPoint;
  if (p.output_multiplier < 0 || p.output_multiplier > kInt16Max) return Status::kBadMultiplier;
  if (p.reluish_multiplier < 0 || p.reluish_multiplier > kInt16Max) return Status::kBadMultiplier;
  if (p.output_shift < -31 || p.output_shift > 0) return Status::kBadShift;
  if (p.reluish_shift < -31 || p.reluish_shift > 31) return Status::kBadShift;
  return Status::kOk;
}

namespace detail {

/// a * b / 2^15 of int16 factors, b >= 0, rounded to nearest, ties towards +infinity.
[[nodiscard]] constexpr int32_t rounding_doubling_high_mul_s16(int32_t a, int32_t b) {
  return (a * b + (int32_t{1} << 14)) >> 15;
}

/// An int16 divided by 2^exponent, ties away from zero. exponent in [0, 31].
[[nodiscard]] constexpr int32_t rounding_divide_by_pot_s16(int32_t value, int exponent) {
  // gemmlowp's mask of the bits that are lost is an int16 too: from 16 bits on it is -1, and no bits count as a 1.
  if (exponent > 15) return value < 0 ? -1 : 1;
  return rounding_divide_by_pot(value, exponent);
}

/// value * 2^exponent, saturated to int16. exponent in [0, 31].
[[nodiscard]] constexpr int32_t saturating_shift_left_s16(int32_t value, int exponent) {
  return static_cast<int32_t>(
      clamp(value * (int64_t{1} << exponent), static_cast<int64_t>(kInt16Min), static_cast<int64_t>(kInt16Max)));
}

[[nodiscard]] constexpr int32_t hard_swish(const HardSwishParams& p, int32_t code) {
  const int32_t x = (code - p.input_zero_point) * 128;
  const int32_t scaled = rounding_doubling_high_mul_s16(x, p.output_multiplier);
  // x / 3 as Q0.15, saturated: the last of its left shifts comes after the product, so that only it can saturate.
  int32_t third = p.reluish_shift > 0 ? saturating_shift_left_s16(x, p.reluish_shift - 1) : x;
  third = rounding_doubling_high_mul_s16(third, p.reluish_multiplier);
  if (p.reluish_shift > 0) third = saturating_shift_left_s16(third, 1);
  if (p.reluish_shift < 0) third = rounding_divide_by_pot_s16(third, -p.reluish_shift);
  const int32_t gate = (third + 32768) >> 1;      // clamp(x + 3, 0, 6) / 6 as Q0.15
  const int32_t product = gate * scaled / 32768;  // towards zero
  // The reference adds the zero point in int16, where it may wrap.
  const int32_t output = rounding_divide_by_pot_s16(product, -p.output_shift) + p.output_zero_point;
  return clamp(int32_t{static_cast<int16_t>(output)}, kInt8Min, kInt8Max);
}

}  // namespace detail

/// output = hard_swish(input).
///
/// input, output [size] int8
/// `p` passed hard_swish_check; no scratch.
inline void hard_swish_s8(const HardSwishParams& p, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = static_cast<int8_t>(detail::hard_swish(p, input[i]));
}

}  // namespace edgetwin

#endif  // EDGETWIN_HARD_SWISH_HPP_
