// Multiplication by a real scale held as a Q31 multiplier and a shift: the heart of the int8 arithmetic.
#ifndef EDGETWIN_REQUANTIZE_HPP_
#define EDGETWIN_REQUANTIZE_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// floor((a * b + 2^30) / 2^31): the high half of twice the product, rounded to nearest, ties towards +infinity.
/// The one product that does not fit, INT32_MIN * INT32_MIN, saturates to INT32_MAX.
[[nodiscard]] constexpr int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
  if (a == kInt32Min && b == kInt32Min) return kInt32Max;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

/// value / 2^exponent rounded to nearest, ties away from zero. exponent in [0, 62].
[[nodiscard]] constexpr int32_t rounding_divide_by_pot(int32_t value, int exponent) {
  if (exponent == 0) return value;
  // 64 bits, so that adding half cannot overflow at either end of int32.
  const int64_t half = (int64_t{1} << (exponent - 1)) - (value < 0 ? 1 : 0);
  return static_cast<int32_t>((static_cast<int64_t>(value) + half) >> exponent);
}

/// value * 2^exponent modulo 2^32: the reference shifts left before multiplying and wraps. exponent in [0, 31].
[[nodiscard]] constexpr int32_t wrapping_shift_left(int32_t value, int exponent) {
  return static_cast<int32_t>(static_cast<uint32_t>(value) << exponent);
}

/// value * multiplier * 2^(shift - 31), rounded twice (after the product, then after the right shift).
/// multiplier >= 0; shift in [-31, 30], positive = left.
[[nodiscard]] constexpr int32_t requantize_double(int32_t value, int32_t multiplier, int32_t shift) {
  const int left = shift > 0 ? shift : 0;
  const int right = shift > 0 ? 0 : -shift;
  return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(wrapping_shift_left(value, left), multiplier),
                                right);
}

/// The same product rounded once, ties towards +infinity; the low 32 bits of the result.
/// multiplier >= 0; shift in [-31, 30], positive = left.
[[nodiscard]] constexpr int32_t requantize_single(int32_t value, int32_t multiplier, int32_t shift) {
  const int64_t product = static_cast<int64_t>(value) * multiplier;
  return static_cast<int32_t>((product + (int64_t{1} << (30 - shift))) >> (31 - shift));
}

/// A multiplier's upper 16 bits, rounded, but 2^15 - 1 where that would be one bit too many.
[[nodiscard]] constexpr int32_t reduced_multiplier(int32_t multiplier) {
  return multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
}

/// value * multiplier * 2^(shift - 31) for 64-bit sums: the multiplier is first reduced to its upper 16 bits, the
/// product is rounded once, ties towards +infinity; the low 32 bits of the result. multiplier >= 0; shift in [-31, 14],
/// positive = left. The reference asks for values of 48 bits and shifts up to 7, unchecked: wider values wrap modulo
/// 2^64 here, too, but shifts above 14 would have no meaning.
[[nodiscard]] constexpr int32_t requantize_wide(int64_t value, int32_t multiplier, int32_t shift) {
  const int32_t reduced = reduced_multiplier(multiplier);
  const uint64_t half = uint64_t{1} << (14 - shift);
  const uint64_t product = static_cast<uint64_t>(value) * static_cast<uint64_t>(reduced) + half;
  return static_cast<int32_t>(static_cast<int64_t>(product) >> (15 - shift));
}

/// requantize_double or requantize_single, with their ranges.
[[nodiscard]] constexpr int32_t requantize(int32_t value, int32_t multiplier, int32_t shift, Rounding rounding) {
  return rounding == Rounding::kDouble ? requantize_double(value, multiplier, shift)
                                       : requantize_single(value, multiplier, shift);
}

/// requantize_wide, whatever the rounding: TFLite Micro's reference kernels and every build of CMSIS-NN
/// (arm_nn_requantize_s64) compute sums of 64 bits alike, where the result lies within [-2^30, 2^30): CMSIS-NN narrows
/// to 32 bits before its last shift and wraps beyond.
[[nodiscard]] constexpr int32_t requantize(int64_t value, int32_t multiplier, int32_t shift, Rounding) {
  return requantize_wide(value, multiplier, shift);
}

/// The largest left shift that requantize takes for sums of type Sum, int32 or int64.
template <class Sum>
constexpr int32_t kMaxShift = sizeof(Sum) == sizeof(int32_t) ? 30 : 14;

/// kOk if every multiplier is >= 0 and every shift is in [-31, kMaxShift<Sum>]. Arrays of `count` elements.
template <class Sum = int32_t>
[[nodiscard]] constexpr Status check_requantize(const int32_t* multiplier, const int32_t* shift, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    if (multiplier[i] < 0) return Status::kBadMultiplier;
    if (shift[i] < -31 || shift[i] > kMaxShift<Sum>) return Status::kBadShift;
  }
  return Status::kOk;
}

}  // namespace edgetwin

#endif  // EDGETWIN_REQUANTIZE_HPP_
