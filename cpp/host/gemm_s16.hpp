// Dot products of int16 rows: activations widened once (widen.hpp), weights widened at load.
// Written so that a compiler's vectorizer finds the multiply-add of int16 pairs that every baseline CPU has.
#ifndef EDGETWIN_HOST_GEMM_S16_HPP_
#define EDGETWIN_HOST_GEMM_S16_HPP_

#include <cstdint>

#include "edgetwin/types.hpp"

namespace edgetwin::host {

/// Rows are padded to a multiple of this many elements, zero in the weights, and their length is given in blocks: a
/// compiler that sees the multiplication knows that its vectors leave no tail.
constexpr int64_t kBlock = 16;
/// Rows of weights that a dot product takes at once; matrices are padded to whole tiles.
constexpr int32_t kTile = 4;
[[nodiscard]] constexpr int64_t tiles_of(int64_t rows) { return (rows + kTile - 1) / kTile; }
/// Products are below 2^15.99 (|x| <= 255, |w| <= 255), so the terms of this many blocks fit into int32.
constexpr int64_t kMaxBlocks = 32768 / kBlock;

[[nodiscard]] constexpr int64_t blocks_of(int64_t length) { return (length + kBlock - 1) / kBlock; }
[[nodiscard]] constexpr int64_t padded_row(int64_t length) { return blocks_of(length) * kBlock; }

/// The dot product of two rows of `length` elements that need no padding, modulo 2^32.
[[nodiscard]] inline int32_t dot(const int16_t* x, const int16_t* y, int64_t length) {
  constexpr int64_t vector = 8;
  int32_t sum = 0;
  for (int64_t first = 0; first < length; first += kMaxBlocks * kBlock) {
    const int64_t terms = min_of(length - first, kMaxBlocks * kBlock);
    const int64_t whole = terms / vector * vector;
    int32_t part = 0;
    for (int64_t i = 0; i < whole; ++i) part += x[first + i] * y[first + i];
    for (int64_t i = whole; i < terms; ++i) part += x[first + i] * y[first + i];
    sum = wrapping_add(sum, part);
  }
  return sum;
}

/// Adds to sums[0..4) the dot products of `x` with four consecutive rows of weights, `blocks` blocks, modulo 2^32.
inline void dot_1x4(const int16_t* x, const int16_t* w, int64_t blocks, int32_t* sums) {
  const int64_t stride = blocks * kBlock;
  for (int64_t first = 0; first < blocks; first += kMaxBlocks) {
    const int64_t terms = min_of(blocks - first, kMaxBlocks) * kBlock;
    const int16_t* const x0 = x + first * kBlock;
    const int16_t* const w0 = w + first * kBlock;
    const int16_t* const w1 = w0 + stride;
    const int16_t* const w2 = w1 + stride;
    const int16_t* const w3 = w2 + stride;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (int64_t i = 0; i < terms; ++i) {
      a0 += x0[i] * w0[i];
      a1 += x0[i] * w1[i];
      a2 += x0[i] * w2[i];
      a3 += x0[i] * w3[i];
    }
    sums[0] = wrapping_add(sums[0], a0);
    sums[1] = wrapping_add(sums[1], a1);
    sums[2] = wrapping_add(sums[2], a2);
    sums[3] = wrapping_add(sums[3], a3);
  }
}

/// The same for two rows of activations at once: each load of weights serves twice.
inline void dot_2x4(const int16_t* x, const int16_t* y, const int16_t* w, int64_t blocks, int32_t* x_sums,
                    int32_t* y_sums) {
  const int64_t stride = blocks * kBlock;
  for (int64_t first = 0; first < blocks; first += kMaxBlocks) {
    const int64_t terms = min_of(blocks - first, kMaxBlocks) * kBlock;
    const int16_t* const x0 = x + first * kBlock;
    const int16_t* const y0 = y + first * kBlock;
    const int16_t* const w0 = w + first * kBlock;
    const int16_t* const w1 = w0 + stride;
    const int16_t* const w2 = w1 + stride;
    const int16_t* const w3 = w2 + stride;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    int32_t b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    for (int64_t i = 0; i < terms; ++i) {
      a0 += x0[i] * w0[i];
      a1 += x0[i] * w1[i];
      a2 += x0[i] * w2[i];
      a3 += x0[i] * w3[i];
      b0 += y0[i] * w0[i];
      b1 += y0[i] * w1[i];
      b2 += y0[i] * w2[i];
      b3 += y0[i] * w3[i];
    }
    x_sums[0] = wrapping_add(x_sums[0], a0);
    x_sums[1] = wrapping_add(x_sums[1], a1);
    x_sums[2] = wrapping_add(x_sums[2], a2);
    x_sums[3] = wrapping_add(x_sums[3], a3);
    y_sums[0] = wrapping_add(y_sums[0], b0);
    y_sums[1] = wrapping_add(y_sums[1], b1);
    y_sums[2] = wrapping_add(y_sums[2], b2);
    y_sums[3] = wrapping_add(y_sums[3], b3);
  }
}

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_GEMM_S16_HPP_
