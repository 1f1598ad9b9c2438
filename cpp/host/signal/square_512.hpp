// Squares of vectors of 16 floats, turned in registers: xsimd turns these by way of memory, number by number.
#ifndef EDGETWIN_HOST_SIGNAL_SQUARE_512_HPP_
#define EDGETWIN_HOST_SIGNAL_SQUARE_512_HPP_

#include "host/signal/lanes.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::signal {
namespace {

template <>
struct Square<xsimd::batch<float>> {
  [[gnu::always_inline]] static void turn(xsimd::batch<float>* square) {
    constexpr int kEven = 0x88, kOdd = 0xDD;  // of the four quarters of two vectors
    __m512 pairs[16], fours[16];
    simd::unroll<8>([&](auto i) __attribute__((always_inline)) {
      pairs[2 * i] = _mm512_unpacklo_ps(square[2 * i], square[2 * i + 1]);
      pairs[2 * i + 1] = _mm512_unpackhi_ps(square[2 * i], square[2 * i + 1]);
    });
    simd::unroll<8>([&](auto i) __attribute__((always_inline)) {
      constexpr int kFirst = i / 2 * 4 + i % 2;  // rows of one pair, then those of the next one
      const __m512d first = _mm512_castps_pd(pairs[kFirst]), second = _mm512_castps_pd(pairs[kFirst + 2]);
      fours[2 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(first, second));
      fours[2 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(first, second));
    });
    // Quarter q of fours[4 b + r] holds rows 4 b to 4 b + 3 of column 4 q + r.
    simd::unroll<4>([&](auto r) __attribute__((always_inline)) {
      const __m512 even = _mm512_shuffle_f32x4(fours[r], fours[4 + r], kEven),
                   odd = _mm512_shuffle_f32x4(fours[r], fours[4 + r], kOdd),
                   even_below = _mm512_shuffle_f32x4(fours[8 + r], fours[12 + r], kEven),
                   odd_below = _mm512_shuffle_f32x4(fours[8 + r], fours[12 + r], kOdd);
      square[r] = _mm512_shuffle_f32x4(even, even_below, kEven);
      square[4 + r] = _mm512_shuffle_f32x4(odd, odd_below, kEven);
      square[8 + r] = _mm512_shuffle_f32x4(even, even_below, kOdd);
      square[12 + r] = _mm512_shuffle_f32x4(odd, odd_below, kOdd);
    });
  }
};

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_SQUARE_512_HPP_
