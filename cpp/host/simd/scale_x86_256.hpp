// Scales of 8 sums in AVX2 registers. Include only in files compiled for AVX2 or more.
#ifndef EDGETWIN_HOST_SIMD_SCALE_X86_256_HPP_
#define EDGETWIN_HOST_SIMD_SCALE_X86_256_HPP_

#include <immintrin.h>

#include <xsimd/xsimd.hpp>

#include "host/simd/rows_x86.hpp"
#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {
namespace {

/// What both 256-bit levels do alike: everything but dot products and codes.
struct Int32x8 : RowsX86 {
  using Arch = xsimd::fma3<xsimd::avx2>;  ///< of xsimd
  using I32 = __m256i;
  using Byte = unsigned char;
  static constexpr int kLanes = 8;
  static constexpr bool kFloatScales = false;
  static constexpr bool kWideSums = true;  ///< there are add_wide() and wide_scaled()

  [[gnu::always_inline]] static inline I32 load(const int32_t* values) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(values));
  }
  [[gnu::always_inline]] static inline I32 add(I32 x, I32 y) { return _mm256_add_epi32(x, y); }
  /// 16 bytes in every quarter of a register; unaligned.
  [[gnu::always_inline]] static inline I32 repeated16(const int8_t* values) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
  }
  /// Bytes of what repeated16() gave, by their index; 0 where that is 16 or more: the sum has its top bit set then.
  [[gnu::always_inline]] static inline I32 entries(I32 repeated, I32 index) {
    return _mm256_shuffle_epi8(repeated, _mm256_adds_epu8(index, _mm256_set1_epi8(0x70)));
  }
  /// kLanes int8 values, unaligned.
  [[gnu::always_inline]] static inline I32 widened(const int8_t* values) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(values)));
  }
  /// Whether float32 instructions round to nearest in this thread: a program may have asked for something else, and
  /// what was certified at load would no longer hold.
  [[gnu::always_inline]] static inline bool rounds_to_nearest() {
    return (_mm_getcsr() & _MM_ROUND_MASK) == _MM_ROUND_NEAREST;
  }
  [[gnu::always_inline]] static inline I32 max(I32 x, I32 y) { return _mm256_max_epi32(x, y); }

  [[gnu::always_inline]] static inline I32 zero() { return _mm256_setzero_si256(); }

  /// Adds int32 lanes to sums of 64 bits. A product with 1 extends the sign of the even lanes.
  [[gnu::always_inline]] static inline void add_wide(I32 sums, I32& even, I32& odd) {
    const I32 one = _mm256_set1_epi32(1);
    even = _mm256_add_epi64(even, _mm256_mul_epi32(sums, one));
    odd = _mm256_add_epi64(odd, _mm256_mul_epi32(_mm256_srli_epi64(sums, 32), one));
  }

  /// Low halves of (sum * multiplier + half) >> right, see WideScaleRow.
  [[gnu::always_inline]] static inline I32 wide_scaled(I32 even, I32 odd, const int32_t* scales) {
    const I32 low = shifted_right(
        _mm256_add_epi64(wide_product(even, row(scales, kWideMultiplierEven)), row(scales, kWideHalfEven)),
        row(scales, kWideRightEven));
    const I32 high =
        shifted_right(_mm256_add_epi64(wide_product(odd, row(scales, kWideMultiplierOdd)), row(scales, kWideHalfOdd)),
                      row(scales, kWideRightOdd));
    return _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xAA);
  }

  /// (sum * multiplier + addend - [sum < 0] * 2^31) >> shift, see channel_scale.hpp. x86 multiplies the even lanes; the
  /// odd ones are moved down for it. A shift of 32 or more needs the products' high halves only, so both halves meet in
  /// one vector and are shifted together by the rest.
  template <ScaleForm F>
  [[gnu::always_inline]] static inline I32 scaled(I32 sums, const int32_t* scales, const Finish& finish) {
    if constexpr (F == ScaleForm::kWide) {
      return scaled_wide(sums, scales, finish);
    } else {
      const I32 odd_sums = _mm256_srli_epi64(sums, 32);
      I32 even = _mm256_add_epi64(_mm256_mul_epi32(sums, row(scales, kMultiplierEven)), row(scales, kAddendEven));
      I32 odd = _mm256_add_epi64(_mm256_mul_epi32(odd_sums, row(scales, kMultiplierOdd)), row(scales, kAddendOdd));
      if constexpr (F == ScaleForm::kCorrected) {
        // The sign bit of a lane, as the low half of 64 bits, is the correction itself.
        const I32 sign = _mm256_set1_epi64x(int64_t{1} << 31);
        even = _mm256_sub_epi64(even, _mm256_and_si256(sums, sign));
        odd = _mm256_sub_epi64(odd, _mm256_and_si256(odd_sums, sign));
      }
      const I32 high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
      return _mm256_srav_epi32(high, row(scales, kShift));
    }
  }

 private:
  [[gnu::always_inline]] static inline I32 row(const int32_t* scales, int32_t r) { return load(scales + r * kLanes); }

  /// x * multiplier modulo 2^64 for multipliers of 32 bits, without a sign.
  [[gnu::always_inline]] static inline I32 wide_product(I32 x, I32 multiplier) {
    const I32 high = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), multiplier);
    return _mm256_add_epi64(_mm256_mul_epu32(x, multiplier), _mm256_slli_epi64(high, 32));
  }

  /// The result less the zero point after clamping: adding the zero point may wrap here, as it does in the core.
  [[gnu::always_inline]] static inline I32 scaled_wide(I32 sums, const int32_t* scales, const Finish& finish) {
    const I32 v = _mm256_sllv_epi32(sums, row(scales, kLeft));
    const I32 odd_v = _mm256_srli_epi64(v, 32);
    const I32 even =
        _mm256_sub_epi64(_mm256_add_epi64(_mm256_mul_epi32(v, row(scales, kMultiplierEven)), row(scales, kAddendEven)),
                         _mm256_and_si256(negative(v), row(scales, kNegativeEven)));
    const I32 odd = _mm256_sub_epi64(
        _mm256_add_epi64(_mm256_mul_epi32(odd_v, row(scales, kMultiplierOdd)), row(scales, kAddendOdd)),
        _mm256_and_si256(negative(odd_v), row(scales, kNegativeOdd)));
    const I32 low = shifted_right(even, row(scales, kRightEven));
    const I32 high = _mm256_slli_epi64(shifted_right(odd, row(scales, kRightOdd)), 32);
    const I32 zero_point = _mm256_set1_epi32(finish.zero_point);
    I32 value = _mm256_add_epi32(_mm256_blend_epi32(low, high, 0xAA), zero_point);
    value = _mm256_max_epi32(value, _mm256_set1_epi32(finish.low));
    value = _mm256_min_epi32(value, _mm256_set1_epi32(finish.high));
    return _mm256_sub_epi32(value, zero_point);
  }

  /// All ones in 64-bit lanes whose low half is negative.
  [[gnu::always_inline]] static inline I32 negative(I32 v) {
    return _mm256_shuffle_epi32(_mm256_srai_epi32(v, 31), _MM_SHUFFLE(2, 2, 0, 0));
  }

  /// AVX2 has no arithmetic shift of 64 bits: shifted as x + 2^63, which has no sign, and the shifted 2^63 taken off.
  [[gnu::always_inline]] static inline I32 shifted_right(I32 x, I32 by) {
    const I32 top = _mm256_set1_epi64x(INT64_MIN);
    return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(x, top), by), _mm256_srlv_epi64(top, by));
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_SCALE_X86_256_HPP_
