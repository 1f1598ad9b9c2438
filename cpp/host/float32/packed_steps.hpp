// Float32 steps that run on the kernels of a SIMD level, with the bytes of the baseline's.
#ifndef EDGETWIN_HOST_FLOAT32_PACKED_STEPS_HPP_
#define EDGETWIN_HOST_FLOAT32_PACKED_STEPS_HPP_

#include <memory>
#include <string>

#include "host/simd/float_tasks.hpp"
#include "host/step.hpp"

namespace edgetwin::host::float32 {

// Null for what does not fit the kernels.
[[nodiscard]] std::unique_ptr<Step> make_packed_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                        const simd::FloatKernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_fully_connected(const ParamMap& params, const ConstantMap& constants,
                                                                const simd::FloatKernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                                  const simd::FloatKernels& kernels);
/// Max or average.
[[nodiscard]] std::unique_ptr<Step> make_packed_pool_2d(const std::string& kernel, const ParamMap& params,
                                                        const ConstantMap& constants,
                                                        const simd::FloatKernels& kernels);

/// Functions of one operand or of two.
[[nodiscard]] std::unique_ptr<Step> make_packed_elementwise(const std::string& kernel, const ParamMap& params,
                                                            const ConstantMap& constants,
                                                            const simd::FloatKernels& kernels);

/// The step of any float32 kernel, or null.
[[nodiscard]] std::unique_ptr<Step> make_packed_step(const std::string& kernel, const ParamMap& params,
                                                     const ConstantMap& constants, const simd::FloatKernels& kernels);

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_PACKED_STEPS_HPP_
