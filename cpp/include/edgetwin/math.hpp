// Fixed-point exp, log, reciprocal, inverse square root, logistic and tanh, as gemmlowp defines them and the boards
// compute them. A raw int32 with n integer bits stands for raw * 2^(n - 31); products are
// saturating_rounding_doubling_high_mul, which adds the integer bits of its factors. exp, logistic and tanh work on
// int16 too, of raw * 2^(n - 15): Raw is either.
#ifndef EDGETWIN_MATH_HPP_
#define EDGETWIN_MATH_HPP_

#include <type_traits>

#include "edgetwin/requantize.hpp"

namespace edgetwin::fixed {

/// a * b of two raw values.
[[nodiscard]] constexpr int32_t mul(int32_t a, int32_t b) { return saturating_rounding_doubling_high_mul(a, b); }

[[nodiscard]] constexpr int16_t mul(int16_t a, int16_t b) {
  if (a == kInt16Min && b == kInt16Min) return static_cast<int16_t>(kInt16Max);
  return static_cast<int16_t>((int32_t{a} * b + (int32_t{1} << 14)) >> 15);
}

/// raw * 2^exponent: saturating for exponent > 0, rounded half away from zero for exponent < 0.
template <int exponent, class Raw>
[[nodiscard]] constexpr Raw multiply_by_pot(Raw raw) {
  if constexpr (exponent > 0) {
    using Limits = std::numeric_limits<Raw>;
    constexpr Raw kLimit = static_cast<Raw>((Raw{1} << (Limits::digits - exponent)) - 1);
    if (raw > kLimit) return Limits::max();
    return raw < -kLimit ? Limits::min() : static_cast<Raw>(wrapping_shift_left(raw, exponent));
  } else {
    return static_cast<Raw>(rounding_divide_by_pot(raw, -exponent));
  }
}

/// (a + b) / 2 rounded half away from zero, without overflow.
template <class Raw>
[[nodiscard]] constexpr Raw rounding_half_sum(Raw a, Raw b) {
  const int64_t sum = static_cast<int64_t>(a) + b;
  return static_cast<Raw>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// Number of leading zero bits of a value that is not 0.
[[nodiscard]] constexpr int count_leading_zeros(uint32_t value) {
  int count = 0;
  for (uint32_t bit = uint32_t{1} << 31; (value & bit) == 0; bit >>= 1) ++count;
  return count;
}

namespace detail {

/// The low bits of a sum.
template <class Raw>
[[nodiscard]] constexpr Raw wrapped(int64_t value) {
  return static_cast<Raw>(static_cast<std::make_unsigned_t<Raw>>(value));
}

/// A constant of an int32 in Raw, rounded.
template <class Raw>
[[nodiscard]] constexpr Raw constant(int32_t value) {
  return static_cast<Raw>(rounding_divide_by_pot(value, 31 - std::numeric_limits<Raw>::digits));
}

/// exp(a) for a in [-1/4, 0), no integer bits in and out: a Taylor polynomial of degree 4 around -1/8.
template <class Raw>
[[nodiscard]] constexpr Raw exp_on_last_quarter(Raw a) {
  constexpr Raw kExpMinusEighth = constant<Raw>(1895147668);                 // exp(-1/8)
  constexpr Raw kOneThird = constant<Raw>(715827883);                        // 1/3
  const Raw x = wrapped<Raw>(int64_t{a} + constant<Raw>(int32_t{1} << 28));  // + 1/8
  const Raw x2 = mul(x, x);
  const Raw x3 = mul(x2, x);
  const Raw x4 = mul(x2, x2);
  const Raw x4_over_4 = multiply_by_pot<-2>(x4);
  const Raw higher =
      multiply_by_pot<-1>(wrapped<Raw>(int64_t{mul(wrapped<Raw>(int64_t{x4_over_4} + x3), kOneThird)} + x2));
  const int64_t sum = int64_t{kExpMinusEighth} + mul(kExpMinusEighth, wrapped<Raw>(int64_t{x} + higher));
  // The definition saturates 16 bits and wraps 32.
  return sizeof(Raw) == sizeof(int16_t) ? wrapped<Raw>(clamp<int64_t>(sum, kInt16Min, kInt16Max)) : wrapped<Raw>(sum);
}

/// Newton's iteration for 1 / d, d = (a + 1) / 2 in [1/2, 1], a without integer bits; the result has 2 of them.
template <class Raw>
[[nodiscard]] constexpr Raw reciprocal_of_half_sum(Raw a) {
  constexpr Raw k48Over17 = constant<Raw>(1515870810);
  constexpr Raw kMinus32Over17 = constant<Raw>(-1010580540);
  constexpr Raw kOne = constant<Raw>(int32_t{1} << 29);
  const Raw d = rounding_half_sum(a, std::numeric_limits<Raw>::max());
  Raw x = wrapped<Raw>(int64_t{k48Over17} + mul(d, kMinus32Over17));
  for (int i = 0; i < 3; ++i) {
    const Raw error = wrapped<Raw>(int64_t{kOne} - mul(d, x));
    x = wrapped<Raw>(int64_t{x} + multiply_by_pot<2>(mul(x, error)));
  }
  return x;
}

}  // namespace detail

/// exp(a) for a <= 0 with `integer_bits` (0 to 5) integer bits; the result has none.
template <int integer_bits, class Raw>
[[nodiscard]] constexpr Raw exp_on_negative_values(Raw a) {
  static_assert(integer_bits >= 0 && integer_bits <= 5, "below exp(-32) the polynomial would have to be clamped");
  constexpr int kFractionBits = std::numeric_limits<Raw>::digits - integer_bits;
  constexpr Raw kQuarter = static_cast<Raw>(Raw{1} << (kFractionBits - 2));
  if (a == 0) return std::numeric_limits<Raw>::max();
  const Raw last_quarter = static_cast<Raw>((a & (kQuarter - 1)) - kQuarter);
  Raw result = detail::exp_on_last_quarter(multiply_by_pot<integer_bits>(last_quarter));
  const Raw remainder = detail::wrapped<Raw>(int64_t{last_quarter} - a);
  // exp(-2^k) in Q0.31 for k = -2 to 4: one factor for every bit of the remainder.
  constexpr int32_t kFactors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int k = -2; k < integer_bits; ++k) {
    if ((remainder & (Raw{1} << (kFractionBits + k))) != 0) {
      result = mul(result, detail::constant<Raw>(kFactors[k + 2]));
    }
  }
  return result;
}

/// 1 / (1 + a) for a in [0, 1], no integer bits in and out.
template <class Raw>
[[nodiscard]] constexpr Raw one_over_one_plus(Raw a) {
  // 1 / (1 + a) is half of the iteration's result: read with one integer bit less, then with none.
  return multiply_by_pot<1>(detail::reciprocal_of_half_sum(a));
}

/// (1 - a) / (1 + a) for a in [0, 1], no integer bits in and out.
template <class Raw>
[[nodiscard]] constexpr Raw one_minus_over_one_plus(Raw a) {
  const Raw one = detail::constant<Raw>(int32_t{1} << 29);
  return multiply_by_pot<2>(detail::wrapped<Raw>(int64_t{detail::reciprocal_of_half_sum(a)} - one));
}

/// 1 / x for x > 0 with `integer_bits` integer bits: a Q0.31 in [1/2, 1] and the power of two that it is to be divided
/// by.
[[nodiscard]] constexpr int32_t reciprocal(int32_t x, int integer_bits, int* bits_over_unit) {
  const int headroom = count_leading_zeros(static_cast<uint32_t>(x));
  *bits_over_unit = integer_bits - headroom;
  const uint32_t normalised = static_cast<uint32_t>(x) << headroom;
  return one_over_one_plus(static_cast<int32_t>(normalised - (uint32_t{1} << 31)));
}

/// 1 / (1 + exp(-a)), a with `integer_bits` integer bits; the result has none.
template <int integer_bits, class Raw>
[[nodiscard]] constexpr Raw logistic(Raw a) {
  using Limits = std::numeric_limits<Raw>;
  if (a == 0) return static_cast<Raw>(Raw{1} << (Limits::digits - 1));
  const Raw negative = a > 0 ? detail::wrapped<Raw>(-int64_t{a}) : a;
  const Raw positive = one_over_one_plus(exp_on_negative_values<integer_bits>(negative));
  return a > 0 ? positive : detail::wrapped<Raw>(int64_t{Limits::max()} - positive);
}

/// tanh(a), a with `integer_bits` (at most 4) integer bits; the result has none.
template <int integer_bits, class Raw>
[[nodiscard]] constexpr Raw tanh(Raw a) {
  if (a == 0) return 0;
  const Raw negative = a > 0 ? detail::wrapped<Raw>(-int64_t{a}) : a;
  // The same raw value with one integer bit more is 2 a.
  const Raw t = one_minus_over_one_plus(exp_on_negative_values<integer_bits + 1>(negative));
  return a > 0 ? t : detail::wrapped<Raw>(-int64_t{t});
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
