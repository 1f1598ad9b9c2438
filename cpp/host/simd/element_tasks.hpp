// What host steps without products hand to the kernels of a SIMD level: plain data, as in tasks.hpp.
#ifndef EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
#define EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_

#include <cstdint>

#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {

/// Elements from begin to end, end left out.
struct Span {
  int32_t begin;
  int32_t end;
};

/// Bytes after the line of a pooling that its kernels may read and write.
constexpr int64_t kLineSlack = 64;

/// Elements of the largest window of an average: the sum of so many int8 values fits int16.
constexpr int32_t kMostPoolElements = 255;

/// Windows over one image [rows][columns][channels] of int8. Those of a row of outputs share their rows, those of a
/// column their columns, padding left out.
struct PoolTask {
  const int8_t* input;
  int8_t* output;
  void* line;  ///< scratch: a value for each element of a row of the input, and kLineSlack bytes
  const Span* rows;
  const Span* columns;
  int32_t row_count;
  int32_t column_count;
  int32_t width;  ///< pixels of the input's rows
  int32_t channels;
  int32_t low;  ///< fused activation
  int32_t high;
};

/// One run of two int8 operands and their output.
struct PairTask {
  const int8_t* x;
  const int8_t* y;
  int8_t* output;
  int64_t count;
  bool x_is_one;  ///< x is one value for the whole run
  bool y_is_one;
  // The float32 forms, of which these are certified. A product has x_factor only.
  float x_factor;
  float y_factor;
  float offset;
  // The integer forms.
  const int32_t* x_table;  ///< [256] by the code's bits: what x adds to a sum
  const int32_t* y_table;
  int32_t x_zero_point;  ///< of a product's operands
  int32_t y_zero_point;
  const int32_t* scales;  ///< one block, the same in every lane
  Finish finish;
};

/// Sums that become outputs, all by the same scale.
struct SumsTask {
  const int32_t* sums;
  int32_t start;  ///< added to each
  int64_t count;
  int8_t* output;
  const int32_t* scales;  ///< one block, the same in every lane
  Finish finish;
};

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
