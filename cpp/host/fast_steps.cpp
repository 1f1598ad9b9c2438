#include "host/fast_steps.hpp"

namespace edgetwin::host {

std::unique_ptr<Step> make_fast_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                     Level /*level*/) {
  // These serve every level.
  if (kernel == "conv_2d_s8") return make_fast_conv_2d(params, constants);
  if (kernel == "depthwise_conv_2d_s8") return make_fast_depthwise_conv_2d(params, constants);
  if (kernel == "fully_connected_s8") return make_fast_fully_connected(params, constants);
  if (kernel == "lstm_s8") return make_fast_lstm(params, constants);
  if (kernel == "svdf_s8") return make_fast_svdf(params, constants);
  for (const char* one_to_one : {"logistic_s8", "tanh_s8", "requantize_s8_s8", "clamp_s8", "hard_swish_s8", "rsqrt_s8",
                                 "lookup_s8", "leaky_relu_s8", "abs_s8"}) {
    if (kernel == one_to_one) return make_lookup(kernel, params, constants);
  }
  return nullptr;
}

}  // namespace edgetwin::host
