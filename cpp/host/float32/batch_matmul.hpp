// Products of float32 matrices, both of them activations or constants.
#ifndef EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_
#define EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_

#include "calls/batch_matmul.hpp"
#include "host/float32/matrix.hpp"

namespace edgetwin::host::float32 {

/// output[row, column] = sum over depth of x * y, for every matrix of the batch.
///
/// x      [batch_0, batch_1, batch_2, rows, depth] float32, the last two swapped with adj_x; 1 on broadcast axes
/// y      [batch_0, batch_1, batch_2, depth, columns] float32, the last two swapped with adj_y; 1 on broadcast axes
/// output [batch_0, batch_1, batch_2, rows, columns] float32
/// Scratch: one matrix of each operand that is stored transposed.
struct BatchMatmulF32 {
  using Params = BatchMatmulShape;
  static constexpr const char* kName = "batch_matmul_f32";
  static constexpr calls::SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_batch_matmul_shape(p, visit);
  }
  static Status check(const Params& p) { return batch_matmul_shape_check(p); }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = calls::batch_matmul_layout(p, kFloatBytes);
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
  /// Transposes a matrix of `rows` rows.
  static const float* turn(const float* matrix, int64_t rows, int64_t columns, float* turned) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<Matrix>(turned, columns, rows) = Eigen::Map<const Matrix>(matrix, rows, columns).transpose();
    return turned;
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_BATCH_MATMUL_HPP_
