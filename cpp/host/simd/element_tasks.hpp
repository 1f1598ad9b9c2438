// What host steps without products hand to the kernels of a SIMD level: plain data, as in tasks.hpp.
#ifndef EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
#define EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_

#include <cstdint>

namespace edgetwin::host::simd {

/// Elements from begin to end, end left out.
struct Span {
  int32_t begin;
  int32_t end;
};

/// Bytes after the line of a pooling that its kernels may read and write.
constexpr int64_t kLineSlack = 64;

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

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
