// Decimation by 3 or 10 as Edge Impulse's spectral block does it: a Chebyshev low-pass of type I (order 8, ripple 0.05
// dB, edge at 0.8 of the new Nyquist frequency), causal, started in the steady state of the first sample.
//
// Its poles lie so close to 1 that a recursion in float32 loses four digits; this one computes with pairs of float32.
#ifndef EDGETWIN_DECIMATE_HPP_
#define EDGETWIN_DECIMATE_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// high + low, |low| at most half a last place of high.
template <class Real>
struct Pair {
  Real high, low;
};

/// a + b without an error.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Pair<Real> exact_sum(Real a, Real b) {
  const Real sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

/// The same for |a| >= |b|.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Pair<Real> ordered_sum(Real a, Real b) {
  const Real sum = a + b;
  return {sum, b - (sum - a)};
}

template <class Real>
[[nodiscard, gnu::always_inline]] inline Pair<Real> operator+(Pair<Real> a, Pair<Real> b) {
  const Pair<Real> sum = exact_sum(a.high, b.high);
  return ordered_sum(sum.high, sum.low + (a.low + b.low));
}

template <class Real>
[[nodiscard, gnu::always_inline]] inline Pair<Real> operator-(Pair<Real> a) {
  return {-a.high, -a.low};
}

/// A constant of about 48 bits; head + tail = high, with 12 bits each.
struct LongConstant {
  float high, low, head, tail;
};

[[nodiscard]] constexpr LongConstant long_constant(double value) {
  const float high = static_cast<float>(value);
  const float shifted = 4097.0F * high;  // Veltkamp's splitting
  const float head = shifted - (shifted - high);
  return {high, static_cast<float>(value - double{high}), head, high - head};
}

/// Dekker's product: those of halves are exact.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Pair<Real> product(const LongConstant& c, Pair<Real> x) {
  using L = Lanes<Real>;
  const Real head = L::from_bits(L::bits(x.high) & typename L::Int(-4096)), tail = x.high - head;
  const Real c_head(c.head), c_tail(c.tail), c_high(c.high);
  const Real rounded = product(c_high, x.high);
  const Real lost =
      (((product(c_head, head) - rounded) + product(c_head, tail)) + product(c_tail, head)) + product(c_tail, tail);
  return ordered_sum(rounded, lost + (product(c_high, x.low) + product(Real(c.low), x.high)));
}

/// Sections with numerator 1 + 2 z^-1 + z^-2 and denominator 1 + a1 z^-1 + a2 z^-2, behind one gain.
struct DecimationFilter {
  int32_t ratio;
  LongConstant gain;
  struct {
    LongConstant a1, a2;
  } sections[4];
};

namespace detail {

constexpr DecimationFilter decimation_filter(int32_t ratio, double gain, const double (&a)[8]) {
  DecimationFilter filter = {ratio, long_constant(gain), {}};
  for (int32_t i = 0; i < 4; ++i) {
    filter.sections[i] = {long_constant(a[2 * i]), long_constant(a[2 * i + 1])};
  }
  return filter;
}

}  // namespace detail

inline constexpr DecimationFilter kDecimateBy3 =
    detail::decimation_filter(3, 3.479954739908498e-05,
                              {-1.416907422639627, 0.5204552955670066, -1.3342748248687593, 0.594631953081447,
                               -1.237675162600336, 0.7259326611233617, -1.2180861262950025, 0.8987833581253264});
inline constexpr DecimationFilter kDecimateBy10 =
    detail::decimation_filter(10, 3.5863243209995223e-09,
                              {-1.8204968644767618, 0.8308597403796137, -1.8289505620176847, 0.8553173710387741,
                               -1.8517334482627625, 0.9015161055713813, -1.8965395961864169, 0.9644245584642932});

/// Replaces `size` values, at least 1, by every ratio-th of the filtered ones; returns how many those are.
template <class Real>
inline int32_t decimate(const DecimationFilter& filter, Real* values, int32_t size) {
  // The filter is linear: what the first sample's level gives is its gain for a constant, and the rest starts at rest.
  constexpr LongConstant kLevel = long_constant(0.9942600739529567);  // 10^(-0.05 / 20)
  const Real zero(0.0F), first = values[0];
  const Pair<Real> level = product(kLevel, Pair<Real>{first, zero});
  Pair<Real> state[8];
  for (Pair<Real>& s : state) s = {zero, zero};
  int32_t kept = 0;
  for (int32_t i = 0; i < size; ++i) {
    Pair<Real> x = product(filter.gain, exact_sum(values[i], -first));
    for (int32_t s = 0; s < 4; ++s) {
      const auto& section = filter.sections[s];
      const Pair<Real> y = x + state[2 * s];
      const Real two(2.0F);  // x + x, too, would be fused, as 2 x
      const Pair<Real> twice = {product(x.high, two), product(x.low, two)};
      state[2 * s] = (twice + -product(section.a1, y)) + state[2 * s + 1];
      state[2 * s + 1] = x + -product(section.a2, y);
      x = y;
    }
    if (i % filter.ratio == 0) {
      const Pair<Real> y = x + level;
      values[kept++] = y.high + y.low;
    }
  }
  return kept;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_DECIMATE_HPP_
