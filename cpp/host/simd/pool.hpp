// Pooling for any level: first over the rows of the windows, which is one pass over whole lines, then over columns.
#ifndef EDGETWIN_HOST_SIMD_POOL_HPP_
#define EDGETWIN_HOST_SIMD_POOL_HPP_

#include <cstring>

#include "host/simd/element_tasks.hpp"
#include "host/simd/pieces.hpp"

namespace edgetwin::host::simd {
namespace {

/// The largest of `count` batches, `step` bytes apart.
template <class B>
[[gnu::always_inline]] inline B largest_of(const int8_t* first, int64_t step, int32_t count) {
  B largest = B::load_unaligned(first);
  for (int32_t i = 1; i < count; ++i) largest = xsimd::max(largest, B::load_unaligned(first + i * step));
  return largest;
}

template <class B>
[[gnu::always_inline]] inline B clamped(B x, const PoolTask& task) {
  const B low(static_cast<int8_t>(task.low)), high(static_cast<int8_t>(task.high));
  return xsimd::min(xsimd::max(x, low), high);
}

/// Stores 16 bytes whose first `count` count: what follows in the output is not written yet, unless the output ends.
inline void store_pixel(Bytes16 x, int8_t* output, int64_t count, const int8_t* end) {
  if (end - output >= 16) {
    x.store_unaligned(output);
  } else {
    int8_t bytes[16];
    x.store_unaligned(bytes);
    std::memcpy(output, bytes, static_cast<size_t>(count));
  }
}

template <class V>
void max_pool(const PoolTask& task) {
  const int64_t channels = task.channels, line_bytes = task.width * channels;
  int8_t* const line = static_cast<int8_t*>(task.line);
  int8_t* output = task.output;
  const int8_t* const end = output + int64_t{task.row_count} * task.column_count * channels;
  for (int32_t r = 0; r < task.row_count; ++r) {
    const Span rows = task.rows[r];
    const int8_t* const input = task.input + rows.begin * line_bytes;
    const auto over_rows = [&](auto piece, int64_t first) __attribute__((always_inline)) {
      using B = typename decltype(piece)::Batch;
      largest_of<B>(input + first, line_bytes, rows.end - rows.begin).store_unaligned(line + first);
    };
    if (!cover_bytes(line_bytes, over_rows)) {
      std::memcpy(line, input, static_cast<size_t>(line_bytes));
      for (int64_t i = line_bytes; i < line_bytes * (rows.end - rows.begin); ++i) {
        int8_t& largest = line[i % line_bytes];
        largest = input[i] > largest ? input[i] : largest;
      }
    }
    for (int32_t c = 0; c < task.column_count; ++c) {
      const Span columns = task.columns[c];
      const int8_t* const window = line + columns.begin * channels;
      const int32_t count = columns.end - columns.begin;
      const auto over_columns = [&](auto piece, int64_t first) __attribute__((always_inline)) {
        using B = typename decltype(piece)::Batch;
        clamped(largest_of<B>(window + first, channels, count), task).store_unaligned(output + first);
      };
      if (!cover_bytes(channels, over_columns)) {
        store_pixel(clamped(largest_of<Bytes16>(window, channels, count), task), output, channels, end);
      }
      output += channels;
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_POOL_HPP_
