// Pooling of int16 for any level: windows over whole vectors of channels.
#ifndef EDGETWIN_HOST_SIMD_WORD_POOL_HPP_
#define EDGETWIN_HOST_SIMD_WORD_POOL_HPP_

#include <cstdint>
#include <limits>
#include <xsimd/xsimd.hpp>

#include "host/simd/element_tasks.hpp"
#include "host/simd/words.hpp"

namespace edgetwin::host::simd {
namespace {

template <class V>
struct LargestWord {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  static constexpr int32_t kStart = std::numeric_limits<int16_t>::min();

  [[gnu::always_inline]] static inline Ints joined(const Ints& a, const Ints& b) { return xsimd::max(a, b); }
  [[gnu::always_inline]] static inline Ints of(const Ints& largest, int32_t) { return largest; }
};

template <class V>
struct MeanWord {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  static constexpr int32_t kStart = 0;

  [[gnu::always_inline]] static inline Ints joined(const Ints& a, const Ints& b) { return a + b; }

  /// The sum over the count, halves away from zero. A magnitude is below 2^31 and its quotient at most 2^15, so that
  /// the product with the nearest float32 to 1 / count is less than 2^-6 away and its whole part at most one.
  [[gnu::always_inline]] static inline Ints of(const Ints& sum, int32_t count) {
    const Ints zero(0), one(1), each(count);
    const Ints magnitude = xsimd::abs(sum) + Ints(count / 2);
    const auto estimate = xsimd::to_float(magnitude) * decltype(xsimd::to_float(sum))(1.0F / static_cast<float>(count));
    Ints quotient = xsimd::to_int(estimate);
    const Ints rest = magnitude - quotient * each;
    quotient += xsimd::select(rest < zero, Ints(-1), xsimd::select(rest >= each, one, zero));
    return xsimd::select(sum < zero, -quotient, quotient);
  }
};

template <class V, class Rule>
void pool_words(const WordPoolTask& task) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  const Ints low(task.low), high(task.high);
  const int64_t channels = task.channels, line = task.width * channels;
  int16_t* output = task.output;
  for (int32_t r = 0; r < task.row_count; ++r) {
    const Span rows = task.rows[r];
    for (int32_t c = 0; c < task.column_count; ++c) {
      const Span columns = task.columns[c];
      const int16_t* const window = task.input + rows.begin * line + columns.begin * channels;
      const int32_t height = rows.end - rows.begin, width = columns.end - columns.begin;
      for_vectors<V>(
          channels, [&](int64_t first, int64_t count) __attribute__((always_inline)) {
            Ints joined(Rule::kStart);
            for (int32_t y = 0; y < height; ++y) {
              for (int32_t x = 0; x < width; ++x) {
                joined = Rule::joined(joined, load_words<V>(window + y * line + x * channels + first, count));
              }
            }
            const Ints value = Rule::of(joined, height * width);
            store_words<V>(xsimd::min(xsimd::max(value, low), high), output + first, count);
          });
      output += channels;
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_WORD_POOL_HPP_
