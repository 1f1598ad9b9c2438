// Sums of int8 products with Arm's DSP extension: SMLAD, two products of 16 bits at once. See dot.hpp.
//
// GCC takes a line of assembly for one instruction when it chooses branches, so that lines which the assembler repeats
// are followed by as many empty ones.
#ifndef EDGETWIN_DOT_DSP_HPP_
#define EDGETWIN_DOT_DSP_HPP_

#include "edgetwin/channels.hpp"

namespace edgetwin::detail::dsp {

/// Copies n bytes, by words as far as they go.
inline void copy_codes(const int8_t* source, int32_t n, int8_t* target) {
  for (; n >= 4; n -= 4) {
    __builtin_memcpy(target, source, 4);
    source += 4;
    target += 4;
  }
  for (; n > 0; --n) *target++ = *source++;
}

/// Widens 4 * quads bytes. SXTB16 takes every other byte, so four codes k become two words: (k, k + 2), (k + 1, k + 3).
/// `stride` bytes lie between the targets of two such groups.
inline void widen_codes(const int8_t* source, int32_t quads, int32_t stride, int16_t* target) {
  const int8_t* const end = source + 4 * quads;
  while (source != end) {
    int32_t even, odd;
    asm volatile(
        "ldr %[odd], [%[source]], #4\n"
        "sxtb16 %[even], %[odd]\n"
        "sxtb16 %[odd], %[odd], ror #8\n"
        "strd %[even], %[odd], [%[target]]\n"
        "add %[target], %[target], %[stride]\n"
        : [source] "+&r"(source), [target] "+&r"(target), [even] "=&r"(even), [odd] "=&r"(odd)
        : [stride] "r"(stride)
        : "memory");
  }
}

/// Where code k lies in its column of pixels that are interleaved by groups of four codes.
[[nodiscard]] constexpr int32_t widened_place(int32_t k, int32_t pixels) {
  return k / 4 * 4 * pixels + (k & 1) * 2 + (k & 2) / 2;
}

/// Two pixels by two channels; x interleaves the pixels, depth is a multiple of 4, x is aligned to 4. A loop's end lies
/// in memory: registers are too few.
[[gnu::always_inline]] inline void dot_2_by_2(const int16_t* x, const int8_t* w0, const int8_t* w1, int32_t depth,
                                              int32_t& s00, int32_t& s01, int32_t& s10, int32_t& s11) {
  const int16_t* const end = x + 2 * depth;
  const int16_t* const end_of_16 = x + 2 * (depth & ~15);
  int32_t even, odd;
  asm volatile(
      ".macro edgetwin_quad\n"
      "ldmia %[x]!, {r2, r3, r4, r5}\n"
      "ldr %[odd], [%[w0]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad %[s00], %[even], r2, %[s00]\n"
      "smlad %[s10], %[even], r4, %[s10]\n"
      "smlad %[s00], %[odd], r3, %[s00]\n"
      "smlad %[s10], %[odd], r5, %[s10]\n"
      "ldr %[odd], [%[w1]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad %[s01], %[even], r2, %[s01]\n"
      "smlad %[s11], %[even], r4, %[s11]\n"
      "smlad %[s01], %[odd], r3, %[s01]\n"
      "smlad %[s11], %[odd], r5, %[s11]\n"
      ".endm\n"
      "ldr %[odd], %[end_of_16]\n"
      "b 2f\n"
      "1:\n"
      ".rept 4\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_16]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      ".purgem edgetwin_quad\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s00] "+r"(s00), [s01] "+r"(s01), [s10] "+r"(s10), [s11] "+r"(s11), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1),
        [even] "=&r"(even), [odd] "=&r"(odd)
      : [end] "m"(end), [end_of_16] "m"(end_of_16)
      : "r2", "r3", "r4", "r5", "cc", "memory");
}

