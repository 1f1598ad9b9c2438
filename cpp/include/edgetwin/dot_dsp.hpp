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

/// A run of channels' sums. It is passed as a copy, so that it lies on the stack: no register is left to point at it.
struct Run {
  const int16_t* x;                ///< the column, aligned to 4
  const int16_t* end_of_unrolled;  ///< behind the codes that an unrolled loop takes: by 16 of two pixels, by 32 of one
  const int16_t* end;              ///< behind the codes that are taken by 4
  const int32_t* bias;
  int32_t* sums;
  int32_t* end_of_sums;  ///< >= 1 tile behind sums
  int32_t depth;         ///< from a channel's weights to the next one's
  int32_t rest;          ///< depth % 4: codes of each channel that are left out
};

/// Two pixels by two channels a tile; x interleaves the pixels; sums [channel][pixel].
inline void sum_2_by_2(Run run, const int8_t* w0) {
  const int16_t* x;
  const int8_t* w1;
  int32_t even, odd, s00, s01, s10, s11;
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
      "0: ldr %[odd], %[bias]\n"
      "ldr %[even], %[depth]\n"
      "ldrd %[s00], %[s01], [%[odd]], #8\n"
      "add %[w1], %[w0], %[even]\n"
      "str %[odd], %[bias]\n"
      "mov %[s10], %[s00]\n"
      "mov %[s11], %[s01]\n"
      "ldr %[x], %[column]\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "b 2f\n"
      "1:\n"
      ".rept 4\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      "ldr %[odd], %[sums]\n"
      "ldr %[even], %[rest]\n"
      "strd %[s00], %[s10], [%[odd]], #8\n"
      "strd %[s01], %[s11], [%[odd]], #8\n"
      "add %[w0], %[w1], %[even]\n"
      "str %[odd], %[sums]\n"
      "ldr %[even], %[end_of_sums]\n"
      "cmp %[odd], %[even]\n"
      "bne 0b\n"
      ".purgem edgetwin_quad\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s00] "=&r"(s00), [s01] "=&r"(s01), [s10] "=&r"(s10), [s11] "=&r"(s11), [x] "=&r"(x), [w0] "+&r"(w0),
        [w1] "=&r"(w1), [even] "=&r"(even), [odd] "=&r"(odd), [bias] "+m"(run.bias), [sums] "+m"(run.sums)
      : [column] "m"(run.x), [end_of_unrolled] "m"(run.end_of_unrolled), [end] "m"(run.end), [depth] "m"(run.depth),
        [rest] "m"(run.rest), [end_of_sums] "m"(run.end_of_sums)
      : "r2", "r3", "r4", "r5", "cc", "memory");
}

