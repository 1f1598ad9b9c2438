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

/// Two pixels by two channels; x interleaves the pixels, depth is a multiple of 4, x is aligned to 4. Returns behind
/// the codes that were read. A loop's end lies in memory: registers are too few.
inline const int16_t* dot_2_by_2(const int16_t* x, const int8_t* w0, const int8_t* w1, int32_t depth, int32_t& s00,
                                 int32_t& s01, int32_t& s10, int32_t& s11) {
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
  return x;
}

/// Four sums over one column's codes but the last depth % 4, weights lying `depth` apart.
inline void dot_4(const int16_t* x, const int8_t* w0, int32_t depth, int32_t& s0, int32_t& s1, int32_t& s2,
                  int32_t& s3) {
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

/// output_code for double rounding and shift in [-31, -1]. Of the product hi:lo, floor((product + 2^30) / 2^31) is
/// 2 * hi + bit 31 + bit 30 of lo; ASRS leaves the last bit that it shifted out, the half, in the carry.
inline int8_t output_code_right(int32_t sum, int32_t multiplier, int32_t right, const OutputCodes& o) {
  int32_t low;
  asm("smull %[low], %[sum], %[sum], %[multiplier]\n"
      "lsls %[low], %[low], #1\n"
      "adc %[sum], %[sum], %[sum]\n"
      "add %[sum], %[sum], %[low], lsr #31\n"
      "add %[sum], %[sum], %[sum], asr #31\n"
      "asrs %[sum], %[sum], %[right]\n"
      "adc %[sum], %[sum], %[zero_point]\n"
      : [sum] "+&r"(sum), [low] "=&r"(low)
      : [multiplier] "r"(multiplier), [right] "r"(right), [zero_point] "r"(o.zero_point)
      : "cc");
  return static_cast<int8_t>(clamp(sum, o.low, o.high));
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
    for (int32_t i = k; i < k + n; ++i) {
      if (gathered != nullptr) {
        gathered[i] = code;
      } else {
        first[widened_place(i, pixels)] = code;
      }
    }
  }
  void end() {
    if (gathered != nullptr) widen_codes(gathered, rounded_up(depth, 4) / 4, 8 * pixels, first);
  }
};

/// The products of the last depth % 4 codes.
[[nodiscard]] inline int32_t dot_rest(const Code* x, int32_t pixels, const int8_t* weights, int32_t depth,
                                      int32_t sum) {
  for (int32_t k = depth & ~3; k < depth; ++k) sum = wrapping_add(sum, x[widened_place(k, pixels)] * weights[k]);
  return sum;
}

/// The codes of one channel at two pixels.
inline void put_2(int32_t s0, int32_t s1, int32_t multiplier, int32_t shift, const OutputCodes& o, int8_t* output_0,
                  int8_t* output_1) {
  if (shift < 0 && o.rounding == Rounding::kDouble) {
    *output_0 = output_code_right(s0, multiplier, -shift, o);
    *output_1 = output_code_right(s1, multiplier, -shift, o);
  } else {
    *output_0 = output_code(s0, multiplier, shift, o);
    *output_1 = output_code(s1, multiplier, shift, o);
  }
}

inline void put_1(int32_t sum, int32_t multiplier, int32_t shift, const OutputCodes& o, int8_t* output) {
  *output = shift < 0 && o.rounding == Rounding::kDouble ? output_code_right(sum, multiplier, -shift, o)
                                                         : output_code(sum, multiplier, shift, o);
}

inline void put_pair(const Code* x, const Channels& c, const OutputCodes& o, int8_t* output_0, int8_t* output_1) {
  const int8_t* w0 = c.weights;
  const int32_t whole = c.depth & ~3;
  for (int32_t i = 0; i < c.count; i += 2) {
    // The last channel of an odd number is its own partner.
    const int32_t j = i + 1 < c.count ? i + 1 : i;
    const int8_t* const w1 = w0 + (j - i) * c.depth;
    int32_t s00 = c.bias[i], s01 = c.bias[j], s10 = s00, s11 = s01;
    dot_2_by_2(x, w0, w1, whole, s00, s01, s10, s11);
    if (whole != c.depth) {
      s00 = dot_rest(x, 2, w0, c.depth, s00);
      s01 = dot_rest(x, 2, w1, c.depth, s01);
      s10 = dot_rest(x + 4, 2, w0, c.depth, s10);
      s11 = dot_rest(x + 4, 2, w1, c.depth, s11);
    }
    put_2(s00, s10, c.multiplier[i], c.shift[i], o, output_0 + i, output_1 + i);
    put_2(s01, s11, c.multiplier[j], c.shift[j], o, output_0 + j, output_1 + j);
    w0 += 2 * c.depth;
  }
}

inline void put_single(const Code* x, const Channels& c, const OutputCodes& o, int8_t* output) {
  const int8_t* weights = c.weights;
  int32_t i = 0;
  for (; i + 4 <= c.count; i += 4) {
    int32_t s0 = c.bias[i], s1 = c.bias[i + 1], s2 = c.bias[i + 2], s3 = c.bias[i + 3];
    dot_4(x, weights, c.depth, s0, s1, s2, s3);
    if ((c.depth & 3) != 0) {
      s0 = dot_rest(x, 1, weights, c.depth, s0);
      s1 = dot_rest(x, 1, weights + c.depth, c.depth, s1);
      s2 = dot_rest(x, 1, weights + 2 * c.depth, c.depth, s2);
      s3 = dot_rest(x, 1, weights + 3 * c.depth, c.depth, s3);
    }
    put_1(s0, c.multiplier[i], c.shift[i], o, output + i);
    put_1(s1, c.multiplier[i + 1], c.shift[i + 1], o, output + i + 1);
    put_1(s2, c.multiplier[i + 2], c.shift[i + 2], o, output + i + 2);
    put_1(s3, c.multiplier[i + 3], c.shift[i + 3], o, output + i + 3);
    weights += 4 * c.depth;
  }
  for (; i < c.count; ++i) {
    int32_t sum = c.bias[i];
    for (int32_t k = 0; k < c.depth; ++k) sum = wrapping_add(sum, x[widened_place(k, 1)] * weights[k]);
    put_1(sum, c.multiplier[i], c.shift[i], o, output + i);
    weights += c.depth;
  }
}

/// The codes of all channels at one or two pixels.
inline void put_pixels(const Code* x, int32_t pixels, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  if (pixels == 2) {
    put_pair(x, c, o, outputs[0], outputs[1]);
  } else {
    put_single(x, c, o, outputs[0]);
  }
}

}  // namespace edgetwin::detail::dsp

#endif  // EDGETWIN_DOT_DSP_HPP_
