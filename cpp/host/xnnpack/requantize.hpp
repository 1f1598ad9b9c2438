// XNNPACK's form of requantization ("fp32"): the sum as a float32, times a float32 scale, to the nearest code.
#ifndef EDGETWIN_HOST_XNNPACK_REQUANTIZE_HPP_
#define EDGETWIN_HOST_XNNPACK_REQUANTIZE_HPP_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "host/channel_scale.hpp"

namespace edgetwin::host::xnnpack {

/// The integer nearest to `value`, ties to even; |value| <= 2^22. With 1.5 * 2^23 added, a float32 has no bits left for
/// a fraction: the sum is rounded, and its low bits are the integer. Vectorizers know this addition, not nearbyint.
[[nodiscard]] inline int32_t nearest(float value) {
  const float shifted = value + 12582912.0F;
  int32_t bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  return bits - 0x4B400000;
}

/// What a product with a scale becomes. Clamped before it is rounded: the limits are integers.
struct CodeRange {
  float low;
  float high;
  int32_t zero_point;

  CodeRange(int32_t activation_min, int32_t activation_max, int32_t output_zero_point)
      : low(static_cast<float>(activation_min - output_zero_point)),
        high(static_cast<float>(activation_max - output_zero_point)),
        zero_point(output_zero_point) {}

  /// NaN becomes the highest code, as in XNNPACK's x86 kernels.
  [[nodiscard]] int8_t operator()(float scaled) const {
    const float capped = scaled < high ? scaled : high;
    return static_cast<int8_t>(nearest(low < capped ? capped : low) + zero_point);
  }
};

/// float32(sum) * scale to the nearest integer, ties to even; beyond every code where the product is.
[[nodiscard]] inline int32_t scaled(int32_t sum, float scale) {
  constexpr float kLimit = 4194304.0F;  // 2^22
  return nearest(clamp(static_cast<float>(sum) * scale, -kLimit, kLimit));
}

/// kOk if every scale is positive, normal and below 256, as XNNPACK demands. Array of `count` elements.
[[nodiscard]] inline Status check_scales(const float* scale, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    if (!(scale[i] > 0.0F && scale[i] < 256.0F && std::isnormal(scale[i]))) return Status::kBadParameter;
  }
  return Status::kOk;
}

/// Turns a row of sums into int8 outputs, one scale a channel.
struct FloatStage {
  std::vector<float> scales;
  std::vector<int32_t> bias;  ///< as of OutputStage
  CodeRange range;

  /// Channels `first` to `first + count`; the sums hold their bias already.
  void store(const int32_t* sums, int32_t first, int32_t count, int8_t* output) const {
    const float* const scale = scales.data() + first;
    for (int32_t i = 0; i < count; ++i) output[i] = range(static_cast<float>(sums[i]) * scale[i]);
  }
};

/// Makes the output stage of a kernel whose constants are weights, bias and scale.
struct FloatOutput {
  using Stage = FloatStage;

  template <class Params>
  [[nodiscard]] static Stage stage(const Params& p, int32_t channels, int32_t tile, const void* const* constants) {
    const float* const scale = static_cast<const float*>(constants[2]);
    return {std::vector<float>(scale, scale + channels),
            sums_of_bias(static_cast<const int32_t*>(constants[1]), channels, tile),
            {p.activation_min, p.activation_max, p.output_zero_point}};
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_REQUANTIZE_HPP_
