// Faster host forms of the device core's kernels, byte for byte equal to them.
#ifndef EDGETWIN_HOST_FAST_STEPS_HPP_
#define EDGETWIN_HOST_FAST_STEPS_HPP_

#include <memory>
#include <string>

#include "host/level.hpp"
#include "host/simd/kernels.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// Samples that steps take together: two tiles of six rows of a dense layer, beyond which a sample gets no cheaper.
constexpr int64_t kBlockSamples = 12;
/// What steps without weights take of a sample in blocks: more is worth a call of its own.
constexpr int64_t kMostBlockBytes = 2048;

[[nodiscard]] std::unique_ptr<Step> make_fast_conv_2d(const ParamMap& params, const ConstantMap& constants);
[[nodiscard]] std::unique_ptr<Step> make_fast_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants);
[[nodiscard]] std::unique_ptr<Step> make_fast_fully_connected(const ParamMap& params, const ConstantMap& constants);
[[nodiscard]] std::unique_ptr<Step> make_fast_lstm(const ParamMap& params, const ConstantMap& constants);
[[nodiscard]] std::unique_ptr<Step> make_fast_svdf(const ParamMap& params, const ConstantMap& constants);
[[nodiscard]] std::unique_ptr<Step> make_fast_softmax(const std::string& kernel, const ParamMap& params,
                                                      const ConstantMap& constants);
/// For kernels that map each int8 code to one int8 code: the whole map, computed once by the device core. `kernels` may
/// be null.
[[nodiscard]] std::unique_ptr<Step> make_lookup(const std::string& kernel, const ParamMap& params,
                                                const ConstantMap& constants, const simd::Kernels* kernels);

/// The host form of `kernel` at a level that this CPU has, or null where the device core's own code is used.
[[nodiscard]] std::unique_ptr<Step> make_fast_step(const std::string& kernel, const ParamMap& params,
                                                   const ConstantMap& constants, Level level);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_FAST_STEPS_HPP_
