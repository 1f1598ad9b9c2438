// Sums of int8 products with Arm's vector extension (MVE, Helium). See dot.hpp.
#ifndef EDGETWIN_DOT_MVE_HPP_
#define EDGETWIN_DOT_MVE_HPP_

#include "edgetwin/channels.hpp"

namespace edgetwin::detail::mve {

/// Copies n >= 1 bytes.
inline void copy_codes(const int8_t* source, int32_t n, int8_t* target) {
  asm volatile(
      "dlstp.8 lr, %[n]\n"
      "1: vldrb.8 q0, [%[source]], #16\n"
      "vstrb.8 q0, [%[target]], #16\n"
      "letp lr, 1b\n"
      : [source] "+r"(source), [target] "+r"(target)
      : [n] "r"(n)
      : "q0", "lr", "memory");
}

/// Writes a code n >= 1 times.
inline void fill_codes(int8_t code, int32_t n, int8_t* target) {
  asm volatile(
      "vdup.8 q0, %[code]\n"
      "dlstp.8 lr, %[n]\n"
      "1: vstrb.8 q0, [%[target]], #16\n"
      "letp lr, 1b\n"
      : [target] "+&r"(target)
      : [code] "r"(code), [n] "r"(n)
      : "q0", "lr", "memory");
}

/// Sums of n channels over a column, n a multiple of 4 and positive, four channels at a time. The accumulators of
/// VMLADAVA are even registers ("Te").
inline void dot_by_4(const int8_t* column, const int8_t* w0, const int32_t* bias, int32_t depth, int32_t n,
                     int32_t* sums) {
  const int32_t* const end = sums + n;
  const int8_t *x, *w1, *w2, *w3, *next;
  int32_t s0, s1, s2, s3;
  asm volatile(
      "0: ldr %[x], %[depth]\n"
      "ldrd %[s0], %[s1], [%[bias]], #8\n"
      "ldrd %[s2], %[s3], [%[bias]], #8\n"
      "add %[w1], %[w0], %[x]\n"
      "add %[w2], %[w1], %[x]\n"
      "add %[w3], %[w2], %[x]\n"
      "add %[next], %[w3], %[x]\n"
      "dlstp.8 lr, %[x]\n"
      "ldr %[x], %[column]\n"
      "1: vldrb.8 q0, [%[x]], #16\n"
      "vldrb.8 q1, [%[w0]], #16\n"
      "vmladava.s8 %[s0], q0, q1\n"
      "vldrb.8 q2, [%[w1]], #16\n"
      "vmladava.s8 %[s1], q0, q2\n"
      "vldrb.8 q1, [%[w2]], #16\n"
      "vmladava.s8 %[s2], q0, q1\n"
      "vldrb.8 q2, [%[w3]], #16\n"
      "vmladava.s8 %[s3], q0, q2\n"
      "letp lr, 1b\n"
      "strd %[s0], %[s1], [%[sums]], #8\n"
      "strd %[s2], %[s3], [%[sums]], #8\n"
      "ldr %[x], %[end]\n"
      "mov %[w0], %[next]\n"
      "cmp %[sums], %[x]\n"
      "bne 0b\n"
      : [s0] "=&Te"(s0), [s1] "=&Te"(s1), [s2] "=&Te"(s2), [s3] "=&Te"(s3), [x] "=&r"(x), [w0] "+&r"(w0),
        [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [next] "=&r"(next), [bias] "+&r"(bias), [sums] "+&r"(sums)
      : [column] "m"(column), [depth] "m"(depth), [end] "m"(end)
      : "q0", "q1", "q2", "lr", "cc", "memory");
}

inline int32_t dot_1(const int8_t* x, const int8_t* w, int32_t depth, int32_t sum) {
  asm volatile(
      "dlstp.8 lr, %[depth]\n"
      "1: vldrb.8 q0, [%[x]], #16\n"
      "vldrb.8 q1, [%[w]], #16\n"
      "vmladava.s8 %[sum], q0, q1\n"
      "letp lr, 1b\n"
      : [sum] "+Te"(sum), [x] "+r"(x), [w] "+r"(w)
      : [depth] "r"(depth)
      : "q0", "q1", "lr", "memory");
  return sum;
}

/// Codes of n >= 1 sums. VQRDMULH is saturating_rounding_doubling_high_mul; VRSHL rounds ties up,
/// so negative values that it shifts right are made smaller by one first.
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output) {
  if (o.rounding == Rounding::kSingle) {
    for (int32_t i = 0; i < n; ++i) output[i] = output_code(sums[i], multiplier[i], shift[i], o);
    return;
  }
  asm volatile(
      "vdup.32 q4, %[low]\n"
      "vdup.32 q5, %[high]\n"
      "vmov.i32 q6, #0\n"
      "dlstp.32 lr, %[n]\n"
      "1: vldrw.32 q2, [%[shift]], #16\n"
      "vldrw.32 q0, [%[sums]], #16\n"
      "vmax.s32 q3, q2, q6\n"
      "vldrw.32 q1, [%[multiplier]], #16\n"
      "vshl.s32 q0, q0, q3\n"
      "vmin.s32 q2, q2, q6\n"
      "vqrdmulh.s32 q0, q0, q1\n"
      "vand q3, q0, q2\n"
      "vshr.s32 q3, q3, #31\n"
      "vqadd.s32 q0, q0, q3\n"
      "vrshl.s32 q0, q0, q2\n"
      "vadd.i32 q0, q0, %[zero_point]\n"
      "vmax.s32 q0, q0, q4\n"
      "vmin.s32 q0, q0, q5\n"
      "vstrb.32 q0, [%[output]], #4\n"
      "letp lr, 1b\n"
      : [sums] "+&r"(sums), [multiplier] "+&r"(multiplier), [shift] "+&r"(shift), [output] "+&l"(output)
      : [n] "r"(n), [low] "r"(o.low), [high] "r"(o.high), [zero_point] "r"(o.zero_point)
      : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "lr", "memory");
}

/// Adds n >= 1 products to n sums: one tap of a depthwise convolution.
inline void add_products(const int8_t* x, const int8_t* weights, int32_t n, int32_t* sums) {
  asm volatile(
      "dlstp.32 lr, %[n]\n"
      "1: vldrb.s32 q0, [%[x]], #4\n"
      "vldrb.s32 q1, [%[w]], #4\n"
      "vldrw.32 q2, [%[sums]]\n"
      "vmul.i32 q0, q0, q1\n"
      "vadd.i32 q0, q0, q2\n"
      "vstrw.32 q0, [%[sums]], #16\n"
      "letp lr, 1b\n"
      : [x] "+l"(x), [w] "+l"(weights), [sums] "+r"(sums)
      : [n] "r"(n)
      : "q0", "q1", "q2", "lr", "memory");
}

/// One pixel at a time, whose column holds its codes as they are.
using Code = int8_t;
constexpr int32_t kPixels = 1;

[[nodiscard]] constexpr int32_t most_pixels(int32_t) { return kPixels; }

/// The column of codes that lie in one piece.
[[nodiscard]] constexpr const Code* in_place(const int8_t* codes) { return codes; }

[[nodiscard]] constexpr int32_t column_bytes(int32_t depth, int32_t, bool) { return rounded_up(depth, 8); }

struct Columns {
  Code* codes;