/// One pixel by four channels a tile; sums [channel].
inline void sum_1_by_4(Run run, const int8_t* w0) {
  const int16_t* x;
  const int8_t *w1, *w2, *w3;
  int32_t even, odd, x_even, x_odd, s0, s1, s2, s3;
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
      "0: ldr %[odd], %[bias]\n"
      "ldr %[even], %[depth]\n"
      "ldrd %[s0], %[s1], [%[odd]], #8\n"
      "ldrd %[s2], %[s3], [%[odd]], #8\n"
      "add %[w1], %[w0], %[even]\n"
      "add %[w2], %[w1], %[even]\n"
      "add %[w3], %[w2], %[even]\n"
      "str %[odd], %[bias]\n"
      "ldr %[x], %[column]\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "b 2f\n"
      "1:\n"
      ".rept 8\n"
      "edgetwin_quad\n"
      ".endr\n"
      "ldr %[odd], %[end_of_unrolled]\n"
      "2: cmp %[x], %[odd]\n"
      "bne 1b\n"
      "ldr %[odd], %[end]\n"
      "b 4f\n"
      "3: edgetwin_quad\n"
      "ldr %[odd], %[end]\n"
      "4: cmp %[x], %[odd]\n"
      "bne 3b\n"
      "ldr %[odd], %[sums]\n"
      "ldr %[even], %[rest]\n"
      "strd %[s0], %[s1], [%[odd]], #8\n"
      "strd %[s2], %[s3], [%[odd]], #8\n"
      "add %[w0], %[w3], %[even]\n"
      "str %[odd], %[sums]\n"
      "ldr %[even], %[end_of_sums]\n"
      "cmp %[odd], %[even]\n"
      "bne 0b\n"
      ".purgem edgetwin_quad\n"
      ".purgem edgetwin_row\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
      : [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [x] "=&r"(x), [w0] "+&r"(w0), [w1] "=&r"(w1),
        [w2] "=&r"(w2), [w3] "=&r"(w3), [even] "=&r"(even), [odd] "=&r"(odd), [x_even] "=&r"(x_even),
        [x_odd] "=&r"(x_odd), [bias] "+m"(run.bias), [sums] "+m"(run.sums)
      : [column] "m"(run.x), [end_of_unrolled] "m"(run.end_of_unrolled), [end] "m"(run.end), [depth] "m"(run.depth),
        [rest] "m"(run.rest), [end_of_sums] "m"(run.end_of_sums)
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

/// Stores a saturated code and goes on to the next place. A conversion to int8 would extend the sign once more.
inline void store_code(int32_t code, int8_t*& output) {
  asm volatile("strb %[code], [%[output]], #1\n" : [output] "+r"(output) : [code] "r"(code) : "memory");
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
constexpr int32_t kBlock = 32;

/// Sums of n channels at one or two pixels, [n][pixels].
inline void sum_channels(const Code* x, int32_t pixels, const int8_t* weights, const int32_t* bias, int32_t depth,
                         int32_t n, int32_t* sums) {
  const int32_t tiled = pixels == 2 ? n & ~1 : n & ~3;
  if (tiled > 0) {
    Run run = {x,
               x + (depth & (pixels == 2 ? ~15 : ~31)) * pixels,
               x + (depth & ~3) * pixels,
               bias,
               sums,
               sums + tiled * pixels,
               depth,
               depth & 3};
    if (pixels == 2) {
      sum_2_by_2(run, weights);
    } else {
      sum_1_by_4(run, weights);
    }
  }
  if (tiled == n && (depth & 3) == 0) return;
  for (int32_t i = 0; i < n; ++i) {
    // Channels beyond the tiles have nothing yet; the others lack their last codes.
    const int32_t first = i < tiled ? depth & ~3 : 0;
    for (int32_t j = 0; j < pixels; ++j) {
      int32_t& sum = sums[i * pixels + j];
      sum = dot_rest(x + 4 * j, pixels, weights + i * depth, first, depth, i < tiled ? sum : bias[i]);
    }
  }
}

/// True if all shifts are in [-31, -1] and rounding is double: those that saturated_code takes.
[[nodiscard]] inline bool all_right(const int32_t* shift, int32_t n, Rounding rounding) {
  int32_t signs = -1, i = 0;
  for (; i + 4 <= n; i += 4) signs &= shift[i] & shift[i + 1] & shift[i + 2] & shift[i + 3];
  for (; i < n; ++i) signs &= shift[i];
  return signs < 0 && rounding == Rounding::kDouble;
}

/// Codes of n channels' sums, saturated to int8. kCount pixels, whose sums lie side by side.
template <int32_t kCount>
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output_0, int8_t* output_1) {
  const int32_t* const end = sums + kCount * n;
  if (all_right(shift, n, o.rounding)) {
    const int32_t zero_point = o.zero_point;
    while (sums != end) {
      const int32_t by = *multiplier++, right = -*shift++;
      store_code(saturated_code(*sums++, by, right, zero_point), output_0);
      if (kCount == 2) store_code(saturated_code(*sums++, by, right, zero_point), output_1);
    }
  } else {
    while (sums != end) {
      const int32_t by = *multiplier++, to = *shift++;
      store_code(saturated_code(*sums++, by, to, o.zero_point, o.rounding), output_0);
      if (kCount == 2) store_code(saturated_code(*sums++, by, to, o.zero_point, o.rounding), output_1);
    }
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
    sum_channels(x, pixels, weights, c.bias + first, c.depth, n, sums);
    if (pixels == 2) {
      put_codes<2>(sums, c.multiplier + first, c.shift + first, n, o, outputs[0] + first, outputs[1] + first);
    } else {
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
