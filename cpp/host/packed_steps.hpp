// Steps that run on the kernels of a SIMD level, byte for byte equal to the device core's.
#ifndef EDGETWIN_HOST_PACKED_STEPS_HPP_
#define EDGETWIN_HOST_PACKED_STEPS_HPP_

#include <memory>

#include "host/level.hpp"
#include "host/simd/kernels.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// The kernels of a level, or null for kScalar and for levels that this build does not hold.
[[nodiscard]] const simd::Kernels* level_kernels(Level level);

// Null for what does not fit a level's kernels: shapes that leave 32 bits, weights with a zero point.
[[nodiscard]] std::unique_ptr<Step> make_packed_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                        const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                                  const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_fully_connected(const ParamMap& params, const ConstantMap& constants,
                                                                const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_transpose_conv(const ParamMap& params, const ConstantMap& constants,
                                                               const simd::Kernels& kernels);

[[nodiscard]] std::unique_ptr<Step> make_packed_max_pool_2d(const ParamMap& params, const ConstantMap& constants,
                                                            const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_average_pool_2d(const ParamMap& params, const ConstantMap& constants,
                                                                const simd::Kernels& kernels);
// Of int16.
[[nodiscard]] std::unique_ptr<Step> make_packed_word_pool_2d(const std::string& kernel, const ParamMap& params,
                                                             const ConstantMap& constants,
                                                             const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_mean(const ParamMap& params, const ConstantMap& constants,
                                                     const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_add(const ParamMap& params, const ConstantMap& constants,
                                                    const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_sub(const ParamMap& params, const ConstantMap& constants,
                                                    const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_mul(const ParamMap& params, const ConstantMap& constants,
                                                    const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_squared_difference(const ParamMap& params, const ConstantMap& constants,
                                                                   const simd::Kernels& kernels);
// add, sub, mul and squared_difference of int16.
[[nodiscard]] std::unique_ptr<Step> make_packed_word_pairs(const std::string& kernel, const ParamMap& params,
                                                           const ConstantMap& constants, const simd::Kernels& kernels);
// Codes of another scale or dtype, and of real values.
[[nodiscard]] std::unique_ptr<Step> make_packed_map(const std::string& kernel, const ParamMap& params,
                                                    const ConstantMap& constants, const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_lstm(const ParamMap& params, const ConstantMap& constants,
                                                     const simd::Kernels& kernels);
// A state of int8 or int16.
[[nodiscard]] std::unique_ptr<Step> make_packed_svdf(const std::string& kernel, const ParamMap& params,
                                                     const ConstantMap& constants, const simd::Kernels& kernels);
// int16 activations, with sums of 64 or 32 bits, for a level that has Kernels::gemm_wide and depthwise_wide.
[[nodiscard]] std::unique_ptr<Step> make_packed_depthwise_conv_2d_s16(const ParamMap& params,
                                                                      const ConstantMap& constants,
                                                                      const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_transpose_conv_s16(const ParamMap& params, const ConstantMap& constants,
                                                                   const simd::Kernels& kernels);
// int8 and int16, for a level whose codes are int16.
[[nodiscard]] std::unique_ptr<Step> make_packed_batch_matmul(const std::string& kernel, const ParamMap& params,
                                                             const ConstantMap& constants,
                                                             const simd::Kernels& kernels);
[[nodiscard]] std::unique_ptr<Step> make_packed_words(const std::string& kernel, const ParamMap& params,
                                                      const ConstantMap& constants, const simd::Kernels& kernels);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PACKED_STEPS_HPP_
