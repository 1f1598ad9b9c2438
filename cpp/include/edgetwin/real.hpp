// Numbers that signal code computes with. It is written once, as templates over Real: float on the device, a SIMD
// vector of floats on the host, one window or axis per lane; every lane gives the bits of float.
//
// Compilers may fuse a * b + c into one instruction that rounds once, and those for Arm and RISC-V do by default. Then
// results would change with compiler, flags and core. So products are never written with `*` here but with product(),
// whose result is opaque to the compiler.
//
// Templates call log, exp and others of float_math.hpp by qualified names: argument-dependent lookup would find those
// of the host's vector library, which compute differently.
#ifndef EDGETWIN_REAL_HPP_
#define EDGETWIN_REAL_HPP_

#include <cstdint>
#include <limits>

namespace edgetwin::real {

/// `x`, of which the compiler does not know that it is a product. The register class is one that every target has, at
/// the price of two moves where floats live elsewhere; the instruction itself is empty.
template <class Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar opaque(Scalar x) {
  asm("" : "+r"(x));
  return x;
}

/// What the code needs to know of a type of numbers. The host specializes it for vectors.
/// Int   as many int32 as Real has lanes
/// Mask  what comparisons of Real give
template <class Real>
struct Lanes;

template <>
struct Lanes<float> {
  using Int = int32_t;
  using Mask = bool;
  static constexpr int32_t kCount = 1;

  [[gnu::always_inline]] static float product(float a, float b) { return opaque(a * b); }
  [[gnu::always_inline]] static float quotient(float a, float b) { return a / b; }
  [[gnu::always_inline]] static float kept(float x) { return opaque(x); }
  [[gnu::always_inline]] static float select(bool mask, float a, float b) { return mask ? a : b; }
  [[gnu::always_inline]] static int32_t bits(float x) {
    int32_t raw;
    __builtin_memcpy(&raw, &x, sizeof(raw));
    return raw;
  }
  [[gnu::always_inline]] static float from_bits(int32_t raw) {
    float x;
    __builtin_memcpy(&x, &raw, sizeof(x));
    return x;
  }
  /// Of a magnitude up to 2^24.
  [[gnu::always_inline]] static float from_int(int32_t value) { return static_cast<float>(value); }
  static float square_root(float x);
};

/// a * b, rounded, whatever is done with it.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real product(Real a, Real b) {
  return Lanes<Real>::product(a, b);
}

/// a / b as IEEE 754 rounds it, which `/` of some vectors does not.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real quotient(Real a, Real b) {
  return Lanes<Real>::quotient(a, b);
}

/// x itself. Loops of sums alone would become vector instructions of cores with MVE, which flush subnormal numbers to
/// zero where scalar ones do not; a value that is kept stays out of them.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real kept(Real x) {
  return Lanes<Real>::kept(x);
}

/// a where the mask holds, b elsewhere.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real select(typename Lanes<Real>::Mask mask, Real a, Real b) {
  return Lanes<Real>::select(mask, a, b);
}

/// The smaller one; b where they are equal or one is NaN.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real smaller(Real a, Real b) {
  return select<Real>(a < b, a, b);
}

/// The larger one; b where they are equal or one is NaN.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real larger(Real a, Real b) {
  return select<Real>(a > b, a, b);
}

template <class Real>
[[nodiscard, gnu::always_inline]] inline Real magnitude(Real x) {
  return Lanes<Real>::from_bits(Lanes<Real>::bits(x) & typename Lanes<Real>::Int(0x7FFFFFFF));
}

/// The nearest integer, ties to even, for |x| <= 2^22.
template <class Real>
[[nodiscard, gnu::always_inline]] inline Real nearest_integer(Real x) {
  const Real shift(12582912.0F);  // 1.5 * 2^23: sums with it have no bits below one
  return (x + shift) - shift;
}

/// coefficients[0] + coefficients[1] x + ... + coefficients[count - 1] x^(count - 1), by Horner's rule.
template <class Real, int32_t count>
[[nodiscard, gnu::always_inline]] inline Real polynomial(Real x, const float (&coefficients)[count]) {
  Real sum(coefficients[count - 1]);
  for (int32_t i = count - 2; i >= 0; --i) sum = product(sum, x) + Real(coefficients[i]);
  return sum;
}

/// The square root as IEEE 754 rounds it, in integers: cores without the instruction would call a library for it.
inline float Lanes<float>::square_root(float x) {
  constexpr int32_t kInfinity = 0x7F800000, kHidden = int32_t{1} << 23;
  int32_t raw = bits(x);
  if ((raw & 0x7FFFFFFF) == 0 || raw == kInfinity) return x;
  if (raw < 0 || raw > kInfinity) return std::numeric_limits<float>::quiet_NaN();
  int32_t exponent = raw >> 23;
  int32_t significand = raw & (kHidden - 1);
  if (exponent == 0) {
    for (exponent = 1; significand < kHidden; --exponent) significand *= 2;
  } else {
    significand += kHidden;
  }
  exponent -= 127;
  if (exponent % 2 != 0) {
    significand *= 2;
    --exponent;
  }
  // The root's 25 binary digits, one more than the result holds, each by comparing the rest with 2 root + digit.
  uint32_t root = 0, rest = static_cast<uint32_t>(significand) * 2;
  for (uint32_t digit = uint32_t{1} << 24; digit != 0; digit >>= 1) {
    const uint32_t trial = 2 * root + digit;
    if (trial <= rest) {
      rest -= trial;
      root += digit;
    }
    rest *= 2;
  }
  // A root of 24 bits cannot lie midway between two results, so a set last digit with a rest rounds up.
  if (rest != 0) root += root & 1;
  return from_bits(static_cast<int32_t>(root >> 1) + (exponent / 2 + 126) * kHidden);
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_REAL_HPP_
