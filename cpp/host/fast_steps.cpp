#include "host/fast_steps.hpp"

#include "host/float32/packed_steps.hpp"
#include "host/packed_steps.hpp"

namespace edgetwin::host {
namespace {

std::unique_ptr<Step> make_packed_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                       const simd::Kernels& kernels) {
  if (kernel == "conv_2d_s8") return make_packed_conv_2d(params, constants, kernels);
  if (kernel == "depthwise_conv_2d_s8") return make_packed_depthwise_conv_2d(params, constants, kernels);
  if (kernel == "fully_connected_s8") return make_packed_fully_connected(params, constants, kernels);
  if (kernel == "add_s8") return make_packed_add(params, constants, kernels);
  if (kernel == "sub_s8") return make_packed_sub(params, constants, kernels);
  if (kernel == "mul_s8") return make_packed_mul(params, constants, kernels);
  if (kernel == "mean_s8") return make_packed_mean(params, constants, kernels);
  if (kernel == "average_pool_2d_s8") return make_packed_average_pool_2d(params, constants, kernels);
  if (kernel == "max_pool_2d_s8") return make_packed_max_pool_2d(params, constants, kernels);
  if (kernel == "transpose_conv_s8") return make_packed_transpose_conv(params, constants, kernels);
  if (kernel == "lstm_s8") return make_packed_lstm(params, constants, kernels);
  if (kernel == "svdf_s8" || kernel == "svdf_s8_s16") return make_packed_svdf(kernel, params, constants, kernels);
  if (std::unique_ptr<Step> step = make_packed_word_pairs(kernel, params, constants, kernels)) return step;
  if (std::unique_ptr<Step> step = make_packed_map(kernel, params, constants, kernels)) return step;
  if (std::unique_ptr<Step> step = make_packed_word_pool_2d(kernel, params, constants, kernels)) return step;
  if (kernel == "squared_difference_s8") return make_packed_squared_difference(params, constants, kernels);
  const simd::Kernels* const pairs = kernels.form == simd::CodeForm::kCentered ? &kernels : kernels.words;
  if (pairs != nullptr) {
    if (std::unique_ptr<Step> step = make_packed_batch_matmul(kernel, params, constants, *pairs)) return step;
  }
  const simd::Kernels* const words = kernels.gemm_wide != nullptr ? &kernels : kernels.words;
  if (words == nullptr) return nullptr;
  if (kernel == "depthwise_conv_2d_s16") return make_packed_depthwise_conv_2d_s16(params, constants, *words);
  if (kernel == "transpose_conv_s16") return make_packed_transpose_conv_s16(params, constants, *words);
  return make_packed_words(kernel, params, constants, *words);
}

}  // namespace

const simd::Kernels* level_kernels(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2: return &simd::kernels_avx2();
    case Level::kAvxVnni: return &simd::kernels_avx_vnni();
    case Level::kAvx512: return &simd::kernels_avx512();
    case Level::kAvx512Vnni: return &simd::kernels_avx512_vnni();
#elif defined(__aarch64__)
    case Level::kNeon: return &simd::kernels_neon();
    case Level::kNeonDotprod: return &simd::kernels_neon_dotprod();
#endif
    default: return nullptr;
  }
}

std::unique_ptr<Step> make_fast_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                     Level level) {
  if (const simd::Kernels* const kernels = level_kernels(level)) {
    if (std::unique_ptr<Step> step = make_packed_step(kernel, params, constants, *kernels)) return step;
    if (std::unique_ptr<Step> step = float32::make_packed_step(kernel, params, constants, kernels->floats)) return step;
  }
  // These serve every level.
  if (kernel == "conv_2d_s8") return make_fast_conv_2d(params, constants);
  if (kernel == "depthwise_conv_2d_s8") return make_fast_depthwise_conv_2d(params, constants);
  if (kernel == "fully_connected_s8") return make_fast_fully_connected(params, constants);
  if (kernel == "softmax_s8" || kernel == "softmax_s8_s16") return make_fast_softmax(kernel, params, constants);
  if (kernel == "lstm_s8") return make_fast_lstm(params, constants);
  if (kernel == "svdf_s8") return make_fast_svdf(params, constants);
  for (const char* one_to_one : {"logistic_s8", "tanh_s8", "requantize_s8_s8", "requantize_s8_u8", "requantize_u8_s8",
                                 "clamp_s8", "hard_swish_s8", "rsqrt_s8", "lookup_s8", "leaky_relu_s8", "abs_s8"}) {
    if (kernel == one_to_one) return make_lookup(kernel, params, constants, level_kernels(level));
  }
  return nullptr;
}

}  // namespace edgetwin::host
