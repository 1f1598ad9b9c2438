// Sums, products and squares of differences of two int16 operands for any level.
#ifndef EDGETWIN_HOST_SIMD_WORD_PAIRS_HPP_
#define EDGETWIN_HOST_SIMD_WORD_PAIRS_HPP_

#include "host/simd/element_tasks.hpp"
#include "host/simd/scaled.hpp"
#include "host/simd/words.hpp"

namespace edgetwin::host::simd {
namespace {

/// output[i] = the scaled element(x[i], y[i]). Both are read before the output is written, which may be one of them.
template <class V, class Element>
[[gnu::always_inline]] inline void map_words(const WordPairTask& task, Element&& element) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  const Ints x_one(*task.x), y_one(*task.y);
  for_vectors<V>(
      task.count, [&](int64_t first, int64_t count) __attribute__((always_inline)) {
        const Ints x = task.x_is_one ? x_one : load_words<V>(task.x + first, count);
        const Ints y = task.y_is_one ? y_one : load_words<V>(task.y + first, count);
        store_words<V>(finished_by<V>(element(x, y), task.scale, task.range), task.output + first, count);
      });
}

/// An operand in the scale that both share.
template <class V>
[[gnu::always_inline]] inline xsimd::batch<int32_t, typename V::Arch> common_words(
    xsimd::batch<int32_t, typename V::Arch> x, const WordOperand& operand) {
  return scaled_by<V>(x << operand.left, operand.scale);
}

template <class V>
void add_words(const WordPairTask& task) {
  map_words<V>(
      task, [&](const auto& x, const auto& y) __attribute__((always_inline)) {
        return common_words<V>(x, task.x_operand) + common_words<V>(y, task.y_operand);
      });
}

template <class V>
void sub_words(const WordPairTask& task) {
  map_words<V>(
      task, [&](const auto& x, const auto& y) __attribute__((always_inline)) {
        return common_words<V>(x, task.x_operand) - common_words<V>(y, task.y_operand);
      });
}

template <class V>
void mul_words(const WordPairTask& task) {
  map_words<V>(task, [](const auto& x, const auto& y) __attribute__((always_inline)) { return x * y; });
}

template <class V>
void squared_difference_words(const WordPairTask& task) {
  map_words<V>(
      task, [&](const auto& x, const auto& y) __attribute__((always_inline)) {
        const auto difference = common_words<V>(x, task.x_operand) - common_words<V>(y, task.y_operand);
        return difference * difference;
      });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_WORD_PAIRS_HPP_
