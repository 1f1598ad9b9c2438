// Double precision for the few values that float32 leaves in doubt. Cores without the unit compute it in software:
// slow, so it is for rare cases and for what a plan computes once.
#ifndef EDGETWIN_WIDE_HPP_
#define EDGETWIN_WIDE_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// What the transform needs.
template <>
struct Lanes<double> {
  static constexpr int32_t kCount = 1;
  [[gnu::always_inline]] static double product(double a, double b) { return opaque(a * b); }
  [[gnu::always_inline]] static double kept(double x) { return opaque(x); }
};

/// exp(x) for |x| <= 700, to a few of the last bits.
[[nodiscard]] inline double wide_exp(double x) {
  const double turns = product(x, 1.4426950408889634074);
  int32_t n = static_cast<int32_t>(turns < 0 ? turns - 0.5 : turns + 0.5);
  // 32 bits of log(2) and the rest: the product of the first with n is exact.
  const double r = (x - product(static_cast<double>(n), 0.693147180369123816490)) -
                   product(static_cast<double>(n), 1.90821492927058770002e-10);
  double sum = 1.0;
  for (int32_t i = 18; i > 0; --i) sum = 1.0 + product(r, sum) / i;  // Taylor, |r| <= log(2) / 2
  const double factor = n < 0 ? 0.5 : 2.0;
  for (; n != 0; n += n < 0 ? 1 : -1) sum = product(sum, factor);
  return sum;
}

/// log(x) for x > 0 and finite: the root of exp, by Newton's method from the value in float32.
[[nodiscard]] inline double wide_log(double x) {
  double power = 0.0, m = x;
  for (; m > 1.5; m = product(m, 0.5)) power += 0.693147180559945309417;
  for (; m < 0.75; m = product(m, 2.0)) power -= 0.693147180559945309417;
  double y = m - 1.0;
  for (int32_t i = 0; i < 7; ++i) y = y + (product(m, wide_exp(-y)) - 1.0);
  return power + y;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_WIDE_HPP_
