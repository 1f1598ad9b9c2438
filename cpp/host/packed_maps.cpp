// QUANTIZE on a SIMD level: codes of another scale or dtype, and codes of real values.
#include "calls/quantize.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/uniform_scale.hpp"

namespace edgetwin::host {
namespace {

template <class Call>
class PackedRequantize final : public BoundStep<Call> {
 public:
  PackedRequantize(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels,
                   void (*kernel)(const simd::MapTask&))
      : BoundStep<Call>(params, constants),
        // Of a sum below the zero point both forms of a scale give what the range makes its lower end.
        scales_(uniform_scales(kernels,
                               {this->params_.multiplier, this->params_.shift, this->params_.output_zero_point,
                                this->params_.activation_min, this->params_.activation_max, this->params_.rounding})),
        kernel_(kernel) {}

  void run(const calls::Operands& operands) const override {
    const RequantizeParams& p = this->params_;
    kernel_({operands.inputs[0],
             operands.outputs[0],
             p.size,
             p.input_zero_point,
             lane_scale(scales_),
             {p.output_zero_point, p.activation_min, p.activation_max}});
  }

 private:
  PackedScales scales_;
  void (*kernel_)(const simd::MapTask&);
};

template <class Call>
class PackedQuantize final : public BoundStep<Call> {
 public:
  PackedQuantize(const ParamMap& params, const ConstantMap& constants, void (*kernel)(const simd::QuantizeTask&))
      : BoundStep<Call>(params, constants), kernel_(kernel) {}

  void run(const calls::Operands& operands) const override {
    const QuantizeParams& p = this->params_;
    kernel_({calls::as<float>(operands.inputs[0]), operands.outputs[0], p.size, p.scale, p.zero_point});
  }

 private:
  void (*kernel_)(const simd::QuantizeTask&);
};

}  // namespace

std::unique_ptr<Step> make_packed_map(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                      const simd::Kernels& kernels) {
  const simd::MapKernels& maps = kernels.maps;
  std::unique_ptr<Step> made;
  const auto requantize = [&](auto call, void (*map)(const simd::MapTask&)) {
    using Call = decltype(call);
    if (kernel == Call::kName) made = std::make_unique<PackedRequantize<Call>>(params, constants, kernels, map);
  };
  const auto quantize = [&](auto call, void (*map)(const simd::QuantizeTask&)) {
    using Call = decltype(call);
    if (kernel == Call::kName) made = std::make_unique<PackedQuantize<Call>>(params, constants, map);
  };
  requantize(calls::RequantizeS8S16{}, maps.s8_s16);
  requantize(calls::RequantizeS8S32{}, maps.s8_s32);
  requantize(calls::RequantizeS16S8{}, maps.s16_s8);
  requantize(calls::RequantizeS16S16{}, maps.s16_s16);
  requantize(calls::RequantizeS16S32{}, maps.s16_s32);
  requantize(calls::RequantizeS32S8{}, maps.s32_s8);
  requantize(calls::RequantizeS32S16{}, maps.s32_s16);
  quantize(calls::QuantizeF32S8{}, maps.quantize_s8);
  quantize(calls::QuantizeF32S16{}, maps.quantize_s16);
  return made;
}

}  // namespace edgetwin::host
