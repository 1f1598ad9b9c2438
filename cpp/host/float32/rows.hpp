// Float32 operators that normalize the rows of one array.
#ifndef EDGETWIN_HOST_FLOAT32_ROWS_HPP_
#define EDGETWIN_HOST_FLOAT32_ROWS_HPP_

#include <algorithm>
#include <cmath>

#include "calls/call.hpp"
#include "edgetwin/types.hpp"

namespace edgetwin::host::float32 {

struct RowsParams {
  int32_t rows;   ///< >= 1
  int32_t depth;  ///< >= 1; elements of a row
};

/// What kernels over rows share; a derived call names and runs the kernel.
///
/// input, output [rows, depth] float32
template <class P>
struct RowsCall {
  using Params = P;
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class Fields, class Visitor>
  static constexpr void fields(Fields& p, Visitor&& visit) {
    visit("rows", p.rows);
    visit("depth", p.depth);
  }
  static Status check(const Params& p) { return fits_int32(p.rows, p.depth) ? Status::kOk : Status::kBadShape; }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.rows} * p.depth * static_cast<int64_t>(sizeof(float));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

 protected:
  /// Calls row(input, output) for every row.
  template <class Row>
  static void for_each(const Params& p, const calls::Operands& o, Row&& row) {
    const float* input = calls::as<float>(o.inputs[0]);
    float* output = calls::as<float>(o.outputs[0]);
    for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) row(input, output);
  }
};

struct SoftmaxParams {
  int32_t rows;   ///< >= 1
  int32_t depth;  ///< >= 1; elements of a row
  float beta;
};

/// output = exp(beta * (input - max)) / sum of these.
struct SoftmaxF32 : RowsCall<SoftmaxParams> {
  static constexpr const char* kName = "softmax_f32";

  template <class Fields, class Visitor>
  static constexpr void fields(Fields& p, Visitor&& visit) {
    RowsCall::fields(p, visit);
    visit("beta", p.beta);
  }
  static void run(const Params& p, const calls::Operands& o) {
    for_each(p, o, [&](const float* x, float* y) {
      const float most = *std::max_element(x, x + p.depth);
      float sum = 0.0F;
      for (int32_t i = 0; i < p.depth; ++i) sum += y[i] = std::exp((x[i] - most) * p.beta);
      for (int32_t i = 0; i < p.depth; ++i) y[i] /= sum;
    });
  }
};

/// output = input - max - log(sum of exp(input - max)).
struct LogSoftmaxF32 : RowsCall<RowsParams> {
  static constexpr const char* kName = "log_softmax_f32";

  static void run(const Params& p, const calls::Operands& o) {
    for_each(p, o, [&](const float* x, float* y) {
      const float most = *std::max_element(x, x + p.depth);
      float sum = 0.0F;
      for (int32_t i = 0; i < p.depth; ++i) sum += std::exp(x[i] - most);
      const float log_sum = std::log(sum);
      for (int32_t i = 0; i < p.depth; ++i) y[i] = x[i] - most - log_sum;
    });
  }
};

/// output = input / norm of the row; norms below 1e-6 count as 1e-6.
struct L2NormalizationF32 : RowsCall<RowsParams> {
  static constexpr const char* kName = "l2_normalization_f32";

  static void run(const Params& p, const calls::Operands& o) {
    constexpr float kLeast = 1e-6F;
    for_each(p, o, [&](const float* x, float* y) {
      float sum = 0.0F;
      for (int32_t i = 0; i < p.depth; ++i) sum += x[i] * x[i];
      const float norm = std::max(std::sqrt(sum), kLeast);
      for (int32_t i = 0; i < p.depth; ++i) y[i] = x[i] / norm;
    });
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_ROWS_HPP_
