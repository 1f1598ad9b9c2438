// Scales of 16 sums in AVX-512 registers. Include only in files compiled for AVX-512 F, BW, DQ and VL.
#ifndef EDGETWIN_HOST_SIMD_SCALE_X86_512_HPP_
#define EDGETWIN_HOST_SIMD_SCALE_X86_512_HPP_

#include <immintrin.h>

#include <xsimd/xsimd.hpp>

#include "host/simd/rows_x86.hpp"
#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {
namespace {

/// What both 512-bit levels do alike: everything but dot products and codes. The arithmetic is that of
/// scale_x86_256.hpp.
struct Int32x16 : RowsX86 {
  using Arch = xsimd::avx512bw;  ///< of xsimd
  using I32 = __m512i;
  using Byte = unsigned char;
  static constexpr int kLanes = 16;
  static constexpr bool kFloatScales = true;  ///< there is scaled_float()
  static constexpr bool kWideSums = true;     ///< there are add_wide() and wide_scaled()
  static constexpr int kRegisters = 32;

  [[gnu::always_inline]] static inline I32 load(const int32_t* values) { return _mm512_load_si512(values); }
  [[gnu::always_inline]] static inline I32 add(I32 x, I32 y) { return _mm512_add_epi32(x, y); }
  /// 16 bytes in every quarter of a register; unaligned.
  [[gnu::always_inline]] static inline I32 repeated16(const int8_t* values) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
  }
  /// Bytes of what repeated16() gave, by their index; 0 where that is 16 or more: the sum has its top bit set then.
  [[gnu::always_inline]] static inline I32 entries(I32 repeated, I32 index) {
    return _mm512_shuffle_epi8(repeated, _mm512_adds_epu8(index, _mm512_set1_epi8(0x70)));
  }
  /// kLanes int8 values, unaligned.
  [[gnu::always_inline]] static inline I32 widened(const int8_t* values) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
  }
  /// Whether float32 instructions round to nearest in this thread: a program may have asked for something else, and
  /// what was certified at load would no longer hold.
  [[gnu::always_inline]] static inline bool rounds_to_nearest() {
    return (_mm_getcsr() & _MM_ROUND_MASK) == _MM_ROUND_NEAREST;
  }
  [[gnu::always_inline]] static inline I32 max(I32 x, I32 y) { return _mm512_max_epi32(x, y); }

  [[gnu::always_inline]] static inline I32 zero() { return _mm512_setzero_si512(); }

  [[gnu::always_inline]] static inline void add_wide(I32 sums, I32& even, I32& odd) {
    even = _mm512_add_epi64(even, _mm512_srai_epi64(_mm512_slli_epi64(sums, 32), 32));
    odd = _mm512_add_epi64(odd, _mm512_srai_epi64(sums, 32));
  }

  [[gnu::always_inline]] static inline I32 wide_scaled(I32 even, I32 odd, const int32_t* scales) {
    const I32 low = _mm512_srav_epi64(
        _mm512_add_epi64(_mm512_mullo_epi64(even, row(scales, kWideMultiplierEven)), row(scales, kWideHalfEven)),
        row(scales, kWideRightEven));
    const I32 high = _mm512_srav_epi64(
        _mm512_add_epi64(_mm512_mullo_epi64(odd, row(scales, kWideMultiplierOdd)), row(scales, kWideHalfOdd)),
        row(scales, kWideRightOdd));
    return _mm512_mask_blend_epi32(0xAAAA, low, _mm512_slli_epi64(high, 32));
  }

  /// As scaled(), in float32: host/float_scale.hpp says why that is exact. The roundings are the instructions' own,
  /// whatever the thread has asked for.
  template <bool TwoLines>
  [[gnu::always_inline]] static inline I32 scaled_float(I32 sums, const int32_t* scales) {
    constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    constexpr int down = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
    const __m512 x = _mm512_cvt_roundepi32_ps(sums, nearest);
    __m512 offset = float_row(scales, kFloatOffset);
    if constexpr (TwoLines) {
      const __mmask16 is_below = _mm512_cmplt_epi32_mask(sums, row(scales, kFloatSplit));
      offset = _mm512_mask_mov_ps(offset, is_below, float_row(scales, kFloatBelow));
    }
    return _mm512_cvt_roundps_epi32(_mm512_fmadd_round_ps(x, float_row(scales, kFloatScale), offset, down), down);
  }

  template <ScaleForm F>
  [[gnu::always_inline]] static inline I32 scaled(I32 sums, const int32_t* scales, const Finish& finish) {
    if constexpr (F == ScaleForm::kWide) {
      return scaled_wide(sums, scales, finish);
    } else {
      const I32 odd_sums = _mm512_srli_epi64(sums, 32);
      I32 even = _mm512_add_epi64(_mm512_mul_epi32(sums, row(scales, kMultiplierEven)), row(scales, kAddendEven));
      I32 odd = _mm512_add_epi64(_mm512_mul_epi32(odd_sums, row(scales, kMultiplierOdd)), row(scales, kAddendOdd));
      if constexpr (F == ScaleForm::kCorrected) {
        const I32 sign = _mm512_set1_epi64(int64_t{1} << 31);
        even = _mm512_sub_epi64(even, _mm512_and_si512(sums, sign));
        odd = _mm512_sub_epi64(odd, _mm512_and_si512(odd_sums, sign));
      }
      // The even products' high halves move down into the odd ones' low halves.
      const I32 high =
          _mm512_castps_si512(_mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
      return _mm512_srav_epi32(high, row(scales, kShift));
    }
  }

 protected:
  /// Stores the bytes of four vectors, each at its place. Packing worked on the quarters of a register, so that each
  /// holds four values of every vector.
  template <int N>
  [[gnu::always_inline]] static inline void store4_bytes(__m512i bytes, Byte* p0, Byte* p1, Byte* p2, Byte* p3) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i ordered = _mm512_permutexvar_epi32(order, bytes);
    if constexpr (N == 1) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p0), _mm512_castsi512_si128(ordered));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p1), _mm512_extracti32x4_epi32(ordered, 1));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p2), _mm512_extracti32x4_epi32(ordered, 2));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p3), _mm512_extracti32x4_epi32(ordered, 3));
    } else if constexpr (N == 2) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p0), _mm512_castsi512_si256(ordered));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p2), _mm512_extracti64x4_epi64(ordered, 1));
    } else {
      _mm512_storeu_si512(p0, ordered);
    }
  }

 private:
  [[gnu::always_inline]] static inline __m512 float_row(const int32_t* scales, int32_t r) {
    return _mm512_castsi512_ps(row(scales, r));
  }
  [[gnu::always_inline]] static inline I32 row(const int32_t* scales, int32_t r) { return load(scales + r * kLanes); }

  [[gnu::always_inline]] static inline I32 scaled_wide(I32 sums, const int32_t* scales, const Finish& finish) {
    const I32 v = _mm512_sllv_epi32(sums, row(scales, kLeft));
    const I32 odd_v = _mm512_srli_epi64(v, 32);
    const I32 sign = _mm512_set1_epi64(int64_t{1} << 31);
    I32 even = _mm512_add_epi64(_mm512_mul_epi32(v, row(scales, kMultiplierEven)), row(scales, kAddendEven));
    I32 odd = _mm512_add_epi64(_mm512_mul_epi32(odd_v, row(scales, kMultiplierOdd)), row(scales, kAddendOdd));
    even = _mm512_mask_sub_epi64(even, _mm512_test_epi64_mask(v, sign), even, row(scales, kNegativeEven));
    odd = _mm512_mask_sub_epi64(odd, _mm512_test_epi64_mask(odd_v, sign), odd, row(scales, kNegativeOdd));
    even = _mm512_srav_epi64(even, row(scales, kRightEven));
    odd = _mm512_slli_epi64(_mm512_srav_epi64(odd, row(scales, kRightOdd)), 32);
    const I32 zero_point = _mm512_set1_epi32(finish.zero_point);
    I32 value = _mm512_add_epi32(_mm512_mask_blend_epi32(0xAAAA, even, odd), zero_point);
    value = _mm512_max_epi32(value, _mm512_set1_epi32(finish.low));
    value = _mm512_min_epi32(value, _mm512_set1_epi32(finish.high));
    return _mm512_sub_epi32(value, zero_point);
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_SCALE_X86_512_HPP_
