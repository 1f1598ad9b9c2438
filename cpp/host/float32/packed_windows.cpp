// depthwise_conv_2d and pools of float32 on a SIMD level.
#include "host/core_step.hpp"
#include "host/float32/depthwise_conv.hpp"
#include "host/float32/packed_steps.hpp"
#include "host/float32/pool.hpp"
#include "host/float32/window_areas.hpp"

namespace edgetwin::host::float32 {
namespace {

/// What both share: a task for each image of a batch.
template <class Call>
class PackedWindows : public BoundStep<Call> {
 public:
  PackedWindows(const ParamMap& params, const ConstantMap& constants)
      : BoundStep<Call>(params, constants), areas_(this->params_) {}

 protected:
  template <class Kernel>
  void for_each_image(const calls::Operands& operands, Kernel&& kernel) const {
    const WindowParams& p = this->params_;
    simd::FloatWindows windows = areas_.windows(p, p.output_c);
    windows.input = calls::as<float>(operands.inputs[0]);
    windows.output = calls::as<float>(operands.outputs[0]);
    for (int32_t b = 0; b < p.batches; ++b) {
      kernel(windows);
      windows.input += int64_t{p.input_h} * p.input_w * p.input_c;
      windows.output += int64_t{p.output_h} * p.output_w * p.output_c;
    }
  }

 private:
  WindowAreas areas_;
};

class PackedDepthwise final : public PackedWindows<DepthwiseConv2dF32> {
 public:
  PackedDepthwise(const ParamMap& params, const ConstantMap& constants, const simd::FloatKernels& kernels)
      : PackedWindows(params, constants), kernels_(kernels), bias_(static_cast<size_t>(params_.output_c), 0.0F) {
    // A sum is never -0, so that adding 0 leaves it as it is.
    const float* const bias = calls::as<float>(constants_.pointers()[1]);
    if (bias != nullptr) std::copy_n(bias, bias_.size(), bias_.data());
    constants_.release(1);
  }

  [[nodiscard]] static bool takes(const WindowParams& p) {
    return p.output_c >= simd::kLeastFloatChannels && (p.output_c == p.input_c || p.input_c == 1);
  }

  void run(const calls::Operands& operands) const override {
    simd::FloatDepthwiseTask task = {};
    task.weights = calls::as<float>(constants_.pointers()[0]);
    task.bias = bias_.data();
    task.one_input = params_.input_c == 1;
    for_each_image(operands, [&](const simd::FloatWindows& windows) {
      task.windows = windows;
      kernels_.depthwise(task);
    });
  }

 private:
  const simd::FloatKernels& kernels_;
  std::vector<float> bias_;
};

template <class Call>
class PackedPool final : public PackedWindows<Call> {
 public:
  using Kernel = void (*)(const simd::FloatWindows&);
  PackedPool(const ParamMap& params, const ConstantMap& constants, Kernel kernel)
      : PackedWindows<Call>(params, constants), kernel_(kernel) {}

  void run(const calls::Operands& operands) const override { this->for_each_image(operands, kernel_); }

 private:
  Kernel kernel_;
};

}  // namespace

std::unique_ptr<Step> make_packed_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                    const simd::FloatKernels& kernels) {
  if (!PackedDepthwise::takes(PackedDepthwise::checked(params))) return nullptr;
  return std::make_unique<PackedDepthwise>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_pool_2d(const std::string& kernel, const ParamMap& params,
                                          const ConstantMap& constants, const simd::FloatKernels& kernels) {
  const auto make = [&](auto call, auto function) -> std::unique_ptr<Step> {
    using Made = PackedPool<decltype(call)>;
    if (Made::checked(params).output_c < simd::kLeastFloatChannels) return nullptr;
    return std::make_unique<Made>(params, constants, function);
  };
  if (kernel == MaxPool2dF32::kName) return make(MaxPool2dF32{}, kernels.max_pool);
  return make(AveragePool2dF32{}, kernels.average_pool);
}

}  // namespace edgetwin::host::float32
