// Products of float32 matrices, both of them activations or constants.
#ifndef EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_
#define EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_

#include "calls/call.hpp"
#include "edgetwin/batch_matmul.hpp"
#include "host/float32/matrix.hpp"

namespace edgetwin::host::float32 {

struct BatchMatmulParams {
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

/// output[row, column] = sum over depth of x * y, for every matrix of the batch.
///
/// x      [batch_0, batch_1, batch_2, rows, depth] float32, the last two swapped with adj_x; 1 on broadcast axes
/// y      [batch_0, batch_1, batch_2, depth, columns] float32, the last two swapped with adj_y; 1 on broadcast axes
/// output [batch_0, batch_1, batch_2, rows, columns] float32
/// Scratch: one matrix of each operand that is stored transposed.
struct BatchMatmulF32 {
  using Params = BatchMatmulParams;
  static constexpr const char* kName = "batch_matmul_f32";
  static constexpr calls::SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
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
  static Status check(const Params& p) {
    if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.rows, p.depth)) return Status::kBadShape;
    if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.depth, p.columns)) return Status::kBadShape;
    if (!fits_int32(p.batch_0, p.batch_1, p.batch_2, p.rows, p.columns)) return Status::kBadShape;
    if (p.x_broadcast < 0 || p.x_broadcast > 7 || p.y_broadcast < 0 || p.y_broadcast > 7) return Status::kBadParameter;
    return p.adj_x < 0 || p.adj_x > 1 || p.adj_y < 0 || p.adj_y > 1 ? Status::kBadParameter : Status::kOk;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = kFloatBytes * matrices(p, p.x_broadcast) * p.rows * p.depth;
    l.inputs[1] = kFloatBytes * matrices(p, p.y_broadcast) * p.depth * p.columns;
    l.outputs[0] = kFloatBytes * matrices(p, 0) * p.rows * p.columns;
    l.scratch = kFloatBytes * (p.adj_x * x_size(p) + p.adj_y * y_size(p));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

  static void run(const Params& p, const calls::Operands& o) {
    const edgetwin::detail::BatchStrides x_batch = edgetwin::detail::batch_strides(p, p.x_broadcast, x_size(p));
    const edgetwin::detail::BatchStrides y_batch = edgetwin::detail::batch_strides(p, p.y_broadcast, y_size(p));
    const float* x = calls::as<float>(o.inputs[0]);
    const float* y = calls::as<float>(o.inputs[1]);
    float* output = calls::as<float>(o.outputs[0]);
    float* x_turned = calls::as<float>(o.scratch);
    float* y_turned = x_turned + p.adj_x * x_size(p);
    for (int64_t i = 0; i < p.batch_0; ++i) {
      for (int64_t j = 0; j < p.batch_1; ++j) {
        for (int64_t k = 0; k < p.batch_2; ++k) {
          const float* left = x + i * x_batch.along[0] + j * x_batch.along[1] + k * x_batch.along[2];
          const float* right = y + i * y_batch.along[0] + j * y_batch.along[1] + k * y_batch.along[2];
          if (p.adj_x != 0) left = turn(left, p.depth, p.rows, x_turned);
          if (p.adj_y != 0) right = turn(right, p.columns, p.depth, y_turned);
          multiply({left, p.depth}, p.rows, p.depth, {right, p.columns}, p.columns, {output, p.columns});
          output += int64_t{p.rows} * p.columns;
        }
      }
    }
  }

 private:
  static int64_t x_size(const Params& p) { return int64_t{p.rows} * p.depth; }
  static int64_t y_size(const Params& p) { return int64_t{p.depth} * p.columns; }
  /// Matrices of an operand that is broadcast along the axes of `broadcast`.
  static int64_t matrices(const Params& p, int32_t broadcast) {
    return int64_t{(broadcast & 1) != 0 ? 1 : p.batch_0} * ((broadcast & 2) != 0 ? 1 : p.batch_1) *
           ((broadcast & 4) != 0 ? 1 : p.batch_2);
  }
  /// Transposes a matrix of `rows` rows.
  static const float* turn(const float* matrix, int64_t rows, int64_t columns, float* turned) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<Matrix>(turned, columns, rows) = Eigen::Map<const Matrix>(matrix, rows, columns).transpose();
    return turned;
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_
