// Sums of int8 products with Arm's DSP extension: SMLAD, two products of 16 bits at once. See dot.hpp.
#ifndef EDGETWIN_DOT_DSP_HPP_
#define EDGETWIN_DOT_DSP_HPP_

#include "edgetwin/channels.hpp"
#include "edgetwin/dot_dsp_tiles.hpp"

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

/// Codes of two sums, saturated, whose places are `step` bytes before the next two's. Double rounding, multipliers >=
/// 2^30 and shifts = -right in [-16, -1]: floor((sum * multiplier + 2^30) / 2^31) is SMMULR of twice the sum. A sum
/// whose double saturates gives a code that does, too: at least 2^29 is left of it, which is 2^13 after 16 steps. ASRS
/// leaves the last bit that it shifted out, the half, in the carry.
template <int32_t kStep>
inline void take_two(const int32_t*& sums, const int32_t (&multiplier)[2], const int32_t (&right)[2],
                     int32_t zero_point, int32_t (&made)[2]) {
  asm volatile(
      "ldrd %[a], %[b], [%[sums]], %[step]\n"
      "qadd %[a], %[a], %[a]\n"
      "qadd %[b], %[b], %[b]\n"
      "smmulr %[a], %[a], %[multiplier_0]\n"
      "smmulr %[b], %[b], %[multiplier_1]\n"
      "add %[a], %[a], %[a], asr #31\n"
      "add %[b], %[b], %[b], asr #31\n"
      "asrs %[a], %[a], %[right_0]\n"
      "adc %[a], %[a], %[zero_point]\n"
      "asrs %[b], %[b], %[right_1]\n"
      "adc %[b], %[b], %[zero_point]\n"
      "ssat %[a], #8, %[a]\n"
      "ssat %[b], #8, %[b]\n"
      : [sums] "+r"(sums), [a] "=&r"(made[0]), [b] "=&r"(made[1])
      : [multiplier_0] "r"(multiplier[0]), [multiplier_1] "r"(multiplier[1]), [right_0] "r"(right[0]),
        [right_1] "r"(right[1]), [zero_point] "r"(zero_point), [step] "i"(kStep)
      : "cc", "memory");
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

/// Codes are widened to 16 bits, once for all channels, and pixels share the widening of weights.
using Code = int16_t;
constexpr int32_t kPixels = 4;

/// Columns of more codes would take too much memory four at a time.
[[nodiscard]] constexpr int32_t most_pixels(int32_t depth) { return depth <= 64 ? 4 : 2; }

/// Codes that lie in one piece are no column: they are not widened.
[[nodiscard]] constexpr const Code* in_place(const int8_t*) { return nullptr; }

/// Bytes for the columns of some pixels. Pieces of a column that do not begin at multiples of four codes are gathered
/// as bytes first.
[[nodiscard]] constexpr int32_t column_bytes(int32_t depth, int32_t pixels, bool by_four) {
  return (2 * pixels + (by_four ? 0 : 1)) * rounded_up(depth, 8);
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
    gathered = by_four ? nullptr : reinterpret_cast<int8_t*>(codes) + 2 * pixel_count * rounded_up(column_depth, 8);
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

/// Sums that are held before they become codes: in two loops, each has registers enough.
constexpr int32_t kSums = 64;

/// Sums of n channels at one, two or four pixels, [n][pixels].
inline void sum_channels(const Code* x, int32_t pixels, const int8_t* weights, const int32_t* bias, int32_t depth,
                         int32_t n, int32_t* sums) {
  const int32_t tiled = pixels == 4 ? n : pixels == 2 ? n & ~1 : n & ~3;
  if (tiled > 0) {
    Run run = {x,
               x + (depth & (pixels == 1 ? ~31 : ~15)) * pixels,
               x + (depth & ~3) * pixels,
               bias,
               sums,
               sums + tiled * pixels,
               depth,
               depth & 3};
    if (pixels == 4) {
      sum_4_by_1(run, weights);
    } else if (pixels == 2) {
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

/// True if take_two takes them all: then no multiplier lacks bit 30, and -shift - 1, which is ~shift, is below 16.
[[nodiscard]] inline bool are_usual(const int32_t* multiplier, const int32_t* shift, int32_t n, Rounding rounding) {
  int32_t common = int32_t{1} << 30, beyond = 0;
  for (const int32_t* const end = shift + (n & ~3); shift != end;) {
    asm("ldmia %[multiplier]!, {r2, r3, r4, r5}\n"
        "ands r2, r3\n"
        "ands r4, r5\n"
        "ands %[common], r2\n"
        "ands %[common], r4\n"
        "ldmia %[shift]!, {r2, r3, r4, r5}\n"
        "ands r2, r3\n"
        "ands r4, r5\n"
        "orn %[beyond], %[beyond], r2\n"
        "orn %[beyond], %[beyond], r4\n"
        : [multiplier] "+r"(multiplier), [shift] "+r"(shift), [common] "+l"(common), [beyond] "+r"(beyond)
        :
        : "r2", "r3", "r4", "r5", "cc", "memory");
  }
  for (int32_t i = 0; i < (n & 3); ++i) {
    common &= multiplier[i];
    beyond |= ~shift[i];
  }
  return common != 0 && (beyond & ~15) == 0 && rounding == Rounding::kDouble;
}

/// Codes of n channels' sums at kCount pixels, whose sums lie side by side; saturated to int8.
template <int32_t kCount>
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n, bool usual,
                      const OutputCodes& o, int8_t* const* outputs) {
  const int32_t zero_point = o.zero_point;
  int32_t done = 0;
  if (usual && kCount == 1) {
    int8_t* output = outputs[0];
    done = n & ~1;
    for (const int32_t* const end = shift + done; shift != end; shift += 2) {
      const int32_t by[] = {multiplier[0], multiplier[1]}, right[] = {-shift[0], -shift[1]};
      int32_t made[2];
      take_two<8>(sums, by, right, zero_point, made);
      store_code(made[0], output);
      store_code(made[1], output);
      multiplier += 2;
    }
  } else if (usual) {
    done = n;
    for (int32_t pixel = 0; pixel < kCount; pixel += 2) {
      const int32_t *from = sums + pixel, *by_one = multiplier;
      int8_t *output_0 = outputs[pixel], *output_1 = outputs[(pixel + 1) % kCount];
      for (const int32_t *at = shift, *const end = shift + n; at != end; ++at) {
        const int32_t m = *by_one++, r = -*at;
        const int32_t by[] = {m, m}, right[] = {r, r};
        int32_t made[2];
        take_two<4 * kCount>(from, by, right, zero_point, made);
        store_code(made[0], output_0);
        store_code(made[1], output_1);
      }
    }
  }
  for (; done < n; ++done) {
    for (int32_t pixel = 0; pixel < kCount; ++pixel) {
      outputs[pixel][done] = static_cast<int8_t>(saturated_code(*sums++, *multiplier, *shift, zero_point, o.rounding));
    }
    ++multiplier;
    ++shift;
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

/// Keeps n saturated codes in the activation's range, which is a part of int8.
inline void clamp_codes(int8_t* output, int32_t n, const OutputCodes& o) {
  if (o.low == kInt8Min && o.high == kInt8Max) return;
  for (int32_t i = 0; i < n; ++i) output[i] = static_cast<int8_t>(clamp<int32_t>(output[i], o.low, o.high));
}

/// Codes of n channels' sums.
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output) {
  put_codes<1>(sums, multiplier, shift, n, are_usual(multiplier, shift, n, o.rounding), o, &output);
  clamp_codes(output, n, o);
}

/// The codes of all channels at one, two or four pixels.
inline void put_pixels(const Code* x, int32_t pixels, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  const int32_t block = kSums / pixels;
  for (int32_t first = 0; first < c.count; first += block) {
    const int32_t n = min_of(block, c.count - first);
    const int32_t *const multiplier = c.multiplier + first, *const shift = c.shift + first;
    int32_t sums[kSums];
    sum_channels(x, pixels, c.weights + first * c.depth, c.bias + first, c.depth, n, sums);
    int8_t* at[kPixels];
    for (int32_t pixel = 0; pixel < pixels; ++pixel) at[pixel] = outputs[pixel] + first;
    if (pixels == 4) {
      put_codes<4>(sums, multiplier, shift, n, c.usual, o, at);
    } else if (pixels == 2) {
      put_codes<2>(sums, multiplier, shift, n, c.usual, o, at);
    } else {
      put_codes<1>(sums, multiplier, shift, n, c.usual, o, at);
    }
  }
  for (int32_t pixel = 0; pixel < pixels; ++pixel) clamp_codes(outputs[pixel], c.count, o);
}

}  // namespace edgetwin::detail::dsp

#endif  // EDGETWIN_DOT_DSP_HPP_