/// Four sums over one column's codes but the last depth % 4, weights lying `depth` apart.
[[gnu::always_inline]] inline void dot_4(const int16_t* x, const int8_t* w0, int32_t depth, int32_t& s0, int32_t& s1,
                                         int32_t& s2, int32_t& s3) {
  const int8_t* w1 = w0 + depth;
  const int8_t* w2 = w1 + depth;
  const int8_t* w3 = w2 + depth;
  const int16_t* const end = x + (depth & ~3);
  const int16_t* const end_of_16 = x + (depth & ~15);
  int32_t even, odd, x_even, x_odd;
  asm volatile(
      ".macro edgetwin_row w, s\n"
      "ldr %[odd], [\\w], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad \\s, %[even], %[x_even], \\s\n"
      "smlad \\s, %[odd], %[x_odd], \\s\n"
      ".endm\n"
      ".macro edgetwin_quad\n"
      "ldrd %[x_even], %[x_odd], [%[x]], #8\n"
      "edgetwin_row %[w0], %[s0]\n"
      "edgetwin_row %[w1], %[s1]\n"
      "edgetwin_row %[w2], %[s2]\n"
      "edgetwin_row %[w3], %[s3]\n"
      ".endm\n"
      "ldr %[odd], %[end_of_16]\n"
      "b 2f\n"
      "1:\n"
      ".rept 4\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_16]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      ".purgem edgetwin_quad\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      ".purgem edgetwin_row\n"
      : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1),
        [w2] "+r"(w2), [w3] "+r"(w3), [even] "=&r"(even), [odd] "=&r"(odd), [x_even] "=&r"(x_even), [x_odd] "=&r"(x_odd)
      : [end] "m"(end), [end_of_16] "m"(end_of_16)
      : "cc", "memory");
}

/// The code of a sum, double rounding, shift = -right in [-31, -1]. Of the product hi:lo, floor((product + 2^30) /
/// 2^31) is 2 * hi + bit 31 + bit 30 of lo; ASRS leaves the last bit that it shifted out, the half, in the carry.
[[nodiscard]] inline int32_t saturated_code(int32_t sum, int32_t multiplier, int32_t right, int32_t zero_point) {
  int32_t low;
  asm("smull %[low], %[sum], %[sum], %[multiplier]\n"
      "lsls %[low], %[low], #1\n"
      "adc %[sum], %[sum], %[sum]\n"
      "add %[sum], %[sum], %[low], lsr #31\n"
      "add %[sum], %[sum], %[sum], asr #31\n"
      "asrs %[sum], %[sum], %[right]\n"
      "adc %[sum], %[sum], %[zero_point]\n"
      "ssat %[sum], #8, %[sum]\n"
      : [sum] "+&r"(sum), [low] "=&r"(low)
      : [multiplier] "r"(multiplier), [right] "r"(right), [zero_point] "r"(zero_point)
      : "cc");
  return sum;
}

/// The same for every rounding and shift, away from where it would cost registers.
[[gnu::noinline]] inline int32_t saturated_code(int32_t sum, int32_t multiplier, int32_t shift, int32_t zero_point,
                                                Rounding rounding) {
  const OutputCodes all = {zero_point, kInt8Min, kInt8Max, rounding};
  return output_code(sum, multiplier, shift, all);
}

/// Codes are widened to 16 bits, once for all channels, and two pixels share the widening of weights.
using Code = int16_t;
constexpr int32_t kPixels = 2;

/// Codes that lie in one piece are no column: they are not widened.
[[nodiscard]] constexpr const Code* in_place(const int8_t*) { return nullptr; }

/// Bytes for the columns of two pixels. Pieces of a column that do not begin at multiples of four codes are gathered as
/// bytes first.
[[nodiscard]] constexpr int32_t column_bytes(int32_t depth, bool by_four) {
  return (by_four ? 4 : 5) * rounded_up(depth, 8);
}

struct Columns {
  Code* codes;
  Code* first = nullptr;
  int8_t* gathered = nullptr;
  int32_t pixels = 0;
  int32_t depth = 0;