  void begin(int32_t, int32_t, int32_t, bool) {}
  void put(int32_t k, const int8_t* source, int32_t n) { copy_codes(source, n, codes + k); }
  void fill(int32_t k, int8_t code, int32_t n) { fill_codes(code, n, codes + k); }
  void end() {}
};

/// Channels whose sums are held before they become codes: in two loops, each has registers enough.
constexpr int32_t kBlock = 32;

/// Sums of n channels.
inline void sum_channels(const Code* x, const int8_t* weights, const int32_t* bias, int32_t depth, int32_t n,
                         int32_t* sums) {
  const int32_t by_4 = n & ~3;
  if (by_4 > 0) dot_by_4(x, weights, bias, depth, by_4, sums);
  for (int32_t i = by_4; i < n; ++i) sums[i] = dot_1(x, weights + i * depth, depth, bias[i]);
}

/// Of scales that become codes faster than others there are none.
[[nodiscard]] constexpr bool are_usual(const int32_t*, const int32_t*, int32_t, Rounding) { return false; }

/// The codes of all channels.
inline void put_pixels(const Code* x, int32_t, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  for (int32_t first = 0; first < c.count; first += kBlock) {
    const int32_t n = min_of(kBlock, c.count - first);
    int8_t* const output = outputs[0] + first;
    int32_t sums[kBlock];
    sum_channels(x, c.weights + first * c.depth, c.bias + first, c.depth, n, sums);
    put_codes(sums, c.multiplier + first, c.shift + first, n, o, output);
  }
}

}  // namespace edgetwin::detail::mve

#endif  // EDGETWIN_DOT_MVE_HPP_
