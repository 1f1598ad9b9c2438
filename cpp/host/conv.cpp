#include "host/conv_step.hpp"

#include "calls/conv.hpp"
#include "host/fast_steps.hpp"

namespace edgetwin::host {
namespace {

/// False where the packed form would be far larger than the arrays it serves: a huge stride or dilation, or groups of
/// very few channels.
bool worthwhile(const ParamMap& given) {
  const Conv2dParams p = read_params<calls::Conv2dS8>(given);
  if (conv_2d_check(p) != Status::kOk) return false;
  const calls::Layout layout = calls::Conv2dS8::layout(p);
  const double arrays = 4096.0 + static_cast<double>(layout.inputs[0] + layout.outputs[0] + layout.constants[0]);
  const double group_out = static_cast<double>(p.output_c) / p.groups;
  const double depth = static_cast<double>(layout.constants[0]) / p.output_c;
  const double packed = (group_out + double{kTile}) * p.groups * (depth + double{kBlock});
  return PaddedPlane(p).pixels() * p.input_c <= 16 * arrays && packed <= 16 * arrays;
}

}  // namespace

std::unique_ptr<Step> make_fast_conv_2d(const ParamMap& params, const ConstantMap& constants) {
  return worthwhile(params) ? std::make_unique<ConvStep<calls::Conv2dS8, MultiplierOutput>>(params, constants)
                            : nullptr;
}

}  // namespace edgetwin::host
