// Means and sums over neighbouring axes on a SIMD level.
#include "calls/reduce.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/uniform_scale.hpp"

namespace edgetwin::host {
namespace {

/// The input as [outer][rows][run], summed over its rows.
struct SumShape {
  int64_t outer = 1;
  int64_t rows = 1;
  int64_t run = 1;
};

/// False where the reduced axes are not neighbours.
bool find_shape(const MeanParams& p, SumShape& shape) {
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  int64_t* part = &shape.outer;
  for (int i = 0; i < 6; ++i) {
    if (dims[i] == 1) continue;
    const bool reduced = ((p.reduced >> i) & 1) != 0;
    if (reduced && part == &shape.run) return false;
    if (reduced) part = &shape.rows;
    if (!reduced && part == &shape.rows) part = &shape.run;
    *part *= dims[i];
  }
  return true;
}

class PackedMean final : public BoundStep<calls::MeanS8> {
 public:
  PackedMean(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels, const SumShape& shape)
      : BoundStep(params, constants),
        kernels_(kernels),
        shape_(shape),
        scales_(uniform_scales(kernels, {params_.multiplier, params_.shift, params_.output_zero_point, kInt8Min,
                                         kInt8Max, params_.rounding})),
        start_(wrapping_mul(static_cast<int32_t>(shape.rows), -params_.input_zero_point)) {}

  void run(const calls::Operands& operands) const override {
    const int8_t* const input = calls::as<int8_t>(operands.inputs[0]);
    int32_t* const sums = calls::as<int32_t>(operands.scratch);
    for (int64_t i = 0; i < shape_.outer; ++i) {
      kernels_.sum_rows(input + i * shape_.rows * shape_.run, shape_.rows, shape_.run, sums + i * shape_.run);
    }
    kernels_.finish_sums({sums, start_, shape_.outer * shape_.run, calls::as<int8_t>(operands.outputs[0]),
                          rows_of(scales_), scales_.finish});
  }

 private:
  const simd::Kernels& kernels_;
  SumShape shape_;
  PackedScales scales_;
  int32_t start_;  ///< the zero points of a sum, taken off
};

}  // namespace

std::unique_ptr<Step> make_packed_mean(const ParamMap& params, const ConstantMap& constants,
                                       const simd::Kernels& kernels) {
  SumShape shape;
  if (!find_shape(PackedMean::checked(params), shape)) return nullptr;
  return std::make_unique<PackedMean>(params, constants, kernels, shape);
}

}  // namespace edgetwin::host
