// AVX-VNNI: dot products of four uint8 codes with four int8 weights, in 256 bits.
#ifndef EDGETWIN_HOST_SIMD_VEC_AVX_VNNI_HPP_
#define EDGETWIN_HOST_SIMD_VEC_AVX_VNNI_HPP_

#include <cstring>

#include "host/simd/scale_x86_256.hpp"

namespace edgetwin::host::simd {
namespace {

struct AvxVnni : Int32x8 {
  using Codes = __m256i;
  using Weights = __m256i;
  static constexpr CodeForm kForm = CodeForm::kUnsigned;
  static constexpr int kGroup = 4;
  static constexpr int kCodeBytes = 1;
  static constexpr int kWeightBytes = 32;
  static constexpr int kRegisters = 16;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    int32_t four;
    std::memcpy(&four, codes, sizeof(four));
    return _mm256_set1_epi32(four);
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    // The instruction itself, as in vec_avx512_vnni.hpp; {vex} since assemblers may choose the encoding of AVX-512.
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(codes), "x"(weights));
  }

  /// The weights as the instruction's operand in memory: a load of its own is one more instruction for each.
  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(codes), "m"(*reinterpret_cast<const __m256i*>(weights)));
  }
  /// In the order that level_kernels.hpp defines.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    const __m256i a = load_codes(rows[0]), b = load_codes(rows[1]);
    const __m256i c = load_codes(rows[2]), d = load_codes(rows[3]);
    const __m256i ab_low = _mm256_unpacklo_epi8(a, b), ab_high = _mm256_unpackhi_epi8(a, b);
    const __m256i cd_low = _mm256_unpacklo_epi8(c, d), cd_high = _mm256_unpackhi_epi8(c, d);
    out[0] = _mm256_unpacklo_epi16(ab_low, cd_low);
    out[1] = _mm256_unpackhi_epi16(ab_low, cd_low);
    out[2] = _mm256_unpacklo_epi16(ab_high, cd_high);
    out[3] = _mm256_unpackhi_epi16(ab_high, cd_high);
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t, void* codes) {
    Byte* const target = static_cast<Byte*>(codes);
    const __m256i sign = _mm256_set1_epi8(INT8_MIN);
    int64_t i = 0;
    for (; i + 32 <= count; i += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + i));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(target + i), _mm256_xor_si256(bytes, sign));
    }
    for (; i < count; ++i) target[i] = static_cast<Byte>(values[i] ^ INT8_MIN);
  }

  /// As Avx512Vnni::Range.
  struct Range {
    __m256i low, high, zero_point, sign;
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(_mm256_set1_epi8(static_cast<int8_t>(finish.low + 128))),
          high(_mm256_set1_epi8(static_cast<int8_t>(finish.high + 128))),
          zero_point(_mm256_set1_epi16(static_cast<int16_t>(finish.zero_point + 128))),
          sign(_mm256_set1_epi8(finish.codes ? 0 : INT8_MIN)) {}
    /// In the order that packing leaves.
    [[gnu::always_inline]] inline __m256i packed(I32 x0, I32 x1, I32 x2, I32 x3) const {
      const __m256i zero = _mm256_setzero_si256();
      // Not below 0 before packing: see Avx512Vnni::Range.
      const __m256i a = _mm256_max_epi16(_mm256_adds_epi16(_mm256_packs_epi32(x0, x1), zero_point), zero);
      const __m256i b = _mm256_max_epi16(_mm256_adds_epi16(_mm256_packs_epi32(x2, x3), zero_point), zero);
      const __m256i bytes = _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(a, b), low), high);
      return _mm256_xor_si256(bytes, sign);
    }
    [[gnu::always_inline]] inline __m256i narrowed(I32 x0, I32 x1, I32 x2, I32 x3) const {
      const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
      return _mm256_permutevar8x32_epi32(packed(x0, x1, x2, x3), order);
    }
  };

  /// As Avx2::store4.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool, const Range& range) {
    const __m256i bytes = range.narrowed(x0, x1, x2, x3);
    const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
    if constexpr (N == 1) {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p0), low);
      _mm_storeh_pd(reinterpret_cast<double*>(p1), _mm_castsi128_pd(low));
      _mm_storel_epi64(reinterpret_cast<__m128i*>(p2), high);
      _mm_storeh_pd(reinterpret_cast<double*>(p3), _mm_castsi128_pd(high));
    } else {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p0), low);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p2), high);
    }
  }

  /// The first `count` of a vector's outputs.
  static void store_some(I32 x, Byte* place, int count, bool, const Range& range) {
    alignas(16) Byte narrow[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(narrow), _mm256_castsi256_si128(range.narrowed(x, x, x, x)));
    std::memcpy(place, narrow, static_cast<size_t>(count));
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool, const Range& range) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(place), range.packed(x[0], x[1], x[2], x[3]));
  }

 private:
  [[gnu::always_inline]] static inline Codes load_codes(const Byte* codes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_AVX_VNNI_HPP_
