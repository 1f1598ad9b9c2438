// The device core's transform for lengths that the compiler knows: indices and twiddle factors are constants, short
// transforms stay in registers, and longer ones go through memory once for every four times their length. Operations
// and their order on each number are those of edgetwin/fft.hpp.
#ifndef EDGETWIN_HOST_SIGNAL_KNOWN_LENGTH_HPP_
#define EDGETWIN_HOST_SIGNAL_KNOWN_LENGTH_HPP_

#include "edgetwin/fft.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::signal {
namespace {

/// Cosines and sines of 2 pi k / n, for k below 3/4 n.
template <int n>
struct Circle {
  static constexpr float cosine(int k) {
    const auto& cosines = real::kCosines<n>.values;
    return k <= n / 4 ? cosines[k] : k <= n / 2 ? -cosines[n / 2 - k] : -cosines[k - n / 2];
  }
  static constexpr float sine(int k) {
    const auto& cosines = real::kCosines<n>.values;
    return k <= n / 4 ? cosines[n / 4 - k] : k <= n / 2 ? cosines[k - n / 4] : -cosines[3 * n / 4 - k];
  }
};

/// What the second to fourth number of butterfly j of a pass is turned by.
struct Turns {
  float cosines[3], sines[3];
};

template <int n, int length>
struct PassTurns {
  Turns values[length];
};

template <int n, int length>
constexpr PassTurns<n, length> make_pass_turns() {
  PassTurns<n, length> table = {};
  for (int j = 0; j < length; ++j) {
    const int turn = j * n / (4 * length), turns[] = {2 * turn, turn, 3 * turn};  // bit-reversed order
    for (int i = 0; i < 3; ++i) {
      table.values[j].cosines[i] = Circle<n>::cosine(turns[i]);
      table.values[j].sines[i] = Circle<n>::sine(turns[i]);
    }
  }
  return table;
}

template <int n, int length>
inline constexpr PassTurns<n, length> kPassTurns = make_pass_turns<n, length>();

/// Where values of a transform stand whose complex numbers have their indices' bits reversed.
template <int n>
struct Places {
  int32_t values[n];
};

template <int n>
constexpr Places<n> make_places() {
  Places<n> places = {};
  for (int i = 0; i < n; ++i) {
    int reversed = 0;
    for (int bit = 1, k = i / 2; bit < n / 2; bit *= 2, k /= 2) reversed = 2 * reversed + k % 2;
    places.values[i] = 2 * reversed + i % 2;
  }
  return places;
}

template <int n>
inline constexpr Places<n> kPlaces = make_places<n>();

template <class Real, int n>
struct KnownLength {
  static constexpr int kCount = n / 2;  // complex numbers
  using Complex = real::detail::Complex<Real>;

  /// Of n values in registers.
  [[gnu::always_inline]] static void short_squares(const Real* values, Real* power) {
    Complex z[kCount];
    simd::unroll<kCount>([&](auto k) __attribute__((always_inline)) {
      constexpr int kFrom = kPlaces<n>.values[2 * k];
      z[k] = {values[kFrom], values[kFrom + 1]};
    });
    short_passes<kCount>(z);
    ends(z[0], power);
    simd::unroll<kCount / 2>([&](auto index) __attribute__((always_inline)) {
      mirrored<index + 1>(z[index + 1], z[kCount - index - 1], power);
    });
  }

  /// Of n values in their places, which are destroyed; n is 64 or more.
  static void squares(Real* values, Real* power) {
    constexpr int kFirst = kOddDoublings ? 8 : 4;
    for (int base = 0; base < kCount; base += kFirst) {
      Complex z[kFirst];
      simd::unroll<kFirst>([&](auto k) __attribute__((always_inline)) { z[k] = real::detail::load(values, base + k); });
      short_passes<kFirst>(z);
      simd::unroll<kFirst>([&](auto k) __attribute__((always_inline)) { real::detail::store(values, base + k, z[k]); });
    }
    middle_passes<kFirst>(values);
    last_pass(values, power);
  }

 private:
  static constexpr bool odd_doublings() {
    bool odd = false;
    for (int length = kCount; length > 1; length /= 2) odd = !odd;
    return odd;
  }
  static constexpr bool kOddDoublings = odd_doublings();

  struct Butterfly {
    Complex a, b, c, d;
  };

  template <bool turns>
  [[gnu::always_inline]] static Butterfly butterfly(Complex a, Complex b, Complex c, Complex d, const Turns& by) {
    if constexpr (turns) {
      b = real::detail::turned(b, Real(by.cosines[0]), Real(by.sines[0]));
      c = real::detail::turned(c, Real(by.cosines[1]), Real(by.sines[1]));
      d = real::detail::turned(d, Real(by.cosines[2]), Real(by.sines[2]));
    }
    const Complex even = a + b, odd = a - b, sum = c + d, difference = c - d;
    return {even + sum,
            {odd.re + difference.im, odd.im - difference.re},
            even - sum,
            {odd.re - difference.im, odd.im + difference.re}};
  }

