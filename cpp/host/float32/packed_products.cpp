// conv_2d and fully_connected of float32 on a SIMD level: tiles of output pixels or of samples, blocks of channels.
#include "host/core_step.hpp"
#include "host/float32/conv.hpp"
#include "host/float32/fully_connected.hpp"
#include "host/float32/packed_matrix.hpp"
#include "host/float32/packed_steps.hpp"
#include "host/float32/window_areas.hpp"

namespace edgetwin::host::float32 {
namespace {

class PackedConv final : public BoundStep<Conv2dF32> {
 public:
  PackedConv(const ParamMap& params, const ConstantMap& constants, const simd::FloatKernels& kernels)
      : BoundStep(params, constants), kernels_(kernels), areas_(params_, true) {
    const int64_t depth = Conv2dF32::depth(params_), columns = params_.output_c / params_.groups;
    const bool few_pixels = int64_t{params_.output_h} * params_.output_w <= 3;
    const int32_t most_blocks = columns <= kernels.lanes ? 1 : few_pixels ? 4 : 2;
    const float* const weights = calls::as<float>(constants_.pointers()[0]);
    const float* const bias = calls::as<float>(constants_.pointers()[1]);
    matrices_.reserve(static_cast<size_t>(params_.groups));
    for (int64_t g = 0; g < params_.groups; ++g) {
      matrices_.emplace_back(weights + g * depth * columns, bias != nullptr ? bias + g * columns : nullptr, depth,
                             columns, kernels.lanes, most_blocks);
    }
    constants_.release(0);
    constants_.release(1);
    layout_.scratch = 0;
  }

  [[nodiscard]] static bool takes(const Conv2dParams& p, const simd::FloatKernels& kernels) {
    const int64_t lanes = kernels.lanes * int64_t{p.groups};
    return PackedMatrix::fits(Conv2dF32::depth(p), p.output_c, lanes);
  }

  void run(const calls::Operands& operands) const override {
    const Conv2dParams& p = params_;
    const int64_t group_in = p.input_c / p.groups, group_out = p.output_c / p.groups;
    simd::FloatGemmTask task = {};
    task.windows = areas_.windows(p, group_out);
    task.contiguous = p.groups == 1 && p.dilation_w == 1;
    for (int64_t b = 0; b < p.batches; ++b) {
      const float* const input = calls::as<float>(operands.inputs[0]) + b * p.input_h * p.input_w * p.input_c;
      float* const output = calls::as<float>(operands.outputs[0]) + b * p.output_h * p.output_w * p.output_c;
      for (int64_t g = 0; g < p.groups; ++g) {
        task.windows.input = input + g * group_in;
        task.windows.output = output + g * group_out;
        matrices_[static_cast<size_t>(g)].put(task, int64_t{p.kernel_h} * p.kernel_w);
        kernels_.gemm(task);
      }
    }
  }

 private:
  const simd::FloatKernels& kernels_;
  WindowAreas areas_;
  std::vector<PackedMatrix> matrices_;
};

class PackedFullyConnected final : public BoundStep<FullyConnectedF32> {
 public:
  /// As dense layers of int8: both kinds may share a block.
  static constexpr int64_t kBlockSamples = 12;

  PackedFullyConnected(const ParamMap& params, const ConstantMap& constants, const simd::FloatKernels& kernels)
      : BoundStep(params, constants),
        kernels_(kernels),
        matrix_(calls::as<float>(constants_.pointers()[0]), calls::as<float>(constants_.pointers()[1]),
                params_.input_features, params_.output_features, kernels.lanes, kMostBlocks) {
    constants_.release(0);
    constants_.release(1);
  }

  [[nodiscard]] static bool takes(const FullyConnectedParams& p, const simd::FloatKernels& kernels) {
    return PackedMatrix::fits(p.input_features, p.output_features, kernels.lanes);
  }

  void run(const calls::Operands& operands) const override { run_block(operands, 1); }

  int64_t block_samples() const override { return kBlockSamples; }

  void run_block(const calls::Operands& operands, int64_t samples) const override {
    const Clamp clamp(params_.activation);
    simd::FloatArea rows = {};
    rows.lines = rows.taps_y = rows.taps_x = 1;
    rows.pixels = samples * params_.batches;
    rows.input_step = params_.input_features;
    rows.output_step = params_.output_features;
    simd::FloatGemmTask task = {};
    task.windows.input = calls::as<float>(operands.inputs[0]);
    task.windows.output = calls::as<float>(operands.outputs[0]);
    task.windows.areas = &rows;
    task.windows.area_count = 1;
    task.windows.channels = params_.output_features;
    task.windows.low = clamp.low;
    task.windows.high = clamp.high;
    matrix_.put(task, 1);
    kernels_.gemm(task);
  }

 private:
  /// Weights are read once for a tile of samples, mostly a single one: the more blocks, the fewer sums wait for others.
  static constexpr int32_t kMostBlocks = 4;

  const simd::FloatKernels& kernels_;
  PackedMatrix matrix_;
};

}  // namespace

std::unique_ptr<Step> make_packed_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                          const simd::FloatKernels& kernels) {
  if (!PackedConv::takes(PackedConv::checked(params), kernels)) return nullptr;
  return std::make_unique<PackedConv>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_fully_connected(const ParamMap& params, const ConstantMap& constants,
                                                  const simd::FloatKernels& kernels) {
  if (!PackedFullyConnected::takes(PackedFullyConnected::checked(params), kernels)) return nullptr;
  return std::make_unique<PackedFullyConnected>(params, constants, kernels);
}

}  // namespace edgetwin::host::float32
