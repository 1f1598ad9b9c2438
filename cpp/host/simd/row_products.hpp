// Products of many short rows, each with weights of its own, for any level: an SVDF's filters over time.
#ifndef EDGETWIN_HOST_SIMD_ROW_PRODUCTS_HPP_
#define EDGETWIN_HOST_SIMD_ROW_PRODUCTS_HPP_

#include <cstring>

#include "host/simd/element_tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// sums[row] = starts[row] + values[row] . weights[row], modulo 2^32. Four rows share the additions across lanes; rows
/// that the last four lack are the last one again, and their sums are not meant to be read.
template <class V, class Value>
void row_products(const RowsTask& task) {
  const Value* const all = static_cast<const Value*>(task.values);
  const int64_t padded = (task.terms + kRowStep - 1) / kRowStep * kRowStep;
  for (int64_t first = 0; first < task.rows; first += kRowsTogether) {
    const Value* values[kRowsTogether];
    const int16_t* weights[kRowsTogether];
    typename V::Four rows[kRowsTogether] = {};
    unroll<kRowsTogether>([&](auto r) __attribute__((always_inline)) {
      const int64_t row = first + r < task.rows ? first + r : task.rows - 1;
      values[r] = all + row * task.terms;
      weights[r] = task.weights + row * padded;
    });
    for (int64_t i = 0; i < padded; i += kRowStep) {
      unroll<kRowsTogether>([&](auto r) __attribute__((always_inline)) {
        V::add_eight(rows[r], values[r] + i, weights[r] + i);
      });
    }
    const typename V::Four totals = V::totals(rows);
    int32_t sums[kRowsTogether];
    std::memcpy(sums, &totals, sizeof(sums));
    for (int r = 0; r < kRowsTogether; ++r) {
      task.sums[first + r] =
          static_cast<int32_t>(static_cast<uint32_t>(sums[r]) + static_cast<uint32_t>(task.starts[first + r]));
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ROW_PRODUCTS_HPP_
