// Recursive filters for low cut-offs: second-order sections of two integrators, whose rounding does not grow as the
// cut-off falls. Those of biquad.hpp hold nearly equal numbers there, and their differences few digits.
#ifndef EDGETWIN_STATE_VARIABLE_HPP_
#define EDGETWIN_STATE_VARIABLE_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// With g = tan(pi fc / fs) and the damping k: a1 = 1 / (1 + g (g + k)), a2 = g a1, a3 = g a2. The output is
/// direct * x + band * (band-pass) + low * (low-pass), which makes any section with its poles inside the unit circle.
/// A. Simper, "Linear trapezoidal integrated state variable filter", 2013.
struct StateVariableSection {
  float a1, a2, a3, direct, band, low;
};

/// One sample through `count` sections.
/// state  [2 * count], zeros at the start
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real cascade_step(const StateVariableSection* sections, int32_t count,
                                                           Real* state, Real x) {
  for (int32_t i = 0; i < count; ++i) {
    const StateVariableSection& s = sections[i];
    Real &first = state[2 * i], &second = state[2 * i + 1];
    const Real rest = x - second;
    const Real band = product(Real(s.a1), first) + product(Real(s.a2), rest);
    const Real rise = product(Real(s.a2), first) + product(Real(s.a3), rest);
    const Real low = second + rise;
    first = band + (band - first);
    second = low + rise;
    x = product(Real(s.direct), x) + (product(Real(s.band), band) + product(Real(s.low), low));
  }
  return x;
}

/// Whether every pole of the section, as float32 holds it, lies inside the unit circle.
[[nodiscard]] inline bool is_stable(const StateVariableSection& s) {
  // The state's matrix is [[2 a1 - 1, -2 a2], [2 a2, 1 - 2 a3]].
  const auto twice = [](float x) { return opaque(2.0 * double{x}); };
  const double left = twice(s.a1) - 1.0, right = 1.0 - twice(s.a3), cross = twice(s.a2), trace = left + right;
  const double determinant = opaque(left * right) + opaque(cross * cross);
  return determinant < 1.0 && trace < 1.0 + determinant && -trace < 1.0 + determinant;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_STATE_VARIABLE_HPP_
