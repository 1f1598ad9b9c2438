// A matrix of int8 weights for products with int16 rows.
#ifndef EDGETWIN_HOST_WIDE_MATRIX_HPP_
#define EDGETWIN_HOST_WIDE_MATRIX_HPP_

#include <algorithm>

#include "calls/call.hpp"
#include "host/gemm_s16.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// int8 weights [rows, columns] widened to int16, rows padded to whole tiles and vectors.
class WideMatrix {
 public:
  WideMatrix(const int8_t* weights, int64_t rows, int64_t columns) : rows_(rows), blocks_(blocks_of(columns)) {
    const int64_t row = blocks_ * kBlock;
    const int64_t padded_rows = tiles_of(rows) * kTile;
    data_ = AlignedBytes(static_cast<size_t>(padded_rows * row) * sizeof(int16_t));
    int16_t* packed = calls::as<int16_t>(static_cast<void*>(data_.data()));
    for (int64_t r = 0; r < rows; ++r) std::copy_n(weights + r * columns, columns, packed + r * row);
  }

  [[nodiscard]] int64_t padded_columns() const { return blocks_ * kBlock; }

  /// Calls store(row, sum) with the product of every row and `x` (padded_columns() elements, zero past the end).
  template <class Store>
  void multiply(const int16_t* x, Store&& store) const {
    const int16_t* packed = calls::as<int16_t>(static_cast<const void*>(data_.data()));
    for (int64_t r = 0; r < rows_; r += kTile) {
      int32_t sums[kTile] = {};
      dot_1x4(x, packed + r * blocks_ * kBlock, blocks_, sums);
      for (int64_t i = 0; i < std::min<int64_t>(kTile, rows_ - r); ++i) store(r + i, sums[i]);
    }
  }

 private:
  int64_t rows_, blocks_;
  AlignedBytes data_;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_WIDE_MATRIX_HPP_
