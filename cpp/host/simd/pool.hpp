// Pooling for any level: first over the rows of the windows, which is one pass over whole lines, then over columns.
#ifndef EDGETWIN_HOST_SIMD_POOL_HPP_
#define EDGETWIN_HOST_SIMD_POOL_HPP_

#include <array>
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

/// The sums of a piece's lower and upper half.
template <class B>
using Halves = std::array<xsimd::batch<int16_t, typename B::arch_type>, 2>;

/// The sums of `count` batches, `step` bytes apart.
template <class B>
[[gnu::always_inline]] inline Halves<B> sums_of(const int8_t* first, int64_t step, int32_t count) {
  Halves<B> sums = xsimd::widen(B::load_unaligned(first));
  for (int32_t i = 1; i < count; ++i) {
    const Halves<B> more = xsimd::widen(B::load_unaligned(first + i * step));
    sums[0] += more[0];
    sums[1] += more[1];
  }
  return sums;
}

template <class B>
[[gnu::always_inline]] inline void store_halves(const Halves<B>& sums, int16_t* target) {
  sums[0].store_unaligned(target);
  sums[1].store_unaligned(target + B::size / 2);
}

template <class B>
[[gnu::always_inline]] inline B clamped(B x, const PoolTask& task) {
  const B low(static_cast<int8_t>(task.low)), high(static_cast<int8_t>(task.high));
  return xsimd::min(xsimd::max(x, low), high);
}

/// Stores 16 bytes whose first `count` count: what follows in the output is not written yet, unless the output ends.
inline void store_pixel(const int8_t (&bytes)[16], int8_t* output, int64_t count, const int8_t* end) {
  std::memcpy(output, bytes, end - output >= 16 ? 16 : static_cast<size_t>(count));
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
        int8_t bytes[16];
        clamped(largest_of<Bytes16>(window, channels, count), task).store_unaligned(bytes);
        store_pixel(bytes, output, channels, end);
      }
      output += channels;
    }
  }
}

/// Quotients of |sum| + half the count, as a product's high bits: for values of 15 bits that is the floor of the
/// quotient (Granlund and Montgomery: the factor is 2^(15 + n) / count rounded up, 2^n >= count), so that rounding half
/// away from zero needs no division.
class Mean {
 public:
  explicit Mean(int32_t count) : half_(count / 2) {
    while ((1 << shift_) < count) ++shift_;
    shift_ += 15;
    factor_ = ((uint32_t{1} << shift_) + static_cast<uint32_t>(count) - 1) / static_cast<uint32_t>(count);
  }
  [[gnu::always_inline]] inline int32_t of(int32_t sum) const {
    const uint32_t magnitude = static_cast<uint32_t>((sum < 0 ? -sum : sum) + half_);
    const int32_t mean = static_cast<int32_t>(magnitude * factor_ >> shift_);
    return sum < 0 ? -mean : mean;
  }

 private:
  int32_t half_;
  int32_t shift_ = 0;
  uint32_t factor_;
};

/// Windows have at most kMostPoolElements elements.
template <class V>
void average_pool(const PoolTask& task) {
  using Sums = xsimd::batch<int16_t, typename Bytes16::arch_type>;
  const int64_t channels = task.channels, line_values = task.width * channels;
  int16_t* const line = static_cast<int16_t*>(task.line);
  int8_t* output = task.output;
  const int8_t* const end = output + int64_t{task.row_count} * task.column_count * channels;
  for (int32_t r = 0; r < task.row_count; ++r) {
    const Span rows = task.rows[r];
    const int32_t height = rows.end - rows.begin;
    const int8_t* const input = task.input + rows.begin * line_values;
    const auto over_rows = [&](auto piece, int64_t first) __attribute__((always_inline)) {
      using B = typename decltype(piece)::Batch;
      store_halves<B>(sums_of<B>(input + first, line_values, height), line + first);
    };
    if (!cover_bytes(line_values, over_rows)) {
      for (int64_t i = 0; i < line_values; ++i) {
        int32_t sum = 0;
        for (int32_t y = 0; y < height; ++y) sum += input[y * line_values + i];
        line[i] = static_cast<int16_t>(sum);
      }
    }
    for (int32_t c = 0; c < task.column_count; ++c) {
      const Span columns = task.columns[c];
      const int32_t count = columns.end - columns.begin;
      const int16_t* const window = line + columns.begin * channels;
      const Mean mean(count * height);
      // Sixteen channels at a time; the last ones again where they are not a multiple.
      for (int64_t done = 0; done < channels; done += 16) {
        const int64_t first = done == 0 || done + 16 <= channels ? done : channels - 16;
        Sums low(int16_t{0}), high(int16_t{0});
        for (int32_t x = 0; x < count; ++x) {
          const int16_t* const pixel = window + x * channels + first;
          low += Sums::load_unaligned(pixel);
          high += Sums::load_unaligned(pixel + 8);
        }
        int16_t sums[16];
        low.store_unaligned(sums);
        high.store_unaligned(sums + 8);
        int8_t bytes[16];
        for (int i = 0; i < 16; ++i) {
          const int32_t value = mean.of(sums[i]);
          const int32_t raised = value < task.low ? task.low : value;
          bytes[i] = static_cast<int8_t>(raised > task.high ? task.high : raised);
        }
        store_pixel(bytes, output + first, channels - first, end);
      }
      output += channels;
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_POOL_HPP_