  /// Starts the column of pixel `pixel` of `pixel_count`.
  void begin(int32_t pixel, int32_t pixel_count, int32_t column_depth, bool by_four) {
    first = codes + 4 * pixel;
    gathered = by_four ? nullptr : reinterpret_cast<int8_t*>(codes) + 4 * rounded_up(column_depth, 8);
    pixels = pixel_count;
    depth = column_depth;
  }
  void put(int32_t k, const int8_t* source, int32_t n) {
    if (gathered != nullptr) {
      copy_codes(source, n, gathered + k);
      return;
    }
    widen_codes(source, n / 4, 8 * pixels, first + k * pixels);
    for (int32_t i = n & ~3; i < n; ++i) first[widened_place(k + i, pixels)] = source[i];
  }
  void fill(int32_t k, int8_t code, int32_t n) {
    if (gathered != nullptr) {
      for (int32_t i = k; i < k + n; ++i) gathered[i] = code;
      return;
    }
    // Four equal codes are the same in every order.
    Code* target = first + k * pixels;
    for (int32_t i = 0; i < n; i += 4) {
      target[0] = target[1] = target[2] = target[3] = code;
      target += 4 * pixels;
    }
  }
  void end() {
    if (gathered != nullptr) widen_codes(gathered, rounded_up(depth, 4) / 4, 8 * pixels, first);
  }
};

/// The products of codes [first, depth), where there are too few for more.
[[nodiscard, gnu::noinline]] inline int32_t dot_rest(const Code* x, int32_t pixels, const int8_t* weights,
                                                     int32_t first, int32_t depth, int32_t sum) {
  for (int32_t k = first; k < depth; ++k) sum = wrapping_add(sum, x[widened_place(k, pixels)] * weights[k]);
  return sum;
}

/// Channels whose sums are held before they become codes: in two loops, each has registers enough.
constexpr int32_t kBlock = 16;

/// Sums of n channels at two pixels, [n][2].
inline void sum_pair(const Code* x, const int8_t* w0, const int32_t* bias, int32_t depth, int32_t n, int32_t* sums) {
  const int32_t whole = depth & ~3;
  int32_t i = 0;
  for (; i + 2 <= n; i += 2) {
    int32_t s00 = bias[0], s01 = bias[1], s10 = s00, s11 = s01;
    const int8_t* const w1 = w0 + depth;
    dot_2_by_2(x, w0, w1, whole, s00, s01, s10, s11);
    sums[0] = s00;
    sums[1] = s10;
    sums[2] = s01;
    sums[3] = s11;
    if (whole != depth) {
      for (int j = 0; j < 4; ++j) sums[j] = dot_rest(x + 4 * (j & 1), 2, j < 2 ? w0 : w1, whole, depth, sums[j]);
    }
    w0 = w1 + depth;
    bias += 2;
    sums += 4;
  }
  if (i < n) {
    sums[0] = dot_rest(x, 2, w0, 0, depth, bias[0]);
    sums[1] = dot_rest(x + 4, 2, w0, 0, depth, bias[0]);
  }
}

/// Sums of n channels at one pixel.
inline void sum_single(const Code* x, const int8_t* weights, const int32_t* bias, int32_t depth, int32_t n,
                       int32_t* sums) {
  int32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    int32_t s0 = bias[0], s1 = bias[1], s2 = bias[2], s3 = bias[3];
    dot_4(x, weights, depth, s0, s1, s2, s3);
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
    if ((depth & 3) != 0) {
      for (int j = 0; j < 4; ++j) sums[j] = dot_rest(x, 1, weights + j * depth, depth & ~3, depth, sums[j]);
    }
    weights += 4 * depth;
    bias += 4;
    sums += 4;
  }
  for (; i < n; ++i) {
    *sums++ = dot_rest(x, 1, weights, 0, depth, *bias++);
    weights += depth;
  }
}

