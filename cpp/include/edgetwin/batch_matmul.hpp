// Products of int8 or int16 matrices, both of them activations or constants.
#ifndef EDGETWIN_BATCH_MATMUL_HPP_
#define EDGETWIN_BATCH_MATMUL_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct BatchMatmulShape {
  int32_t batch_0;      ///< >= 1; the output's leading axes, 1 where there are fewer
  int32_t batch_1;      ///< >= 1
  int32_t batch_2;      ///< >= 1
  int32_t x_broadcast;  ///< [0, 7]: bit i is set where x has 1 on batch axis i, whatever the output has
  int32_t y_broadcast;  ///< [0, 7], of y
  int32_t rows;         ///< >= 1, of x and the output
  int32_t depth;        ///< >= 1, columns of x and rows of y
  int32_t columns;      ///< >= 1, of y and the output
  int32_t adj_x;        ///< 0 or 1: x is stored transposed
  int32_t adj_y;        ///< 0 or 1: y is stored transposed
};

struct BatchMatmulParams : BatchMatmulShape {
  int32_t x_zero_point;       ///< [-128, 127]; 0 for int16
  int32_t y_zero_point;       ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t multiplier;         ///< >= 0, Q31 of s_x * s_y / s_output
  int32_t shift;              ///< [-31, kMaxShift<Sum>], positive = left
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_batch_matmul_shape(Params& p, Visitor&& visit) {
  visit("batch_0", p.batch_0);
  visit("batch_1", p.batch_1);
  visit("batch_2", p.batch_2);
  visit("x_broadcast", p.x_broadcast);
  visit("y_broadcast", p.y_broadcast);
  visit("rows", p.rows);
  visit("depth", p.depth);
  visit("columns", p.columns);
  visit("adj_x", p.adj_x);
  visit("adj_y", p.adj_y);
}

/// The same for all parameters.
template <class Params, class Visitor>
constexpr void visit_batch_matmul_fields(Params& p, Visitor&& visit) {
  visit_batch_matmul_shape(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("y_zero_point", p.y_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("rounding", p.rounding);
}

/// Every array has fewer than 2^31 elements, x and y counted as if nothing were broadcast.
[[nodiscard]] constexpr Status batch_matmul_shape_check(const BatchMatmulShape& p) {
  if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.rows, p.depth)) return Status::kBadShape;
  if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.depth, p.columns)) return Status::kBadShape;
  if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.rows, p.columns)) return Status::kBadShape;
  if (p.x_broadcast < 0 || p.x_broadcast > 7 || p.y_broadcast < 0 || p.y_broadcast > 7) return Status::kBadParameter;
  return p.adj_x < 0 || p.adj_x > 1 || p.adj_y < 0 || p.adj_y > 1 ? Status::kBadParameter : Status::kOk;
}

template <class Element, class Sum>
[[nodiscard]] constexpr Status batch_matmul_check(const BatchMatmulParams& p) {
  const Status status = batch_matmul_shape_check(p);
  if (status != Status::kOk) return status;
  if (!are_zero_points<Element>(p.x_zero_point, p.y_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_requantize<Sum>(&p.multiplier, &p.shift, 1);
}

namespace detail {

/// Elements from one position of a batch axis to the next, 0 where the operand is broadcast. Three axes.
struct BatchStrides {
  int64_t along[3];
};

[[nodiscard]] constexpr BatchStrides batch_strides(const BatchMatmulShape& p, int32_t broadcast, int64_t matrix) {
  const int32_t dims[3] = {p.batch_0, p.batch_1, p.batch_2};
  BatchStrides strides = {};
  int64_t size = matrix;
  for (int i = 2; i >= 0; --i) {
    if (((broadcast >> i) & 1) != 0) continue;
    strides.along[i] = size;
    size *= dims[i];
  }
  return strides;
}

}  // namespace detail

/// batch_matmul with requantized(sum) in place of requantize.
template <class Element, class Sum, class Requantized>
inline void batch_matmul_with(const BatchMatmulParams& p, const Element* x, const Element* y, Requantized&& requantized,
                              Element* output) {
  const detail::BatchStrides x_batch = detail::batch_strides(p, p.x_broadcast, static_cast<int64_t>(p.rows) * p.depth);
  const detail::BatchStrides y_batch =
      detail::batch_strides(p, p.y_broadcast, static_cast<int64_t>(p.depth) * p.columns);
  const ptrdiff_t x_row = p.adj_x != 0 ? 1 : p.depth;
  const ptrdiff_t x_step = p.adj_x != 0 ? p.rows : 1;
  const ptrdiff_t y_column = p.adj_y != 0 ? p.depth : 1;
  const ptrdiff_t y_step = p.adj_y != 0 ? 1 : p.columns;
  for (int32_t i = 0; i < p.batch_0; ++i) {
    for (int32_t j = 0; j < p.batch_1; ++j) {
      for (int32_t k = 0; k < p.batch_2; ++k) {
        const Element* left = x + (i * x_batch.along[0] + j * x_batch.along[1] + k * x_batch.along[2]);
        const Element* right = y + (i * y_batch.along[0] + j * y_batch.along[1] + k * y_batch.along[2]);
        for (int32_t row = 0; row < p.rows; ++row) {
          for (int32_t column = 0; column < p.columns; ++column) {
            const Element* a = left + row * x_row;
            const Element* b = right + column * y_column;
            Sum acc = 0;
            for (int32_t d = 0; d < p.depth; ++d) {
              acc = wrapping_add(acc, Sum{(a[d * x_step] - p.x_zero_point) * (b[d * y_step] - p.y_zero_point)});
            }
            const int32_t value = wrapping_add(requantized(acc), p.output_zero_point);
            *output++ = saturate<Element>(value);
          }
        }
      }
    }
  }
}

/// output[row, column] = clamp(requantize(sum over depth of (x - x_zero_point) * (y - y_zero_point))
///                             + output_zero_point), for every matrix of the batch.
///
/// Element and Sum are int8 and int32, or int16 and int64.
/// x      [batch_0, batch_1, batch_2, rows, depth] Element, the last two swapped with adj_x; 1 on broadcast axes
/// y      [batch_0, batch_1, batch_2, depth, columns] Element, the last two swapped with adj_y; 1 on broadcast axes
/// output [batch_0, batch_1, batch_2, rows, columns] Element
/// The accumulator is a Sum and wraps. `p` passed batch_matmul_check; no scratch.
template <class Element, class Sum>
inline void batch_matmul(const BatchMatmulParams& p, const Element* x, const Element* y, Element* output) {
  batch_matmul_with<Element, Sum>(
      p, x, y, [&](Sum sum) { return requantize(sum, p.multiplier, p.shift, p.rounding); }, output);
}

}  // namespace edgetwin

#endif  // EDGETWIN_BATCH_MATMUL_HPP_
