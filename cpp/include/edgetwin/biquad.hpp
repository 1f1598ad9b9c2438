// Recursive filters as cascades of second-order sections, causal, sample by sample, with the state in caller memory.
#ifndef EDGETWIN_BIQUAD_HPP_
#define EDGETWIN_BIQUAD_HPP_

#include "edgetwin/real.hpp"
#include "edgetwin/status.hpp"

namespace edgetwin::real {

/// H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2).
struct Section {
  float b0, b1, b2, a1, a2;
};

/// The most sections of a cascade: filters of order 16.
constexpr int32_t kMaxSections = 8;

/// One sample through `count` sections, each in transposed direct form II with the rounding order of SciPy's sosfilt.
/// state  [2 * count], zeros at the start
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real cascade_step(const Section* sections, int32_t count, Real* state,
                                                           Real x) {
  for (int32_t i = 0; i < count; ++i) {
    const Section& s = sections[i];
    const Real y = product(Real(s.b0), x) + state[2 * i];
    state[2 * i] = (product(Real(s.b1), x) - product(Real(s.a1), y)) + state[2 * i + 1];
    state[2 * i + 1] = product(Real(s.b2), x) - product(Real(s.a2), y);
    x = y;
  }
  return x;
}

namespace detail {

/// Of a number of sections that the compiler knows, so that states stay in registers.
template <int32_t count, class Real>
inline void known_cascade(const Section* sections, Real* state, Real* values, int32_t size) {
  Real own[2 * count];
  for (int32_t i = 0; i < 2 * count; ++i) own[i] = state[i];
  for (int32_t i = 0; i < size; ++i) values[i] = cascade_step(sections, count, own, values[i]);
  for (int32_t i = 0; i < 2 * count; ++i) state[i] = own[i];
}

}  // namespace detail

/// `size` samples in place; blocks of any size give the same as single samples.
template <class Real>
inline void cascade(const Section* sections, int32_t count, Real* state, Real* values, int32_t size) {
  // Not on the device, where code is short.
  if constexpr (Lanes<Real>::kCount > 1) {
    if (count == 1) return detail::known_cascade<1>(sections, state, values, size);
    if (count == 2) return detail::known_cascade<2>(sections, state, values, size);
    if (count == 3) return detail::known_cascade<3>(sections, state, values, size);
    if (count == 4) return detail::known_cascade<4>(sections, state, values, size);
  }
  for (int32_t i = 0; i < size; ++i) values[i] = cascade_step(sections, count, state, values[i]);
}

/// Whether every pole of the section, as float32 holds it, lies inside the unit circle.
[[nodiscard]] constexpr bool is_stable(const Section& s) {
  const double a1 = s.a1 < 0 ? -double{s.a1} : double{s.a1};
  return s.a2 < 1.0F && a1 < 1.0 + double{s.a2};
}

enum class Band : int32_t { kLow = 0, kHigh = 1 };

namespace detail {

struct SineCosine {
  double sine, cosine;
};

/// sin(pi x) and cos(pi x) for 0 <= x <= 1/2, to a few last bits.
[[nodiscard]] inline SineCosine sine_cosine_pi(double x) {
  const bool swapped = x > 0.25;
  const double angle = opaque(3.141592653589793 * (swapped ? 0.5 - x : x));
  const double square = opaque(angle * angle);
  double sine = 1.0, cosine = 1.0;  // Horner's form of the Taylor series
  for (int32_t i = 22; i > 0; i -= 2) {
    sine = 1.0 - opaque(opaque(square * sine) / (i * (i + 1)));  // a quotient by 2 is a product, too
    cosine = 1.0 - opaque(opaque(square * cosine) / (i * (i - 1)));
  }
  sine = opaque(sine * angle);
  return swapped ? SineCosine{cosine, sine} : SineCosine{sine, cosine};
}

}  // namespace detail

/// The sections of a digital Butterworth filter (bilinear transform with prewarping), order / 2 of them, ordered and
/// scaled as SciPy does: the pole pair nearest to the unit circle last, the whole gain in the first section. Computed
/// in double, rounded to float32. order      even, 2 .. 2 * kMaxSections cutoff_hz  0 < cutoff_hz < rate_hz / 2
[[nodiscard]] inline Status butterworth(Band band, int32_t order, double cutoff_hz, double rate_hz, Section* sections) {
  if (order < 2 || order % 2 != 0 || order > 2 * kMaxSections) return Status::kBadParameter;
  if (!(cutoff_hz > 0.0 && rate_hz <= std::numeric_limits<double>::max() && 2.0 * cutoff_hz < rate_hz)) {
    return Status::kBadParameter;
  }
  const detail::SineCosine edge = detail::sine_cosine_pi(cutoff_hz / rate_hz);
  const double a = edge.sine / edge.cosine, square = opaque(a * a);
  double gain = 1.0;
  for (int32_t i = 0; i < order / 2; ++i) {
    // Section i has the i-th largest damping; the spread of the poles' angles is even.
    const double position = static_cast<double>(order - 1 - 2 * i) / (2 * order);
    const double damping = opaque(2.0 * opaque(a * detail::sine_cosine_pi(position).sine));
    const double scale = (square + damping) + 1.0;
    gain = opaque(gain * ((band == Band::kLow ? square : 1.0) / scale));
    const double a1 = -2.0 * ((1.0 - square) / scale), a2 = ((square - damping) + 1.0) / scale;
    const float middle = band == Band::kLow ? 2.0F : -2.0F;
    sections[i] = {1.0F, middle, 1.0F, static_cast<float>(a1), static_cast<float>(a2)};
  }
  const float first = static_cast<float>(gain);
  sections[0].b0 = first;
  sections[0].b1 = product(sections[0].b1, first);
  sections[0].b2 = first;
  for (int32_t i = 0; i < order / 2; ++i) {
    if (!is_stable(sections[i])) return Status::kBadParameter;
  }
  return Status::kOk;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_BIQUAD_HPP_
