// Logarithms, exponential function, sine and cosine in float32, the same on every core: no library is called and
// nothing can be fused (see real.hpp). Largest errors over every 67th of the 2^32 inputs, in units of the last place:
// log 0.77, log10 0.66, exp 0.95, sin and cos 2.65 for arguments of any size.
#ifndef EDGETWIN_FLOAT_MATH_HPP_
#define EDGETWIN_FLOAT_MATH_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// x = (1 + fraction) * 2^exponent, x > 0 and finite, 1 + fraction in [2/3, 4/3).
template <class Real>
struct Split {
  Real exponent;
  Real fraction;
};

template <class Real>
[[nodiscard]] inline Split<Real> split(Real x) {
  using L = Lanes<Real>;
  using Int = typename L::Int;
  const auto subnormal = x < Real(1.17549435e-38F);
  const Int raw = L::bits(select<Real>(subnormal, product(x, Real(33554432.0F)), x)) - Int(0x3F2AAAAB);  // 2^25; 2/3
  const Real exponent = L::from_int(raw >> 23) - select<Real>(subnormal, Real(25.0F), Real(0.0F));
  return {exponent, L::from_bits((raw & Int(0x7FFFFF)) + Int(0x3F2AAAAB)) - Real(1.0F)};
}

/// log(1 + f) - f + f^2/2 for f in [-1/3, 1/3): f^3 times a minimax polynomial, 2^-30 of the logarithm.
template <class Real>
[[nodiscard]] inline Real log_remainder(Real f, Real square) {
  constexpr float kCoefficients[] = {0.333333357F,  -0.249998203F, 0.199995977F,  -0.166795785F, 0.143044567F,
                                     -0.121957763F, 0.107542354F,  -0.128450669F, 0.120071537F};
  return product(product(square, f), polynomial(f, kCoefficients));
}

/// The results that formulas for positive finite numbers do not give: -infinity of 0, NaN of negative numbers.
template <class Real>
[[nodiscard]] inline Real log_limits(Real x, Real result) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Real nan(std::numeric_limits<float>::quiet_NaN());
  const Real positive = select<Real>(x < Real(kInfinity), result, x);  // infinity and NaN stay
  return select<Real>(x > Real(0.0F), positive, select<Real>(x == Real(0.0F), Real(-kInfinity), nan));
}

/// The natural logarithm.
template <class Real>
[[nodiscard]] inline Real log(Real x) {
  const Split<Real> s = split(x);
  const Real f = s.fraction, square = product(f, f);
  const Real low = log_remainder(f, square) + product(s.exponent, Real(-2.9088971e-5F));
  // 14 bits of log(2): the product with an exponent is exact.
  const Real sum = product(s.exponent, Real(0.693176270F)) + (f + (low - product(square, Real(0.5F))));
  return log_limits(x, sum);
}

/// The decimal logarithm.
template <class Real>
[[nodiscard]] inline Real log10(Real x) {
  using L = Lanes<Real>;
  const Split<Real> s = split(x);
  const Real f = s.fraction, square = product(f, f), half = product(square, Real(0.5F));
  // log(1 + f) as high + low, high of 12 bits, so that its product with 12 bits of 1 / log(10) is exact.
  const Real high = L::from_bits(L::bits(f - half) & typename L::Int(-4096));
  const Real low = ((f - high) - half) + log_remainder(f, square);
  const Real whole = product(s.exponent, Real(0.301025391F));  // 14 bits of log10(2): exact
  const Real tail = (product(low + high, Real(-3.16899705e-5F)) + product(s.exponent, Real(4.60503916e-6F))) +
                    product(low, Real(0.434326172F));
  const Real body = product(high, Real(0.434326172F));
  const Real sum = whole + body;
  // What the sum of the exact parts loses: the part of the larger magnitude is `whole` unless it is 0.
  const Real lost = (whole - sum) + body;
  return log_limits(x, sum + (tail + lost));
}

/// exp(x): 0 below -104, infinity above 88.73.
template <class Real>
[[nodiscard]] inline Real exp(Real x) {
  using L = Lanes<Real>;
  using Int = typename L::Int;
  const Real bounded = smaller(Real(90.0F), larger(Real(-105.0F), x));  // NaN stays
  const Real n = nearest_integer(product(bounded, Real(1.44269502F)));
  // 14 bits of log(2): the product is exact, and so is the difference.
  const Real r = (bounded - product(n, Real(0.693176270F))) - product(n, Real(-2.9088971e-5F));
  constexpr float kCoefficients[] = {0.5F,           0.166666672F,   0.0416662358F,
                                     0.00833328534F, 0.00139488198F, 0.000199078379F};
  const Real value = Real(1.0F) + (r + product(product(r, r), polynomial(r, kCoefficients)));
  // 2^n as two factors, both normal: the first product is exact, the second rounds, also to subnormal numbers.
  const Int whole = L::bits(n + Real(12582912.0F)) - Int(0x4B400000);
  const Int half = whole >> 1;
  const Real first = L::from_bits((half + Int(127)) << 23), second = L::from_bits((whole - half + Int(127)) << 23);
  const Real result = product(product(value, first), second);
  return select<Real>(x == x, result, x);
}

