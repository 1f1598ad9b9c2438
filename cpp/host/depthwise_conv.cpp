#include "host/depthwise_conv_step.hpp"

#include "calls/depthwise_conv.hpp"
#include "host/fast_steps.hpp"

namespace edgetwin::host {
namespace {

/// False where the padded plane would be far larger than the arrays it serves: a huge stride, dilation or multiplier.
bool worthwhile(const ParamMap& given) {
  const auto p = read_params<calls::DepthwiseConv2dS8>(given);
  if (calls::DepthwiseConv2dS8::check(p) != Status::kOk) return false;
  const calls::Layout layout = calls::DepthwiseConv2dS8::layout(p);
  const double arrays = 4096.0 + static_cast<double>(layout.inputs[0] + layout.outputs[0] + layout.constants[0]);
  return PaddedPlane(p).pixels() * p.output_c <= 16 * arrays;
}

}  // namespace

std::unique_ptr<Step> make_fast_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants) {
  return worthwhile(params)
             ? std::make_unique<DepthwiseConvStep<calls::DepthwiseConv2dS8, MultiplierOutput>>(params, constants)
             : nullptr;
}

}  // namespace edgetwin::host
