// Means and moments in float32 that keep their digits: sums carry what each addition loses, spreads are taken about the
// mean in two passes, and powers are formed of values scaled to about one, so that nothing under- or overflows.
#ifndef EDGETWIN_MOMENTS_HPP_
#define EDGETWIN_MOMENTS_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// A sum and what its additions have rounded away (Knuth's two-sum): about twice the digits of Real.
template <class Real>
struct Sum {
  Real high = Real(0.0F);
  Real low = Real(0.0F);

  [[gnu::always_inline]] void add(Real x) {
    const Real total = high + x;
    const Real part = total - high;
    low = low + ((high - (total - part)) + (x - part));
    high = total;
  }
  [[nodiscard, gnu::always_inline]] Real value() const { return high + low; }
};

/// The mean of values[0], values[step], ..., `size` of them.
template <class Real>
[[nodiscard]] inline Real mean(const Real* values, int32_t size, int32_t step = 1) {
  Sum<Real> sum;
  for (int32_t i = 0; i < size; ++i) sum.add(values[i * step]);
  return quotient(sum.value(), Real(static_cast<float>(size)));
}

/// The power of two at or below |x| of ordinary size, and its reciprocal; both stay normal numbers.
template <class Real>
struct PowerOfTwo {
  Real value, reciprocal;
};

template <class Real>
[[nodiscard]] inline PowerOfTwo<Real> power_of_two_of(Real x) {
  using L = Lanes<Real>;
  using Int = typename L::Int;
  const Real bounded = smaller(larger(magnitude(x), Real(2.3509887e-38F)), Real(8.5070592e37F));  // 2^-125 and 2^126
  const Int exponent = L::bits(bounded) & Int(0x7F800000);
  return {L::from_bits(exponent), L::from_bits(Int(254 * 0x800000) - exponent)};
}

/// Population statistics about the mean.
template <class Real>
struct Moments {
  Real mean_square;  ///< of the values themselves
  Real deviation;    ///< the standard deviation
  Real skewness;     ///< m3 / m2^1.5; 0 where all values are equal
  Real kurtosis;     ///< m4 / m2^2 - 3; -3 where all values are equal
};

/// Of values that may have a large mean; a mean that is known as far as float32 holds it is subtracted first, and the
/// rest of it is found by a second pass.
template <class Real>
[[nodiscard]] inline Moments<Real> moments(const Real* values, int32_t size, Real about) {
  const Real count(static_cast<float>(size));
  Sum<Real> rest;
  Real largest(0.0F);
  for (int32_t i = 0; i < size; ++i) {
    const Real difference = values[i] - about;
    rest.add(difference);
    largest = larger(largest, magnitude(difference));
  }
  const Real correction = quotient(rest.value(), count);
  const PowerOfTwo<Real> scale = power_of_two_of(largest);
  Sum<Real> second, third, fourth;
  for (int32_t i = 0; i < size; ++i) {
    const Real z = product((values[i] - about) - correction, scale.reciprocal);
    const Real square = product(z, z);
    second.add(square);
    third.add(product(square, z));
    fourth.add(product(square, square));
  }
  const Real m2 = quotient(second.value(), count), m3 = quotient(third.value(), count),
             m4 = quotient(fourth.value(), count);
  const auto constant = m2 == Real(0.0F);
  const Real spread = select<Real>(constant, Real(1.0F), m2);
  const Real root = Lanes<Real>::square_root(spread);
  Moments<Real> result;
  const Real offset = about + correction;
  result.deviation = product(Lanes<Real>::square_root(m2), scale.value);
  result.mean_square = product(result.deviation, result.deviation) + product(offset, offset);
  result.skewness = select<Real>(constant, Real(0.0F), quotient(m3, product(spread, root)));
  result.kurtosis = select<Real>(constant, Real(-3.0F), quotient(m4, product(spread, spread)) - Real(3.0F));
  return result;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_MOMENTS_HPP_
