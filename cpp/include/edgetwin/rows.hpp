// Rows of an activation, all of them or the last few in a ring: what kernels of one output row at a time read.
#ifndef EDGETWIN_ROWS_HPP_
#define EDGETWIN_ROWS_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// Rows of one sample, each [width, channels]. A ring holds the last ring_rows rows that were written; one of all rows
/// is the whole tensor.
template <class Element>
struct Rows {
  Element* data;         ///< ring_rows * row_elements elements
  int32_t row_elements;  ///< >= 1; width * channels
  int32_t ring_rows;     ///< >= 1

  /// Where row y lies, y >= 0.
  [[nodiscard]] constexpr Element* row(int32_t y) const {
    // Compared first: a division costs more than the comparison, and whole tensors need none.
    const int32_t place = y < ring_rows ? y : y % ring_rows;
    return data + static_cast<ptrdiff_t>(place) * row_elements;
  }
};

}  // namespace edgetwin

#endif  // EDGETWIN_ROWS_HPP_
