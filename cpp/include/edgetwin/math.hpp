// Fixed-point exp, reciprocal, logistic and tanh, as gemmlowp defines them and the boards compute them.
// A raw int32 with n integer bits stands for raw * 2^(n - 31); products are saturating_rounding_doubling_high_mul,
// which adds the integer bits of its factors.
#ifndef EDGETWIN_MATH_HPP_
#define EDGETWIN_MATH_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin::fixed {

/// a * b of two raw values.
[[nodiscard]] constexpr int32_t mul(int32_t a, int32_t b) { return saturating_rounding_doubling_high_mul(a, b); }

/// raw * 2^exponent: saturating for exponent > 0, rounded half away from zero for exponent < 0.
template <int exponent>
[[nodiscard]] constexpr int32_t multiply_by_pot(int32_t raw) {
  if constexpr (exponent > 0) {
    constexpr int32_t kLimit = (int32_t{1} << (31 - exponent)) - 1;
    return raw > kLimit ? kInt32Max : raw < -kLimit ? kInt32Min : wrapping_shift_left(raw, exponent);
  } else {
    return rounding_divide_by_pot(raw, -exponent);
  }
}

/// (a + b) / 2 rounded half away from zero, without overflow.
[[nodiscard]] constexpr int32_t rounding_half_sum(int32_t a, int32_t b) {
  const int64_t sum = static_cast<int64_t>(a) + b;
  return static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// Number of leading zero bits of a value that is not 0.
[[nodiscard]] constexpr int count_leading_zeros(uint32_t value) {
  int count = 0;
  for (uint32_t bit = uint32_t{1} << 31; (value & bit) == 0; bit >>= 1) ++count;
  return count;
}

namespace detail {

/// exp(a) for a in [-1/4, 0), Q0.31 in and out: a Taylor polynomial of degree 4 around -1/8.
[[nodiscard]] constexpr int32_t exp_on_last_quarter(int32_t a) {
  constexpr int32_t kExpMinusEighth = 1895147668;  // exp(-1/8) in Q0.31
  constexpr int32_t kOneThird = 715827883;         // 1/3 in Q0.31
  const int32_t x = a + (int32_t{1} << 28);        // + 1/8
  const int32_t x2 = mul(x, x);
  const int32_t x3 = mul(x2, x);
  const int32_t x4 = mul(x2, x2);
  const int32_t x4_over_4 = multiply_by_pot<-2>(x4);
  const int32_t higher = multiply_by_pot<-1>(mul(x4_over_4 + x3, kOneThird) + x2);
  return wrapping_add(kExpMinusEighth, mul(kExpMinusEighth, x + higher));
}

/// Newton's iteration for 1 / d, d = (a + 1) / 2 in [1/2, 1], a in Q0.31; the result has 2 integer bits.
[[nodiscard]] constexpr int32_t reciprocal_of_half_sum(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810;        // in Q2.29
  constexpr int32_t kMinus32Over17 = -1010580540;  // in Q2.29
  constexpr int32_t kOne = int32_t{1} << 29;       // 1 in Q2.29
  const int32_t d = rounding_half_sum(a, kInt32Max);
  int32_t x = wrapping_add(k48Over17, mul(d, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const int32_t error = wrapping_sub(kOne, mul(d, x));
    x = wrapping_add(x, multiply_by_pot<2>(mul(x, error)));
  }
  return x;
}

}  // namespace detail

/// exp(a) for a <= 0 with `integer_bits` (0 to 5) integer bits; the result is Q0.31.
template <int integer_bits>
[[nodiscard]] constexpr int32_t exp_on_negative_values(int32_t a) {
  static_assert(integer_bits >= 0 && integer_bits <= 5, "below exp(-32) the polynomial would have to be clamped");
  constexpr int kFractionBits = 31 - integer_bits;
  constexpr int32_t kQuarter = int32_t{1} << (kFractionBits - 2);
  if (a == 0) return kInt32Max;
  const int32_t last_quarter = (a & (kQuarter - 1)) - kQuarter;
  int32_t result = detail::exp_on_last_quarter(multiply_by_pot<integer_bits>(last_quarter));
  const int32_t remainder = wrapping_sub(last_quarter, a);
  // exp(-2^k) in Q0.31 for k = -2 to 4: one factor for every bit of the remainder.
  constexpr int32_t kFactors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int k = -2; k < integer_bits; ++k) {
    if ((remainder & (int32_t{1} << (kFractionBits + k))) != 0) result = mul(result, kFactors[k + 2]);
  }
  return result;
}

/// 1 / (1 + a) for a in [0, 1], Q0.31 in and out.
[[nodiscard]] constexpr int32_t one_over_one_plus(int32_t a) {
  // 1 / (1 + a) is half of the iteration's result: Q2.29 read with one integer bit less, then brought to Q0.31.
  return multiply_by_pot<1>(detail::reciprocal_of_half_sum(a));
}

/// (1 - a) / (1 + a) for a in [0, 1], Q0.31 in and out.
[[nodiscard]] constexpr int32_t one_minus_over_one_plus(int32_t a) {
  return multiply_by_pot<2>(wrapping_sub(detail::reciprocal_of_half_sum(a), int32_t{1} << 29));
}

/// 1 / x for x > 0 with `integer_bits` integer bits: a Q0.31 in [1/2, 1] and the power of two that it is to be divided
/// by.
[[nodiscard]] constexpr int32_t reciprocal(int32_t x, int integer_bits, int* bits_over_unit) {
  const int headroom = count_leading_zeros(static_cast<uint32_t>(x));
  *bits_over_unit = integer_bits - headroom;
  const uint32_t normalised = static_cast<uint32_t>(x) << headroom;
  return one_over_one_plus(static_cast<int32_t>(normalised - (uint32_t{1} << 31)));
}

/// 1 / (1 + exp(-a)), a with `integer_bits` integer bits; the result is Q0.31.
template <int integer_bits>
[[nodiscard]] constexpr int32_t logistic(int32_t a) {
  if (a == 0) return int32_t{1} << 30;
  const int32_t positive = one_over_one_plus(exp_on_negative_values<integer_bits>(a > 0 ? wrapping_sub(0, a) : a));
  return a > 0 ? positive : kInt32Max - positive;
}

/// tanh(a), a with `integer_bits` (at most 4) integer bits; the result is Q0.31.
template <int integer_bits>
[[nodiscard]] constexpr int32_t tanh(int32_t a) {
  if (a == 0) return 0;
  // The same raw value with one integer bit more is 2 a.
  const int32_t t = one_minus_over_one_plus(exp_on_negative_values<integer_bits + 1>(a > 0 ? wrapping_sub(0, a) : a));
  return a > 0 ? t : wrapping_sub(0, t);
}

}  // namespace edgetwin::fixed

#endif  // EDGETWIN_MATH_HPP_
