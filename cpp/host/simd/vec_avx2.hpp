// AVX2: multiply-adds of int16 pairs, so codes are int16 less their zero point.
#ifndef EDGETWIN_HOST_SIMD_VEC_AVX2_HPP_
#define EDGETWIN_HOST_SIMD_VEC_AVX2_HPP_

#include <cstring>

#include "host/simd/scale_x86_256.hpp"

namespace edgetwin::host::simd {
namespace {

struct Avx2 : Int32x8 {
  using Codes = __m256i;
  using Weights = __m256i;
  static constexpr CodeForm kForm = CodeForm::kCentered;
  static constexpr int kGroup = 2;
  static constexpr int kCodeBytes = 2;
  static constexpr int kWeightBytes = 32;
  static constexpr int kRegisters = 16;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    int32_t pair;
    std::memcpy(&pair, codes, sizeof(pair));
    return _mm256_set1_epi32(pair);
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(codes, weights));
  }

  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    dot(sum, codes, load_weights(weights));
  }
  /// In the order that level_kernels.hpp defines.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    const __m256i a = load_codes(rows[0]), b = load_codes(rows[1]);
    out[0] = _mm256_unpacklo_epi16(a, b);
    out[1] = _mm256_unpackhi_epi16(a, b);
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t zero_point, void* codes) {
    int16_t* const target = static_cast<int16_t*>(codes);
    const __m256i zero = _mm256_set1_epi16(static_cast<int16_t>(zero_point));
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
      const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values + i)));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(target + i), _mm256_sub_epi16(wide, zero));
    }
    for (; i < count; ++i) target[i] = static_cast<int16_t>(values[i] - zero_point);
  }

  /// The output's range and zero point, as int16. Sums scaled to 32 bits are clamped after saturation to int16: the
  /// range lies inside.
  struct Range {
    __m256i low, high, zero_point;
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(_mm256_set1_epi16(static_cast<int16_t>(finish.low - finish.zero_point))),
          high(_mm256_set1_epi16(static_cast<int16_t>(finish.high - finish.zero_point))),
          zero_point(_mm256_set1_epi16(static_cast<int16_t>(finish.zero_point))) {}
    [[gnu::always_inline]] inline __m256i clamped(__m256i x) const {
      return _mm256_max_epi16(_mm256_min_epi16(x, high), low);
    }
  };

  /// Narrows four vectors and stores each at its place. N: so many places in a row follow each other without a gap.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool codes, const Range& range) {
    // Packing works on the halves of a register, so that each holds four values of every vector.
    const __m256i a = range.clamped(_mm256_packs_epi32(x0, x1));
    const __m256i b = range.clamped(_mm256_packs_epi32(x2, x3));
    if (codes) {
      const __m256i first = _mm256_permute4x64_epi64(a, _MM_SHUFFLE(3, 1, 2, 0));
      const __m256i second = _mm256_permute4x64_epi64(b, _MM_SHUFFLE(3, 1, 2, 0));
      if constexpr (N == 1) {
        store_half(p0, _mm256_castsi256_si128(first));
        store_half(p1, _mm256_extracti128_si256(first, 1));
        store_half(p2, _mm256_castsi256_si128(second));
        store_half(p3, _mm256_extracti128_si256(second, 1));
      } else {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p0), first);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p2), second);
      }
    } else {
      const __m256i bytes =
          _mm256_packs_epi16(_mm256_add_epi16(a, range.zero_point), _mm256_add_epi16(b, range.zero_point));
      const __m256i ordered = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
      const __m128i low = _mm256_castsi256_si128(ordered), high = _mm256_extracti128_si256(ordered, 1);
      if constexpr (N == 1) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p0), low);
        _mm_storeh_pd(reinterpret_cast<double*>(p1), _mm_castsi128_pd(low));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p2), high);
        _mm_storeh_pd(reinterpret_cast<double*>(p3), _mm_castsi128_pd(high));
      } else {
        store_half(p0, low);
        store_half(p2, high);
      }
    }
  }

  /// The first `count` of a vector's outputs.
  static void store_some(I32 x, Byte* place, int count, bool codes, const Range& range) {
    alignas(16) Byte narrow[kLanes * kCodeBytes];
    const __m256i a = range.clamped(_mm256_packs_epi32(x, x));
    if (codes) {
      const __m256i ordered = _mm256_permute4x64_epi64(a, _MM_SHUFFLE(3, 1, 2, 0));
      store_half(narrow, _mm256_castsi256_si128(ordered));
    } else {
      const __m256i moved = _mm256_add_epi16(a, range.zero_point);
      const __m256i bytes = _mm256_packs_epi16(moved, moved);
      const __m256i ordered = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4));
      store_half(narrow, _mm256_castsi256_si128(ordered));
    }
    std::memcpy(place, narrow, static_cast<size_t>(count * (codes ? kCodeBytes : 1)));
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool codes,
                                                        const Range& range) {
    const __m256i a = range.clamped(_mm256_packs_epi32(x[0], x[1]));
    if (codes) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(place), a);
    } else {
      const __m256i moved = _mm256_add_epi16(a, range.zero_point);
      const __m256i bytes = _mm256_packs_epi16(moved, moved);
      store_half(place, _mm256_castsi256_si128(_mm256_permute4x64_epi64(bytes, _MM_SHUFFLE(3, 1, 2, 0))));
    }
  }

 private:
  [[gnu::always_inline]] static inline Codes load_codes(const Byte* codes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  }
  [[gnu::always_inline]] static inline void store_half(Byte* place, __m128i value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(place), value);
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_AVX2_HPP_
