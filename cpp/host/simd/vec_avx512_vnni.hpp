// AVX-512 VNNI: dot products of four uint8 codes with four int8 weights.
#ifndef EDGETWIN_HOST_SIMD_VEC_AVX512_VNNI_HPP_
#define EDGETWIN_HOST_SIMD_VEC_AVX512_VNNI_HPP_

#include <cstring>

#include "host/simd/scale_x86_512.hpp"

namespace edgetwin::host::simd {
namespace {

struct Avx512Vnni : Int32x16 {
  using Codes = __m512i;
  using Weights = __m512i;
  static constexpr CodeForm kForm = CodeForm::kUnsigned;
  static constexpr int kGroup = 4;
  static constexpr int kCodeBytes = 1;
  static constexpr int kWeightBytes = 64;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    int32_t four;
    std::memcpy(&four, codes, sizeof(four));
    return _mm512_set1_epi32(four);
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) { return _mm512_load_si512(weights); }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    // The instruction itself: GCC 12 copies and spills the sums of a large tile around its intrinsic.
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes), "v"(weights));
  }

  /// The weights as the instruction's operand in memory: a load of its own is one more instruction for each.
  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes), "m"(*reinterpret_cast<const __m512i*>(weights)));
  }
  /// In the order that level_kernels.hpp defines.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    const __m512i a = load_codes(rows[0]), b = load_codes(rows[1]);
    const __m512i c = load_codes(rows[2]), d = load_codes(rows[3]);
    const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
    const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
    out[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
    out[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
    out[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
    out[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t, void* codes) {
    Byte* const target = static_cast<Byte*>(codes);
    const __m512i sign = _mm512_set1_epi8(INT8_MIN);
    int64_t i = 0;
    for (; i + 64 <= count; i += 64) {
      _mm512_storeu_si512(target + i, _mm512_xor_si512(_mm512_loadu_si512(values + i), sign));
    }
    if (i < count) {
      const __mmask64 some = (__mmask64{1} << (count - i)) - 1;
      _mm512_mask_storeu_epi8(target + i, some, _mm512_xor_si512(_mm512_maskz_loadu_epi8(some, values + i), sign));
    }
  }

  /// The output's range and zero point.
  struct Range {
    __m512i low, high, zero_point, sign;
    bool narrow;  ///< than int8, in which the last packing saturates
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(_mm512_set1_epi8(static_cast<int8_t>(finish.low))),
          high(_mm512_set1_epi8(static_cast<int8_t>(finish.high))),
          zero_point(_mm512_set1_epi16(static_cast<int16_t>(finish.zero_point))),
          sign(_mm512_set1_epi8(finish.codes ? INT8_MIN : 0)),
          narrow(finish.low > INT8_MIN || finish.high < INT8_MAX) {}
    [[gnu::always_inline]] inline __m512i narrowed(I32 x0, I32 x1, I32 x2, I32 x3) const {
      return narrowed(half_narrowed(x0, x1), half_narrowed(x2, x3));
    }
    [[gnu::always_inline]] inline __m512i half_narrowed(I32 x0, I32 x1) const {
      return _mm512_adds_epi16(_mm512_packs_epi32(x0, x1), zero_point);
    }
    [[gnu::always_inline]] inline __m512i narrowed(__m512i a, __m512i b) const {
      __m512i bytes = _mm512_packs_epi16(a, b);
      if (narrow) bytes = _mm512_min_epi8(_mm512_max_epi8(bytes, low), high);
      return _mm512_xor_si512(bytes, sign);
    }
  };

  /// As Avx2::store4.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool, const Range& range) {
    store4_bytes<N>(range.narrowed(x0, x1, x2, x3), p0, p1, p2, p3);
  }

  /// Those of four vectors behind each other.
  [[gnu::always_inline]] static inline void store4_joined(I32 x0, I32 x1, I32 x2, I32 x3, Byte* place,
                                                          const Range& range) {
    store4_bytes<4>(range.narrowed(x0, x1, x2, x3), place, place, place, place);
  }

  /// The first `count` of a vector's outputs.
  [[gnu::always_inline]] static inline void store_some(I32 x, Byte* place, int count, bool, const Range& range) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i ordered = _mm512_permutexvar_epi32(order, range.narrowed(x, x, x, x));
    _mm_mask_storeu_epi8(place, static_cast<__mmask16>((1U << count) - 1), _mm512_castsi512_si128(ordered));
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool, const Range& range) {
    _mm512_storeu_si512(place, range.narrowed(x[0], x[1], x[2], x[3]));
  }

  /// The same of vectors 0 and 1, 2 and 3, narrowed to int16.
  [[gnu::always_inline]] static inline void store_halves(I32 a, I32 b, Byte* place, const Range& range) {
    _mm512_storeu_si512(place, range.narrowed(a, b));
  }

 private:
  [[gnu::always_inline]] static inline Codes load_codes(const Byte* codes) { return _mm512_loadu_si512(codes); }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_AVX512_VNNI_HPP_
