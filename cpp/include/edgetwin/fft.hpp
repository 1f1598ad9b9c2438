// The discrete Fourier transform of real numbers, for lengths that are powers of two, in place and without a heap.
#ifndef EDGETWIN_FFT_HPP_
#define EDGETWIN_FFT_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// cos(2 pi k / n) for k = 0 .. n/4: all that a transform of n values, or of a divisor of n, needs of the circle.
/// Scalar: float, or double for transforms of double.
template <int32_t n, class Scalar = float>
struct Cosines {
  Scalar values[n / 4 + 1];
};

namespace detail {

/// cos(2 pi k / n) for 0 <= k <= n/8, to the last bits of double.
constexpr double cosine_of_turn(int32_t k, int32_t n) {
  const double x = 6.283185307179586476925 * k / n;
  double term = 1.0, sum = 1.0;
  for (int32_t i = 2; i < 24; i += 2) {
    term *= -x * x / (i * (i - 1));
    sum += term;
  }
  return sum;
}

constexpr double sine_of_turn(int32_t k, int32_t n) {
  const double x = 6.283185307179586476925 * k / n;
  double term = x, sum = x;
  for (int32_t i = 3; i < 25; i += 2) {
    term *= -x * x / (i * (i - 1));
    sum += term;
  }
  return sum;
}

template <int32_t n, class Scalar>
constexpr Cosines<n, Scalar> make_cosines() {
  Cosines<n, Scalar> table = {};
  for (int32_t k = 0; k <= n / 4; ++k) {
    const double value = 8 * k <= n ? cosine_of_turn(k, n) : sine_of_turn(n / 4 - k, n);
    table.values[k] = static_cast<Scalar>(value);
  }
  return table;
}

}  // namespace detail

/// In flash, for the lengths that a program names.
template <int32_t n, class Scalar = float>
inline constexpr Cosines<n, Scalar> kCosines = detail::make_cosines<n, Scalar>();

/// The longest transform: its errors were measured, and positions fit into int32 many times over.
constexpr int32_t kMaxFftLength = 8192;

/// Whether real_fft() takes this length: a power of two from 4 to kMaxFftLength.
[[nodiscard]] constexpr bool is_fft_length(int32_t n) { return n >= 4 && n <= kMaxFftLength && (n & (n - 1)) == 0; }

namespace detail {

/// A complex number of lanes.
template <class Real>
struct Complex {
  Real re, im;
};

template <class Real>
[[nodiscard, gnu::always_inline]] inline Complex<Real> operator+(Complex<Real> a, Complex<Real> b) {
  return {a.re + b.re, a.im + b.im};
}

template <class Real>
[[nodiscard, gnu::always_inline]] inline Complex<Real> operator-(Complex<Real> a, Complex<Real> b) {
  return {a.re - b.re, a.im - b.im};
}

/// a * (cosine - i sine).
template <class Real>
[[nodiscard, gnu::always_inline]] inline Complex<Real> turned(Complex<Real> a, Real cosine, Real sine) {
  return {product(a.re, cosine) + product(a.im, sine), product(a.im, cosine) - product(a.re, sine)};
}

template <class Real>
[[nodiscard, gnu::always_inline]] inline Complex<Real> load(const Real* values, int32_t position) {
  return {values[2 * position], values[2 * position + 1]};
}

template <class Real>
[[gnu::always_inline]] inline void store(Real* values, int32_t position, Complex<Real> z) {
  values[2 * position] = kept(z.re);
  values[2 * position + 1] = kept(z.im);
}

/// Puts complex number k where the bits of k are read backwards.
template <class Real>
inline void reverse_bits(Real* values, int32_t count) {
  int32_t reversed = 0;
  for (int32_t k = 0; k < count; ++k) {
    if (k < reversed) {
      const Complex<Real> a = load(values, k), b = load(values, reversed);
      store(values, k, b);
      store(values, reversed, a);
    }
    int32_t bit = count / 2;
    for (; bit != 0 && (reversed & bit) != 0; bit /= 2) reversed -= bit;
    reversed += bit;
  }
}

/// The transform of `count` complex numbers in reversed order, a power of two; cos(2 pi k / (count * step)) at
/// cosines[k]. Two doublings of length a pass.
template <class Real, class Scalar>
inline void complex_fft(Real* values, int32_t count, const Scalar* cosines, int32_t step) {
  const int32_t quarter = count * step / 4;  // of a turn, in the table
  int32_t length = 1;                        // of the transforms so far
  int32_t left = 0;
  for (int32_t n = count; n > 1; n /= 2) ++left;
  if (left % 2 != 0) {
    for (int32_t k = 0; k < count; k += 2) {
      const Complex<Real> a = load(values, k), b = load(values, k + 1);
      store(values, k, a + b);
      store(values, k + 1, a - b);
    }
    length = 2;
  }
  for (; length < count; length *= 4) {
    const int32_t stride = count * step / (4 * length);  // of a turn / (4 length)
    for (int32_t j = 0; j < length; ++j) {
      // Angles below 3/8, 1/4 and 1/8... of a turn: 3 j / (4 length) is below 3/4, so its cosine may be negative.
      const auto cosine_at = [&](int32_t k) {
        return k <= quarter ? cosines[k] : k <= 2 * quarter ? -cosines[2 * quarter - k] : -cosines[k - 2 * quarter];
      };
      const auto sine_at = [&](int32_t k) {
        return k <= quarter       ? cosines[quarter - k]
               : k <= 2 * quarter ? cosines[k - quarter]
                                  : -cosines[3 * quarter - k];
      };
      const int32_t k1 = j * stride, k2 = 2 * k1, k3 = 3 * k1;
      const Real c1(cosine_at(k1)), s1(sine_at(k1)), c2(cosine_at(k2)), s2(sine_at(k2)), c3(cosine_at(k3)),
          s3(sine_at(k3));
      for (int32_t base = j; base < count; base += 4 * length) {
        Complex<Real> a = load(values, base), b = load(values, base + length), c = load(values, base + 2 * length),
                      d = load(values, base + 3 * length);
        if (j != 0) {
          // Bit-reversed order: the second block holds the odd ones of the even half.
          b = turned(b, c2, s2);
          c = turned(c, c1, s1);
          d = turned(d, c3, s3);
        }
        const Complex<Real> even = a + b, odd = a - b, sum = c + d, difference = c - d;
        store(values, base, even + sum);
        store(values, base + length, Complex<Real>{odd.re + difference.im, odd.im - difference.re});
        store(values, base + 2 * length, even - sum);
        store(values, base + 3 * length, Complex<Real>{odd.re - difference.im, odd.im + difference.re});
      }
    }
  }
}

}  // namespace detail