/// Codes of n channels' sums, saturated to int8.
template <int32_t kCount>
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output_0, int8_t* output_1) {
  const int32_t zero_point = o.zero_point;
  const Rounding rounding = o.rounding;
  // Shifts below it take the short way.
  const int32_t limit = rounding == Rounding::kDouble ? 0 : kInt32Min;
  const int32_t* const end = sums + kCount * n;
  while (sums != end) {
    const int32_t by = *multiplier++, right = -*shift++;
    if (-right < limit) {
      *output_0++ = static_cast<int8_t>(saturated_code(sums[0], by, right, zero_point));
      if (kCount == 2) *output_1++ = static_cast<int8_t>(saturated_code(sums[1], by, right, zero_point));
    } else {
      *output_0++ = static_cast<int8_t>(saturated_code(sums[0], by, -right, zero_point, rounding));
      if (kCount == 2) *output_1++ = static_cast<int8_t>(saturated_code(sums[1], by, -right, zero_point, rounding));
    }
    sums += kCount;
  }
}

/// Adds n products to n sums: one tap of a depthwise convolution.
inline void add_products(const int8_t* x, const int8_t* weights, int32_t n, int32_t* sums) {
  const int8_t* const end = x + (n & ~3);
  while (x != end) {
    int32_t x_even, x_odd, w_even, w_odd;
    asm volatile(
        "ldr %[x_odd], [%[x]], #4\n"
        "ldr %[w_odd], [%[w]], #4\n"
        "ldmia %[sums], {r2, r3, r4, r5}\n"
        "sxtb16 %[x_even], %[x_odd]\n"
        "sxtb16 %[w_even], %[w_odd]\n"
        "sxtb16 %[x_odd], %[x_odd], ror #8\n"
        "sxtb16 %[w_odd], %[w_odd], ror #8\n"
        "smlabb r2, %[x_even], %[w_even], r2\n"
        "smlabb r3, %[x_odd], %[w_odd], r3\n"
        "smlatt r4, %[x_even], %[w_even], r4\n"
        "smlatt r5, %[x_odd], %[w_odd], r5\n"
        "stmia %[sums]!, {r2, r3, r4, r5}\n"
        : [x] "+r"(x), [w] "+r"(weights), [sums] "+r"(sums), [x_even] "=&r"(x_even), [x_odd] "=&r"(x_odd),
          [w_even] "=&r"(w_even), [w_odd] "=&r"(w_odd)
        :
        : "r2", "r3", "r4", "r5", "memory");
  }
  for (int32_t i = 0; i < (n & 3); ++i) sums[i] = wrapping_add(sums[i], x[i] * weights[i]);
}

/// Codes of n channels' sums.
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output) {
  put_codes<1>(sums, multiplier, shift, n, o, output, nullptr);
  if (o.low == kInt8Min && o.high == kInt8Max) return;
  for (int32_t i = 0; i < n; ++i) output[i] = static_cast<int8_t>(clamp<int32_t>(output[i], o.low, o.high));
}

/// The codes of all channels at one or two pixels.
inline void put_pixels(const Code* x, int32_t pixels, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  for (int32_t first = 0; first < c.count; first += kBlock) {
    const int32_t n = min_of(kBlock, c.count - first);
    const int8_t* const weights = c.weights + first * c.depth;
    int32_t sums[2 * kBlock];
    if (pixels == 2) {
      sum_pair(x, weights, c.bias + first, c.depth, n, sums);
      put_codes<2>(sums, c.multiplier + first, c.shift + first, n, o, outputs[0] + first, outputs[1] + first);
    } else {
      sum_single(x, weights, c.bias + first, c.depth, n, sums);
      put_codes<1>(sums, c.multiplier + first, c.shift + first, n, o, outputs[0] + first, nullptr);
    }
  }
  // An activation's range is a part of int8: it may follow after saturation.
  if (o.low == kInt8Min && o.high == kInt8Max) return;
  for (int32_t pixel = 0; pixel < pixels; ++pixel) {
    for (int32_t i = 0; i < c.count; ++i) {
      outputs[pixel][i] = static_cast<int8_t>(clamp<int32_t>(outputs[pixel][i], o.low, o.high));
    }
  }
}

}  // namespace edgetwin::detail::dsp

#endif  // EDGETWIN_DOT_DSP_HPP_
