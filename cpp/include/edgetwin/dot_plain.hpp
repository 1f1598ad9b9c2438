// Sums of int8 products in plain C++. See dot.hpp.
#ifndef EDGETWIN_DOT_PLAIN_HPP_
#define EDGETWIN_DOT_PLAIN_HPP_

#include "edgetwin/channels.hpp"

namespace edgetwin::detail::plain {

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
  void put(int32_t k, const int8_t* source, int32_t n) {
    for (int32_t i = 0; i < n; ++i) codes[k + i] = source[i];
  }
  void fill(int32_t k, int8_t code, int32_t n) {
    for (int32_t i = 0; i < n; ++i) codes[k + i] = code;
  }
  void end() {}
};

/// Of scales that become codes faster than others there are none.
[[nodiscard]] constexpr bool are_usual(const int32_t*, const int32_t*, int32_t, Rounding) { return false; }

/// The codes of all channels, four at a time: every code of the input is loaded once for four products.
inline void put_pixels(const Code* x, int32_t, const Channels& c, const OutputCodes& o, int8_t* const* outputs) {
  int8_t* output = outputs[0];
  const int8_t* weights = c.weights;
  int32_t i = 0;
  for (; i + 4 <= c.count; i += 4) {
    int32_t s0 = c.bias[i], s1 = c.bias[i + 1], s2 = c.bias[i + 2], s3 = c.bias[i + 3];
    const int8_t* const w1 = weights + c.depth;
    const int8_t* const w2 = w1 + c.depth;
    const int8_t* const w3 = w2 + c.depth;
    for (int32_t k = 0; k < c.depth; ++k) {
      const int32_t code = x[k];
      s0 = wrapping_add(s0, code * weights[k]);
      s1 = wrapping_add(s1, code * w1[k]);
      s2 = wrapping_add(s2, code * w2[k]);
      s3 = wrapping_add(s3, code * w3[k]);
    }
    output[i] = output_code(s0, c.multiplier[i], c.shift[i], o);
    output[i + 1] = output_code(s1, c.multiplier[i + 1], c.shift[i + 1], o);
    output[i + 2] = output_code(s2, c.multiplier[i + 2], c.shift[i + 2], o);
    output[i + 3] = output_code(s3, c.multiplier[i + 3], c.shift[i + 3], o);
    weights = w3 + c.depth;
  }
  for (; i < c.count; ++i) {
    int32_t sum = c.bias[i];
    for (int32_t k = 0; k < c.depth; ++k) sum = wrapping_add(sum, x[k] * weights[k]);
    output[i] = output_code(sum, c.multiplier[i], c.shift[i], o);
    weights += c.depth;
  }
}

/// Adds n products to n sums: one tap of a depthwise convolution.
inline void add_products(const int8_t* x, const int8_t* weights, int32_t n, int32_t* sums) {
  for (int32_t i = 0; i < n; ++i) sums[i] = wrapping_add(sums[i], x[i] * weights[i]);
}

/// Codes of n channels' sums.
inline void put_codes(const int32_t* sums, const int32_t* multiplier, const int32_t* shift, int32_t n,
                      const OutputCodes& o, int8_t* output) {
  for (int32_t i = 0; i < n; ++i) output[i] = output_code(sums[i], multiplier[i], shift[i], o);
}

}  // namespace edgetwin::detail::plain

#endif  // EDGETWIN_DOT_PLAIN_HPP_
