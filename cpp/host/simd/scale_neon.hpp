// Scales of 4 sums in NEON registers. Include only in files compiled for AArch64.
#ifndef EDGETWIN_HOST_SIMD_SCALE_NEON_HPP_
#define EDGETWIN_HOST_SIMD_SCALE_NEON_HPP_

#include <arm_neon.h>

#include <cstring>
#include <xsimd/xsimd.hpp>

#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {
namespace {

/// What both NEON levels do alike: everything but dot products and codes.
struct Int32x4 {
  using Arch = xsimd::neon64;  ///< of xsimd
  using I32 = int32x4_t;
  using Byte = unsigned char;
  static constexpr int kLanes = 4;
  static constexpr bool kFloatScales = false;
  static constexpr bool kWideSums = false;

  [[gnu::always_inline]] static inline I32 load(const int32_t* values) { return vld1q_s32(values); }

  using Four = int32x4_t;
  [[gnu::always_inline]] static inline void add_eight(Four& sums, const int8_t* values, const int16_t* weights) {
    add_products(sums, vmovl_s8(vld1_s8(values)), weights);
  }
  [[gnu::always_inline]] static inline void add_eight(Four& sums, const int16_t* values, const int16_t* weights) {
    add_products(sums, vld1q_s16(values), weights);
  }
  [[gnu::always_inline]] static inline Four totals(const Four (&rows)[4]) {
    return vpaddq_s32(vpaddq_s32(rows[0], rows[1]), vpaddq_s32(rows[2], rows[3]));
  }

  /// 16 bytes, unaligned.
  [[gnu::always_inline]] static inline uint8x16_t repeated16(const int8_t* values) {
    return vreinterpretq_u8_s8(vld1q_s8(values));
  }
  /// Bytes of what repeated16() gave, by their index; 0 where that is 16 or more.
  [[gnu::always_inline]] static inline uint8x16_t entries(uint8x16_t repeated, uint8x16_t index) {
    return vqtbl1q_u8(repeated, index);
  }
  /// kLanes int8 values, unaligned.
  [[gnu::always_inline]] static inline I32 widened(const int8_t* values) {
    int32_t four;
    std::memcpy(&four, values, sizeof(four));
    return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)))));
  }
  /// Whether float32 instructions round to nearest in this thread: a program may have asked for something else, and
  /// what was certified at load would no longer hold.
  [[gnu::always_inline]] static inline bool rounds_to_nearest() {
    uint64_t control;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    return (control & (uint64_t{3} << 22)) == 0;
  }
  [[gnu::always_inline]] static inline I32 max(I32 x, I32 y) { return vmaxq_s32(x, y); }
  [[gnu::always_inline]] static inline I32 add(I32 x, I32 y) { return vaddq_s32(x, y); }

  /// As in channel_scale.hpp, with a shift of 31 + e, e >= 1, in two steps that NEON has instructions for: nested
  /// floors merge, so floor((floor((x + a) / 2^31) + h) / 2^e) = floor((x + a + h * 2^31) / 2^(31 + e)). Double
  /// rounding: a = 2^30, which sqrdmulh adds, and h = 2^(e-1) - [product < 0]: srshl adds 2^(e-1), and one is taken off
  /// a negative product before. That saturates at -2^31 only, which gives -2^(31-e) with it and without. Single
  /// rounding: a = 0, which sqdmulh does not add, and h = 2^(e-1). Neither multiplication saturates: multipliers are
  /// not negative.
  template <ScaleForm F>
  [[gnu::always_inline]] static inline I32 scaled(I32 sums, const int32_t* scales, const Finish& finish) {
    if constexpr (F == ScaleForm::kWide) {
      return scaled_wide(sums, scales, finish);
    } else {
      const I32 multiplier = row(scales, kMultiplierEven);
      const I32 right = vmvnq_s32(row(scales, kShift));  // -e, since the row holds e - 1
      if constexpr (F == ScaleForm::kCorrected) {
        const I32 product = vqrdmulhq_s32(sums, multiplier);
        return vrshlq_s32(vqaddq_s32(product, vshrq_n_s32(product, 31)), right);
      } else {
        // The addend, 2^(30+e) with single rounding and 2^30 more with double rounding, tells which of them it is. Both
        // are made and one is chosen: a branch for every vector took more.
        const uint32x4_t twice = vtstq_s32(vdupq_n_s32(scales[kAddendEven * kLanes]), vdupq_n_s32(1 << 30));
        return vrshlq_s32(vbslq_s32(twice, vqrdmulhq_s32(sums, multiplier), vqdmulhq_s32(sums, multiplier)), right);
      }
    }
  }

 protected:
  /// The lowest 4 or 8 bytes of a vector.
  template <int Bytes, class Vector>
  [[gnu::always_inline]] static inline void store_low(Byte* place, Vector value) {
    std::memcpy(place, &value, Bytes);
  }

 private:
  [[gnu::always_inline]] static inline void add_products(Four& sums, int16x8_t values, const int16_t* weights) {
    const int16x8_t w = vld1q_s16(weights);
    sums = vmlal_high_s16(vmlal_s16(sums, vget_low_s16(values), vget_low_s16(w)), values, w);
  }

  [[gnu::always_inline]] static inline I32 row(const int32_t* scales, ScaleRow r) { return load(scales + r * kLanes); }
  [[gnu::always_inline]] static inline int64x2_t wide_row(const int32_t* scales, ScaleRow r) {
    return vreinterpretq_s64_s32(row(scales, r));
  }

  /// The result less the zero point after clamping: adding the zero point may wrap here, as it does in the core.
  [[gnu::always_inline]] static inline I32 scaled_wide(I32 sums, const int32_t* scales, const Finish& finish) {
    const I32 v = vshlq_s32(sums, row(scales, kLeft));
    const I32 multiplier = row(scales, kMultiplierEven);
    const int32x2_t even = scaled_two(vuzp1q_s32(v, v), vuzp1q_s32(multiplier, multiplier), scales, kAddendEven);
    const int32x2_t odd = scaled_two(vuzp2q_s32(v, v), vuzp2q_s32(multiplier, multiplier), scales, kAddendOdd);
    const I32 zero_point = vdupq_n_s32(finish.zero_point);
    I32 value = vaddq_s32(vcombine_s32(vzip1_s32(even, odd), vzip2_s32(even, odd)), zero_point);
    value = vminq_s32(vmaxq_s32(value, vdupq_n_s32(finish.low)), vdupq_n_s32(finish.high));
    return vsubq_s32(value, zero_point);
  }

  /// The even or the odd channels, whose 64-bit rows lie at the same distance from each other.
  [[gnu::always_inline]] static inline int32x2_t scaled_two(I32 v, I32 multiplier, const int32_t* scales,
                                                            ScaleRow addend) {
    const bool odd = addend == kAddendOdd;
    const int64x2_t negative = vshrq_n_s64(vmovl_s32(vget_low_s32(v)), 63);
    const int64x2_t correction = vandq_s64(negative, wide_row(scales, odd ? kNegativeOdd : kNegativeEven));
    const int64x2_t product = vmlal_s32(wide_row(scales, addend), vget_low_s32(v), vget_low_s32(multiplier));
    const int64x2_t left = vnegq_s64(wide_row(scales, odd ? kRightOdd : kRightEven));
    return vmovn_s64(vshlq_s64(vsubq_s64(product, correction), left));
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_SCALE_NEON_HPP_
