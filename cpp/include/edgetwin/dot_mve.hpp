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

/// Four sums over a column, weights lying `depth` apart. The accumulators of VMLADAVA are even registers ("Te").
inline void dot_4(const int8_t* x, const int8_t* w0, int32_t depth, int32_t& s0, int32_t& s1, int32_t& s2,
                  int32_t& s3) {
  const int8_t* w1 = w0 + depth;
  const int8_t* w2 = w1 + depth;
  const int8_t* w3 = w2 + depth;
  asm volatile(
      "dlstp.8 lr, %[depth]\n"
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
      : [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1),
        [w2] "+r"(w2), [w3] "+r"(w3)
      : [depth] "r"(depth)
      : "q0", "q1", "q2", "lr", "memory");
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

/// Four int32 in a vector register; the arrays that it is read from need no more than an element's alignment.
typedef int32_t Vector __attribute__((vector_size(16), aligned(4)));

[[nodiscard]] inline Vector load_4(const int32_t* source) {
  Vector value;
  asm("vldrw.32 %q0, [%1]" : "=w"(value) : "r"(source), "m"(*reinterpret_cast<const Vector*>(source)));
  return value;
}

[[nodiscard]] inline Vector all_of(int32_t value) {
  Vector all;
  asm("vdup.32 %q0, %1" : "=w"(all) : "r"(value));
  return all;
}

/// What put_4 needs for every four channels.
struct VectorCodes {
  Vector low;
  Vector high;
  int32_t zero_point;
};

/// Codes of four sums for double rounding. VQRDMULH is saturating_rounding_doubling_high_mul; VRSHL rounds ties up, so
/// negative values that it shifts right are made smaller by one first.
inline void put_4(int32_t s0, int32_t s1, int32_t s2, int32_t s3, Vector multiplier, Vector shift, bool shifts_left,
                  const VectorCodes& o, int8_t* output) {
  Vector v, sign;
  asm("vmov %q[v][2], %q[v][0], %[s0], %[s2]\n"
      "vmov %q[v][3], %q[v][1], %[s1], %[s3]\n"
      : [v] "=w"(v)
      : [s0] "r"(s0), [s1] "r"(s1), [s2] "r"(s2), [s3] "r"(s3));
  if (shifts_left) {
    const Vector zero = all_of(0);
    Vector left;
    asm("vmax.s32 %q[left], %q[shift], %q[zero]\n"
        "vshl.s32 %q[v], %q[v], %q[left]\n"
        "vmin.s32 %q[shift], %q[shift], %q[zero]\n"
        : [v] "+&w"(v), [shift] "+&w"(shift), [left] "=&w"(left)
        : [zero] "w"(zero));
  }
  asm volatile(
      "vqrdmulh.s32 %q[v], %q[v], %q[multiplier]\n"
      "vand %q[sign], %q[v], %q[shift]\n"
      "vshr.s32 %q[sign], %q[sign], #31\n"
      "vqadd.s32 %q[v], %q[v], %q[sign]\n"
      "vrshl.s32 %q[v], %q[v], %q[shift]\n"
      "vadd.i32 %q[v], %q[v], %[zero_point]\n"
      "vmax.s32 %q[v], %q[v], %q[low]\n"
      "vmin.s32 %q[v], %q[v], %q[high]\n"
      "vstrb.32 %q[v], [%[output]]\n"
      : [v] "+&w"(v), [sign] "=&w"(sign)
      : [multiplier] "w"(multiplier), [shift] "w"(shift), [low] "w"(o.low), [high] "w"(o.high),
        [zero_point] "r"(o.zero_point), [output] "l"(output)
      : "memory");
}

/// True if a shift is positive.
[[nodiscard]] inline bool any_left(const int32_t* shift, int32_t count) {
  int32_t largest = 0;
  asm volatile(
      "dlstp.32 lr, %[count]\n"
      "1: vldrw.32 q0, [%[shift]], #16\n"
      "vmaxv.s32 %[largest], q0\n"
      "letp lr, 1b\n"
      : [largest] "+r"(largest), [shift] "+r"(shift)
      : [count] "r"(count)
      : "q0", "lr", "memory");
  return largest > 0;
}

/// One pixel at a time, whose column holds its codes as they are.
using Code = int8_t;
constexpr int32_t kPixels = 1;

/// The column of codes that lie in one piece.
[[nodiscard]] constexpr const Code* in_place(const int8_t* codes) { return codes; }

[[nodiscard]] constexpr int32_t column_bytes(int32_t depth, bool) { return rounded_up(depth, 8); }

struct Columns {
  Code* codes;

  void begin(int32_t, int32_t, int32_t, bool) {}
  void put(int32_t k, const int8_t* source, int32_t n) { copy_codes(source, n, codes + k); }
  void fill(int32_t k, int8_t code, int32_t n) {
    for (int32_t i = 0; i < n; ++i) codes[k + i] = code;
  }
  void end() {}
};

/// The codes of all channels.
inline void put_pixels(const Code* x, int32_t, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  int8_t* output = outputs[0];
  const int8_t* weights = c.weights;
  int32_t i = 0;
  if (o.rounding == Rounding::kDouble) {
    const bool shifts_left = any_left(c.shift, c.count);
    const VectorCodes codes = {all_of(o.low), all_of(o.high), o.zero_point};
    for (; i + 4 <= c.count; i += 4) {
      int32_t s0 = c.bias[i], s1 = c.bias[i + 1], s2 = c.bias[i + 2], s3 = c.bias[i + 3];
      dot_4(x, weights, c.depth, s0, s1, s2, s3);
      put_4(s0, s1, s2, s3, load_4(c.multiplier + i), load_4(c.shift + i), shifts_left, codes, output + i);
      weights += 4 * c.depth;
    }
  }
  for (; i < c.count; ++i) {
    output[i] = output_code(dot_1(x, weights, c.depth, c.bias[i]), c.multiplier[i], c.shift[i], o);
    weights += c.depth;
  }
}

}  // namespace edgetwin::detail::mve

#endif  // EDGETWIN_DOT_MVE_HPP_
