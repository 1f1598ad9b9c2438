// Fixed-point exp, log, reciprocal, inverse square root, logistic and tanh, as gemmlowp defines them and the boards
// compute them. A raw int32 with n integer bits stands for raw * 2^(n - 31); products are
// saturating_rounding_doubling_high_mul, which adds the integer bits of its factors.
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

/// log(x) for x >= 1 with `input_bits` integer bits; the result has `output_bits` integer bits.
template <int input_bits, int output_bits>
[[nodiscard]] constexpr int32_t log(int32_t x) {
  constexpr int kPowerBits = output_bits + 1;        // one more, so that power * log(2) does not saturate
  constexpr int32_t kLog2 = 1488522236;              // log(2) in Q0.31
  constexpr int32_t kFourthRootOfHalf = 1805811301;  // 2^(-1/4) in Q0.31
  constexpr int32_t kRootOfHalf = 1518500250;        // 2^(-1/2) in Q0.31
  constexpr int32_t kNumerator = 117049297;          // 11/240 * 2^(1/4) in Q0.31
  constexpr int32_t kSquare = 127690142;             // 1/20 * 2^(1/4) in Q0.31
  constexpr int32_t kConstant = 1057819769;          // 2 * 2^(-1/4) - 2^(1/4) in Q0.31
  constexpr int32_t kLinear = 638450708;             // 1/4 * 2^(1/4) in Q0.31
  constexpr int32_t kQuarter = int32_t{1} << (31 - kPowerBits - 2);
  // x = r * 2^power with r around 2^(-1/4): normalised as it is, or as x * 2^(-1/2), whichever r is smaller.
  const int zeros = count_leading_zeros(static_cast<uint32_t>(x));
  const int32_t r_even = multiply_by_pot<1>(mul(wrapping_shift_left(x, zeros - 1), kRootOfHalf));
  const int32_t power_even = (input_bits - zeros) * (int32_t{1} << (31 - kPowerBits)) + kQuarter;
  const int headroom = count_leading_zeros(static_cast<uint32_t>(mul(x, kRootOfHalf))) - 1;
  const int64_t shifted = static_cast<int64_t>(x) << headroom;
  const int32_t r_odd = shifted > kInt32Max ? kInt32Max : static_cast<int32_t>(shifted);
  const int32_t power_odd = (input_bits - headroom) * (int32_t{1} << (31 - kPowerBits)) - kQuarter;
  const int32_t r = min_of(r_even, r_odd);
  const int32_t power = max_of(power_even, power_odd);
  // A rational function of r for the logarithm of r * 2^(1/4).
  const int32_t p = rounding_half_sum(r, kFourthRootOfHalf);
  const int32_t q = (r - kFourthRootOfHalf) * 2;
  const int32_t square = mul(q, q);
  const int32_t numerator = mul(q, r) + mul(mul(q, square), kNumerator);
  const int32_t denominator_less_one = mul(p, kConstant + q + mul(kSquare, square)) + mul(kLinear, q);
  const int32_t quotient = mul(multiply_by_pot<-kPowerBits>(numerator), one_over_one_plus(denominator_less_one));
  return multiply_by_pot<kPowerBits - output_bits>(mul(power, kLog2) + quotient);
}

/// A positive real number: multiplier * 2^(shift - 31).
struct Scale {
  int32_t multiplier;
  int32_t shift;  ///< positive = left
};

/// 1 / sqrt(x) for x >= 1 by Newton's iteration in Q3.28; for 0 the same as for 1. The shift is in [-15, 0].
[[nodiscard]] constexpr Scale inverse_sqrt(int32_t x) {
  if (x <= 1) return {kInt32Max, 0};
  int right = 11;
  for (; x >= int32_t{1} << 29; x /= 4) ++right;
  const int pairs = (count_leading_zeros(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  x <<= 2 * pairs;  // now in [2^27, 2^29)
  constexpr int32_t kOne = int32_t{1} << 28;
  constexpr int32_t kThreeHalves = kOne + kOne / 2;
  constexpr int32_t kRootOfHalf = 1518500250;  // 2^(-1/2) in Q0.31
  const int32_t half = rounding_divide_by_pot(x >> 1, 1);
  int32_t root = kOne;
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = multiply_by_pot<6>(mul(mul(root, root), root));
    root = multiply_by_pot<3>(wrapping_sub(mul(kThreeHalves, root), mul(half, cube)));
  }
  root = mul(root, kRootOfHalf);
  return right < 0 ? Scale{wrapping_shift_left(root, -right), 0} : Scale{root, -right};
}

}  // namespace edgetwin::fixed

#endif  // EDGETWIN_MATH_HPP_
