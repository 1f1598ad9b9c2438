// NEON with dot products of four int8 codes with four int8 weights.
#ifndef EDGETWIN_HOST_SIMD_VEC_NEON_DOTPROD_HPP_
#define EDGETWIN_HOST_SIMD_VEC_NEON_DOTPROD_HPP_

#include "host/simd/scale_neon.hpp"

namespace edgetwin::host::simd {
namespace {

struct NeonDotprod : Int32x4 {
  using Codes = int8x16_t;
  using Weights = int8x16_t;
  static constexpr CodeForm kForm = CodeForm::kSigned;
  static constexpr int kGroup = 4;
  static constexpr int kCodeBytes = 1;
  static constexpr int kWeightBytes = 16;
  static constexpr int kRegisters = 32;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    int32_t four;
    std::memcpy(&four, codes, sizeof(four));
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) {
    return vld1q_s8(reinterpret_cast<const int8_t*>(weights));
  }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    // The instruction itself, as in vec_avx512_vnni.hpp.
    asm("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(weights), "w"(codes));
  }
  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    dot(sum, codes, load_weights(weights));
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t, void* codes) {
    std::memcpy(codes, values, static_cast<size_t>(count));
  }

  /// Outputs are codes: both are int8. Sums scaled to 32 bits saturate to int16 and, with the zero point, to int8
  /// before they are clamped: the range lies inside.
  struct Range {
    int8x16_t low, high;
    int16x8_t zero_point;
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(vdupq_n_s8(static_cast<int8_t>(finish.low))),
          high(vdupq_n_s8(static_cast<int8_t>(finish.high))),
          zero_point(vdupq_n_s16(static_cast<int16_t>(finish.zero_point))) {}
    [[gnu::always_inline]] inline int8x16_t narrowed(I32 x0, I32 x1, I32 x2, I32 x3) const {
      const int16x8_t a = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(x0), x1), zero_point);
      const int16x8_t b = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(x2), x3), zero_point);
      return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(a), b), low), high);
    }
  };

  /// As Avx2::store4.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool, const Range& range) {
    const int8x16_t bytes = range.narrowed(x0, x1, x2, x3);
    if constexpr (N == 1) {
      const int32x4_t fours = vreinterpretq_s32_s8(bytes);
      store_low<4>(p0, vgetq_lane_s32(fours, 0));
      store_low<4>(p1, vgetq_lane_s32(fours, 1));
      store_low<4>(p2, vgetq_lane_s32(fours, 2));
      store_low<4>(p3, vgetq_lane_s32(fours, 3));
    } else if constexpr (N == 2) {
      store_low<8>(p0, bytes);
      store_low<8>(p2, vget_high_s8(bytes));
    } else {
      store_low<16>(p0, bytes);
    }
  }

  /// The first `count` of a vector's outputs.
  static void store_some(I32 x, Byte* place, int count, bool, const Range& range) {
    const int8x16_t bytes = range.narrowed(x, x, x, x);
    std::memcpy(place, &bytes, static_cast<size_t>(count));
  }

  /// In the order that level_kernels.hpp defines.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    const Codes a = load_weights(rows[0]), b = load_weights(rows[1]);
    const Codes c = load_weights(rows[2]), d = load_weights(rows[3]);
    const int16x8_t ab_low = vreinterpretq_s16_s8(vzip1q_s8(a, b)), ab_high = vreinterpretq_s16_s8(vzip2q_s8(a, b));
    const int16x8_t cd_low = vreinterpretq_s16_s8(vzip1q_s8(c, d)), cd_high = vreinterpretq_s16_s8(vzip2q_s8(c, d));
    out[0] = vreinterpretq_s8_s16(vzip1q_s16(ab_low, cd_low));
    out[1] = vreinterpretq_s8_s16(vzip2q_s16(ab_low, cd_low));
    out[2] = vreinterpretq_s8_s16(vzip1q_s16(ab_high, cd_high));
    out[3] = vreinterpretq_s8_s16(vzip2q_s16(ab_high, cd_high));
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool, const Range& range) {
    store_low<16>(place, range.narrowed(x[0], x[1], x[2], x[3]));
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_NEON_DOTPROD_HPP_
