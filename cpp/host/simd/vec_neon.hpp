// NEON as every AArch64 processor has it: int16 products added to int32, so codes are int16 less their zero point.
#ifndef EDGETWIN_HOST_SIMD_VEC_NEON_HPP_
#define EDGETWIN_HOST_SIMD_VEC_NEON_HPP_

#include "host/simd/scale_neon.hpp"

namespace edgetwin::host::simd {
namespace {

struct Neon : Int32x4 {
  /// A pair's first codes or weights of all lanes, then its second ones: smlal wants them apart.
  using Codes = int16x4x2_t;
  using Weights = int16x4x2_t;
  static constexpr CodeForm kForm = CodeForm::kCentered;
  static constexpr int kGroup = 2;
  static constexpr int kCodeBytes = 2;
  static constexpr int kWeightBytes = 16;
  /// There are 32, but a tile's weights and codes take two each.
  static constexpr int kRegisters = 30;

  [[gnu::always_inline]] static inline Codes broadcast(const Byte* codes) {
    return vld2_dup_s16(reinterpret_cast<const int16_t*>(codes));
  }
  [[gnu::always_inline]] static inline Weights load_weights(const Byte* weights) {
    return vld2_s16(reinterpret_cast<const int16_t*>(weights));
  }
  [[gnu::always_inline]] static inline void dot(I32& sum, Codes codes, Weights weights) {
    // The instructions themselves, as in vec_avx512_vnni.hpp: GCC 12 copies and spills sums around the intrinsics.
    asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sum) : "w"(weights.val[0]), "w"(codes.val[0]));
    asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sum) : "w"(weights.val[1]), "w"(codes.val[1]));
  }
  [[gnu::always_inline]] static inline void dot_at(I32& sum, Codes codes, const Byte* weights) {
    dot(sum, codes, load_weights(weights));
  }

  static void to_codes(const int8_t* values, int64_t count, int32_t zero_point, void* codes) {
    int16_t* const target = static_cast<int16_t*>(codes);
    const int16x8_t zero = vdupq_n_s16(static_cast<int16_t>(zero_point));
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) vst1q_s16(target + i, vsubq_s16(vmovl_s8(vld1_s8(values + i)), zero));
    for (; i < count; ++i) target[i] = static_cast<int16_t>(values[i] - zero_point);
  }

  /// As Avx2::Range.
  struct Range {
    int16x8_t low, high, zero_point;
    [[gnu::always_inline]] inline explicit Range(const Finish& finish)
        : low(vdupq_n_s16(static_cast<int16_t>(finish.low - finish.zero_point))),
          high(vdupq_n_s16(static_cast<int16_t>(finish.high - finish.zero_point))),
          zero_point(vdupq_n_s16(static_cast<int16_t>(finish.zero_point))) {}
    /// Codes of two vectors of scaled sums.
    [[gnu::always_inline]] inline int16x8_t codes(I32 x0, I32 x1) const {
      return vmaxq_s16(vminq_s16(vqmovn_high_s32(vqmovn_s32(x0), x1), high), low);
    }
    [[gnu::always_inline]] inline int8x8_t values(int16x8_t x) const { return vmovn_s16(vaddq_s16(x, zero_point)); }
  };

  /// As Avx2::store4.
  template <int N>
  [[gnu::always_inline]] static inline void store4(I32 x0, I32 x1, I32 x2, I32 x3, Byte* p0, Byte* p1, Byte* p2,
                                                   Byte* p3, bool codes, const Range& range) {
    const int16x8_t a = range.codes(x0, x1), b = range.codes(x2, x3);
    if (codes) {
      if constexpr (N == 1) {
        store_low<8>(p0, a);
        store_low<8>(p1, vget_high_s16(a));
        store_low<8>(p2, b);
        store_low<8>(p3, vget_high_s16(b));
      } else {
        store_low<16>(p0, a);
        store_low<16>(p2, b);
      }
    } else {
      const int8x8_t first = range.values(a), second = range.values(b);
      if constexpr (N == 1) {
        store_low<4>(p0, first);
        store_low<4>(p1, vrev64_s32(vreinterpret_s32_s8(first)));
        store_low<4>(p2, second);
        store_low<4>(p3, vrev64_s32(vreinterpret_s32_s8(second)));
      } else {
        store_low<8>(p0, first);
        store_low<8>(p2, second);
      }
    }
  }

  /// The first `count` of a vector's outputs.
  static void store_some(I32 x, Byte* place, int count, bool codes, const Range& range) {
    const int16x8_t narrow = range.codes(x, x);
    const int8x8_t bytes = range.values(narrow);
    std::memcpy(place, codes ? static_cast<const void*>(&narrow) : &bytes,
                static_cast<size_t>(count * (codes ? kCodeBytes : 1)));
  }

  /// In the order that level_kernels.hpp defines; loads are all that it takes.
  [[gnu::always_inline]] static inline void interleave(const Byte* const (&rows)[kGroup], Codes (&out)[kGroup]) {
    for (int i = 0; i < kGroup; ++i) {
      const int16x8_t codes = vld1q_s16(reinterpret_cast<const int16_t*>(rows[i]));
      out[0].val[i] = vget_low_s16(codes);
      out[1].val[i] = vget_high_s16(codes);
    }
  }

  [[gnu::always_inline]] static inline void store_slice(const I32 (&x)[kGroup], Byte* place, bool codes,
                                                        const Range& range) {
    const int16x8_t narrow = range.codes(x[0], x[1]);
    if (codes) {
      store_low<16>(place, narrow);
    } else {
      store_low<8>(place, range.values(narrow));
    }
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_VEC_NEON_HPP_