  template <int length, bool turns>
  [[gnu::always_inline]] static Butterfly loaded(const Real* values, int base) {
    const auto at = [&](int k) { return real::detail::load(values, base + k * length); };
    return butterfly<turns>(at(0), at(1), at(2), at(3), kPassTurns<n, length>.values[base % length]);
  }

  /// All doublings of the first `size` numbers, in registers.
  template <int size>
  [[gnu::always_inline]] static void short_passes(Complex* z) {
    if constexpr (kOddDoublings) {
      simd::unroll<size / 2>([&](auto k) __attribute__((always_inline)) {
        const Complex a = z[2 * k], b = z[2 * k + 1];
        z[2 * k] = a + b;
        z[2 * k + 1] = a - b;
      });
      short_pass<size, 2>(z);
    } else {
      short_pass<size, 1>(z);
    }
  }

  template <int size, int length>
  [[gnu::always_inline]] static void short_pass(Complex* z) {
    if constexpr (length < size) {
      simd::unroll<size / 4>([&](auto index) __attribute__((always_inline)) {
        constexpr int j = index % length, base = index / length * 4 * length + j;
        const Butterfly made = butterfly<(j > 0)>(z[base], z[base + length], z[base + 2 * length], z[base + 3 * length],
                                                  kPassTurns<n, length>.values[j]);
        z[base] = made.a;
        z[base + length] = made.b;
        z[base + 2 * length] = made.c;
        z[base + 3 * length] = made.d;
      });
      short_pass<size, 4 * length>(z);
    }
  }

  /// The doublings of transforms of `length` but for the last two.
  template <int length>
  static void middle_passes(Real* values) {
    if constexpr (4 * length < kCount) {
      const auto put = [&](int base, const Butterfly& made) __attribute__((always_inline)) {
        real::detail::store(values, base, made.a);
        real::detail::store(values, base + length, made.b);
        real::detail::store(values, base + 2 * length, made.c);
        real::detail::store(values, base + 3 * length, made.d);
      };
      for (int first = 0; first < kCount; first += 4 * length) {
        put(first, loaded<length, false>(values, first));
        for (int j = 1; j < length; ++j) put(first + j, loaded<length, true>(values, first + j));
      }
      middle_passes<4 * length>(values);
    }
  }

  /// The last two doublings, whose numbers j and n - j need each other next.
  [[gnu::always_inline]] static void last_pass(const Real* values, Real* power) {
    constexpr int kLength = kCount / 4;
    const Butterfly first = loaded<kLength, false>(values, 0);
    ends(first.a, power);
    mirrored(kLength, first.b, first.d, power);
    mirrored(2 * kLength, first.c, first.c, power);
    const Butterfly middle = loaded<kLength, true>(values, kLength / 2);
    mirrored(kLength / 2, middle.a, middle.d, power);
    mirrored(3 * kLength / 2, middle.b, middle.c, power);
    for (int j = 1; j < kLength / 2; ++j) {
      const Butterfly low = loaded<kLength, true>(values, j), high = loaded<kLength, true>(values, kLength - j);
      mirrored(j, low.a, high.d, power);
      mirrored(kLength + j, low.b, high.c, power);
      mirrored(kLength - j, high.a, low.d, power);
      mirrored(2 * kLength - j, high.b, low.c, power);
    }
  }

  [[gnu::always_inline]] static void ends(const Complex& z, Real* power) {
    const Real first = z.re + z.im, last = z.re - z.im;
    power[0] = real::product(first, first);
    power[kCount] = real::product(last, last);
  }

  /// Powers k and n/2 - k from the numbers k and n/2 - k of the transform of half the length.
  [[gnu::always_inline]] static void mirrored(int k, const Complex& a, const Complex& b, Real* power) {
    mirrored(a, b, real::kCosines<n>.values[k], real::kCosines<n>.values[n / 4 - k], power[k], power[kCount - k]);
  }
  template <int k>
  [[gnu::always_inline]] static void mirrored(const Complex& a, const Complex& b, Real* power) {
    constexpr float kCosine = real::kCosines<n>.values[k], kSine = real::kCosines<n>.values[n / 4 - k];
    mirrored(a, b, kCosine, kSine, power[k], power[kCount - k]);
  }
  [[gnu::always_inline]] static void mirrored(const Complex& a, const Complex& b, float cosine, float sine, Real& power,
                                              Real& other) {
    const Complex even = {a.re + b.re, a.im - b.im}, odd = {a.im + b.im, b.re - a.re};
    const Complex t = real::detail::turned(odd, Real(cosine), Real(sine));
    other = square(even.re - t.re, t.im - even.im);
    power = square(even.re + t.re, even.im + t.im);
  }

  /// Of a number that is halved first.
  [[gnu::always_inline]] static Real square(Real re, Real im) {
    const Real half(0.5F), x = real::product(re, half), y = real::product(im, half);
    return real::product(x, x) + real::product(y, y);
  }
};

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_KNOWN_LENGTH_HPP_
