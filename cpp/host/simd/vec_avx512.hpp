// AVX-512 without VNNI: multiply-adds of int16 pairs, so codes are int16 less their zero point.
#ifndef EDGETWIN_HOST_SIMD_VEC_AVX512_HPP_
#define EDGETWIN_HOST_SIMD_VEC_AVX512_HPP_

#include <cstring>

#include "host/simd/scale_x86_512.hpp"

namespace edgetwin::host::simd {
namespace {

struct Avx512 : Int32x16 {
  using Codes = __m512i;
  using Weights = __m512i;
  static constexpr CodeForm kForm = CodeForm::kCentered;
  static constexpr int kGroup = 2;
  static constexpr int kCodeBytes = 2;
  static constexpr int kWeightBytes = 64;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    int32_t pair;
    std::memcpy(&pair, codes, sizeof(pair));
    return _mm512_set1_epi32(pair);
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) { return _mm512_load_si512(weights); }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(codes, weights));
  }

  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    dot(sum, codes, load_weights(weights));
  }
  /// In the order that level_kernels.hpp defines.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    const __m512i a = load_codes(rows[0]), b = load_codes(rows[1]);
    out[0] = _mm512_unpacklo_epi16(a, b);
    out[1] = _mm512_unpackhi_epi16(a, b);
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t zero_point, void* codes) {
    int16_t* const target = static_cast<int16_t*>(codes);
    const __m512i zero = _mm512_set1_epi16(static_cast<int16_t>(zero_point));
    for (int64_t i = 0; i < count; i += 32) {
      const __mmask32 some = count - i >= 32 ? ~__mmask32{0} : (__mmask32{1} << (count - i)) - 1;
      const __m512i wide = _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(some, values + i));
      _mm512_mask_storeu_epi16(target + i, some, _mm512_sub_epi16(wide, zero));
    }
  }

  /// As Avx2::Range.
  struct Range {
    __m512i low, high, zero_point;
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(_mm512_set1_epi16(static_cast<int16_t>(finish.low - finish.zero_point))),
          high(_mm512_set1_epi16(static_cast<int16_t>(finish.high - finish.zero_point))),
          zero_point(_mm512_set1_epi16(static_cast<int16_t>(finish.zero_point))) {}
    [[gnu::always_inline]] inline __m512i clamped(__m512i x) const {
      return _mm512_max_epi16(_mm512_min_epi16(x, high), low);
    }
  };

  /// As Avx2::store4.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool codes, const Range& range) {
    const __m512i a = range.clamped(_mm512_packs_epi32(x0, x1));
    const __m512i b = range.clamped(_mm512_packs_epi32(x2, x3));
    if (codes) {
      const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
      const __m512i first = _mm512_permutexvar_epi64(order, a);
      const __m512i second = _mm512_permutexvar_epi64(order, b);
      if constexpr (N == 1) {
        store_half(p0, _mm512_castsi512_si256(first));
        store_half(p1, _mm512_extracti64x4_epi64(first, 1));
        store_half(p2, _mm512_castsi512_si256(second));
        store_half(p3, _mm512_extracti64x4_epi64(second, 1));
      } else {
        _mm512_storeu_si512(p0, first);
        _mm512_storeu_si512(p2, second);
      }
    } else {
      const __m512i bytes =
          _mm512_packs_epi16(_mm512_add_epi16(a, range.zero_point), _mm512_add_epi16(b, range.zero_point));
      store4_bytes<N>(bytes, p0, p1, p2, p3);
    }
  }

  /// The first `count` of a vector's outputs.
  [[gnu::always_inline]] static inline void store_some(I32 x, Byte* place, int count, bool codes, const Range& range) {
    const __mmask16 some = static_cast<__mmask16>((1U << count) - 1);
    const __m256i narrow = _mm512_castsi512_si256(
        _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), range.clamped(_mm512_packs_epi32(x, x))));
    if (codes) {
      _mm256_mask_storeu_epi16(place, some, narrow);
    } else {
      const __m256i moved = _mm256_add_epi16(narrow, _mm512_castsi512_si256(range.zero_point));
      _mm_mask_storeu_epi8(place, some, _mm256_cvtepi16_epi8(moved));
    }
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool codes,
                                                        const Range& range) {
    const __m512i a = range.clamped(_mm512_packs_epi32(x[0], x[1]));
    if (codes) {
      _mm512_storeu_si512(place, a);
    } else {
      store_half(place, _mm512_cvtepi16_epi8(_mm512_add_epi16(a, range.zero_point)));
    }
  }

 private:
  [[gnu::always_inline]] static inline Codes load_codes(const Byte* codes) { return _mm512_loadu_si512(codes); }
  [[gnu::always_inline]] static inline void store_half(Byte* place, __m256i value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(place), value);
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_AVX512_HPP_
