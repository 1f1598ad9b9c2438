// Float32 functions of one operand or of two on a SIMD level.
#include <limits>

#include "host/core_step.hpp"
#include "host/float32/elementwise.hpp"
#include "host/float32/packed_steps.hpp"
#include "host/pair_runs.hpp"

namespace edgetwin::host::float32 {
namespace {

using Kernel = void (*)(const simd::FloatRun&);

/// A shorter run takes longer to begin than to compute.
constexpr int64_t kShortestRun = 8;

template <class Function>
class PackedBinary final : public BoundStep<Binary<Function>> {
 public:
  PackedBinary(const ParamMap& params, const ConstantMap& constants, Kernel kernel)
      : BoundStep<Binary<Function>>(params, constants), kernel_(kernel), runs_(this->params_) {}

  [[nodiscard]] static bool takes(const BinaryParams& p) {
    const PairRuns runs(p);
    return runs.count() == 1 || runs.run().count >= kShortestRun;
  }

  void run(const calls::Operands& operands) const override {
    const float* const x = calls::as<float>(operands.inputs[0]);
    const float* const y = calls::as<float>(operands.inputs[1]);
    float* const output = calls::as<float>(operands.outputs[0]);
    const Clamp clamp = Binary<Function>::kFuses ? Clamp(this->params_.activation) : Clamp();
    const PairAxis& run = runs_.run();
    runs_.for_each([&](int64_t x_first, int64_t y_first, int64_t first) {
      kernel_({x + x_first, y + y_first, output + first, run.count, run.x_is_one, run.y_is_one, clamp.low, clamp.high});
    });
  }

 private:
  Kernel kernel_;
  PairRuns runs_;
};

/// A function of each element and of `slope`, limited by `clamp`.
template <class Call>
class PackedUnary final : public BoundStep<Call> {
 public:
  PackedUnary(const ParamMap& params, const ConstantMap& constants, Kernel kernel, Clamp clamp)
      : BoundStep<Call>(params, constants), kernel_(kernel), clamp_(clamp) {
    if constexpr (std::is_same_v<Call, LeakyReluF32>) slope_ = this->params_.alpha;
  }

  void run(const calls::Operands& operands) const override {
    kernel_({calls::as<float>(operands.inputs[0]), &slope_, calls::as<float>(operands.outputs[0]), this->params_.size,
             false, true, clamp_.low, clamp_.high});
  }

 private:
  Kernel kernel_;
  Clamp clamp_;
  float slope_ = 0.0F;
};

/// Adds to `made` the step if `kernel` is its name.
struct Maker {
  const std::string& kernel;
  const ParamMap& params;
  const ConstantMap& constants;
  std::unique_ptr<Step> made = nullptr;

  template <class Function>
  void binary(Kernel function) {
    if (kernel != Function::kName || !PackedBinary<Function>::takes(PackedBinary<Function>::checked(params))) return;
    made = std::make_unique<PackedBinary<Function>>(params, constants, function);
  }
  template <class Call>
  void unary(Kernel function, Clamp clamp = {}) {
    if (kernel == Call::kName) made = std::make_unique<PackedUnary<Call>>(params, constants, function, clamp);
  }
};

Clamp between(float low, float high) {
  Clamp clamp;
  clamp.low = low;
  clamp.high = high;
  return clamp;
}

}  // namespace

std::unique_ptr<Step> make_packed_elementwise(const std::string& kernel, const ParamMap& params,
                                              const ConstantMap& constants, const simd::FloatKernels& kernels) {
  Maker maker{kernel, params, constants};
  maker.binary<Add>(kernels.add);
  maker.binary<Sub>(kernels.sub);
  maker.binary<Mul>(kernels.mul);
  maker.binary<Div>(kernels.div);
  maker.binary<Maximum>(kernels.maximum);
  maker.binary<Minimum>(kernels.minimum);
  maker.binary<SquaredDifference>(kernels.squared_difference);
  maker.binary<Prelu>(kernels.prelu);
  maker.unary<Unary<Relu>>(kernels.limit, between(0.0F, std::numeric_limits<float>::infinity()));
  maker.unary<Unary<Relu6>>(kernels.limit, between(0.0F, 6.0F));
  maker.unary<Unary<ReluN1To1>>(kernels.limit, between(-1.0F, 1.0F));
  maker.unary<Unary<Relu0To1>>(kernels.limit, between(0.0F, 1.0F));
  maker.unary<LeakyReluF32>(kernels.leaky_relu);
  maker.unary<Unary<HardSwish>>(kernels.hard_swish);
  return std::move(maker.made);
}

}  // namespace edgetwin::host::float32