/// Replaces n real values by X_k = sum over t of x_t exp(-2 pi i k t / n), k = 0 .. n/2, without a factor:
/// values[0] = X_0 and values[1] = X_{n/2}, both real, then values[2 k], values[2 k + 1] = real, imaginary part of X_k.
/// n        is_fft_length()
/// cosines  of a table for n * step: Cosines<n>::values for step 1
template <class Real, class Scalar>
inline void real_fft(Real* values, int32_t n, const Scalar* cosines, int32_t step = 1) {
  using detail::Complex;
  const int32_t half = n / 2;
  // Even values as real parts, odd ones as imaginary parts of half as many numbers.
  detail::reverse_bits(values, half);
  detail::complex_fft(values, half, cosines, 2 * step);
  const Real first = values[0], second = values[1];
  values[0] = first + second;
  values[1] = first - second;
  for (int32_t k = 1; 2 * k <= half; ++k) {
    const Complex<Real> a = detail::load(values, k), b = detail::load(values, half - k);
    // The transforms of the even and of the odd values, doubled.
    const Complex<Real> even = {a.re + b.re, a.im - b.im}, odd = {a.im + b.im, b.re - a.re};
    const Complex<Real> t = detail::turned(odd, Real(cosines[k * step]), Real(cosines[(n / 4 - k) * step]));
    const Real one_half(0.5F);
    detail::store(values, half - k,
                  Complex<Real>{product(even.re - t.re, one_half), product(t.im - even.im, one_half)});
    detail::store(values, k, Complex<Real>{product(even.re + t.re, one_half), product(even.im + t.im, one_half)});
  }
}

/// |X_k|^2 of what real_fft() left, k = 0 .. n/2, into power.
template <class Real>
inline void squared_magnitudes(const Real* values, int32_t n, Real* power) {
  power[0] = product(values[0], values[0]);
  power[n / 2] = product(values[1], values[1]);
  for (int32_t k = 1; k < n / 2; ++k) {
    power[k] = product(values[2 * k], values[2 * k]) + product(values[2 * k + 1], values[2 * k + 1]);
  }
}

/// Squares of transforms. The host specializes it for vectors, with the same operations on every lane.
template <class Real>
struct Spectrum {
  /// Where squares_of_placed() reads its values: value i at places()[i]; null where that is i.
  static const int32_t* places(int32_t) { return nullptr; }

  /// |X_k|^2, k = 0 .. n/2, into power, of n values in their places, which are destroyed.
  static void squares_of_placed(Real* values, int32_t n, const float* cosines, Real* power) {
    real_fft(values, n, cosines);
    squared_magnitudes(values, n, power);
  }

  /// The same of `count` values in their order, with zeros behind them up to n.
  /// work  [n]
  static void squares(const Real* values, int32_t count, int32_t n, const float* cosines, Real* work, Real* power) {
    for (int32_t i = 0; i < count; ++i) work[i] = values[i];
    for (int32_t i = count; i < n; ++i) work[i] = Real(0.0F);
    squares_of_placed(work, n, cosines, power);
  }
};

}  // namespace edgetwin::real

#endif  // EDGETWIN_FFT_HPP_
