#include "host/float32/packed_steps.hpp"

namespace edgetwin::host::float32 {

std::unique_ptr<Step> make_packed_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                       const simd::FloatKernels& kernels) {
  if (kernel == "conv_2d_f32") return make_packed_conv_2d(params, constants, kernels);
  if (kernel == "fully_connected_f32") return make_packed_fully_connected(params, constants, kernels);
  if (kernel == "depthwise_conv_2d_f32") return make_packed_depthwise_conv_2d(params, constants, kernels);
  if (kernel == "max_pool_2d_f32" || kernel == "average_pool_2d_f32") {
    return make_packed_pool_2d(kernel, params, constants, kernels);
  }
  return make_packed_elementwise(kernel, params, constants, kernels);
}

}  // namespace edgetwin::host::float32