namespace detail {

/// x = quarters * pi/2 + rest, |rest| <= pi/4, for finite |x|.
struct Quarters {
  uint32_t count;  ///< modulo 4
  float rest;
};

[[nodiscard]] inline Quarters quarters_of(float x) {
  // 256 bits of 2/pi behind the binary point; 0 in front.
  constexpr uint32_t kTwoOverPi[] = {0,          0xA2F9836E, 0x4E441529, 0xFC2757D1,
                                     0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB};
  const int32_t raw = Lanes<float>::bits(x) & 0x7FFFFFFF;
  // x = significand * 2^scale; what of 2/pi has a weight of 4 or more after the product does not count.
  const int32_t exponent = (raw >> 23) - 150;
  const uint64_t significand = static_cast<uint32_t>((raw & 0x7FFFFF) | 0x800000);
  // Bits of 2/pi from weight 2^(1 - exponent) downwards, 96 of them: the product modulo 4 with 70 bits behind the point
  // or more than float can use for small x.
  const int32_t skip = exponent > 0 ? exponent : 0;
  const int32_t first =
      30 + skip;  // position in the table, whose bit 32 has weight 2^-1; weight of this one: 2^(1 - skip)
  uint32_t words[3];
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t position = first + 32 * i, word = position / 32, bit = position % 32;
    words[i] = bit == 0 ? kTwoOverPi[word] : (kTwoOverPi[word] << bit) | (kTwoOverPi[word + 1] >> (32 - bit));
  }
  // words[0] has its top bit at weight 2^(1 - skip): times 2^skip that is a fixed-point number with 2 bits in front.
  const uint64_t low = significand * words[2];
  const uint64_t middle = significand * words[1] + (low >> 32);
  const uint64_t high = significand * words[0] + (middle >> 32);
  uint64_t turns = (high << 32) | (middle & 0xFFFFFFFFU);  // modulo 4, 62 bits behind the point
  if (exponent < 0) {
    // The product is to be shifted right; then its high part counts, too.
    const int32_t down = -exponent;
    turns = down < 64 ? (turns >> down) | (down > 0 ? (high >> 32) << (64 - down) : 0) : 0;
  }
  const uint64_t rounded = turns + (uint64_t{1} << 61);
  const int64_t rest = static_cast<int64_t>(turns - (rounded & ~((uint64_t{1} << 62) - 1)));
  const float angle = product(static_cast<float>(rest), 3.40612158e-19F);  // pi/2 * 2^-62
  const bool negative = Lanes<float>::bits(x) < 0;
  const uint32_t count = static_cast<uint32_t>(rounded >> 62);
  return {(negative ? 0U - count : count) & 3U, negative ? -angle : angle};
}

[[nodiscard]] inline float sine_of_rest(float x) {
  constexpr float kCoefficients[] = {-0.166666672F, 0.0083333293F, -0.000198393088F, 2.71808415e-6F};
  const float square = product(x, x);
  return x + product(product(x, square), polynomial(square, kCoefficients));
}

[[nodiscard]] inline float cosine_of_rest(float x) {
  constexpr float kCoefficients[] = {0.0416666456F, -0.00138873129F, 2.44327852e-5F};
  const float square = product(x, x);
  return (1.0F - product(square, 0.5F)) + product(product(square, square), polynomial(square, kCoefficients));
}

/// The sine of x plus so many quarters of a turn; NaN for infinities and NaN.
[[nodiscard]] inline float sine_of(float x, uint32_t more_quarters) {
  const float size = magnitude(x);
  if (!(size < std::numeric_limits<float>::infinity())) return std::numeric_limits<float>::quiet_NaN();
  if (more_quarters == 0 && size < 2.44140625e-4F) return x;  // x^3 / 6 is below half of a last place; keeps -0
  const Quarters q = size < 0.785398F ? Quarters{0, x} : quarters_of(x);
  const uint32_t quarter = q.count + more_quarters;
  const float value = quarter % 2 == 0 ? sine_of_rest(q.rest) : cosine_of_rest(q.rest);
  return quarter % 4 < 2 ? value : -value;
}

}  // namespace detail

/// The sine of x radians, of any size.
[[nodiscard]] inline float sin(float x) { return detail::sine_of(x, 0); }

/// The cosine of x radians, of any size.
[[nodiscard]] inline float cos(float x) { return detail::sine_of(x, 1); }

}  // namespace edgetwin::real

#endif  // EDGETWIN_FLOAT_MATH_HPP_
