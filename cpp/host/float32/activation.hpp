// The activation that a float32 operator applies to its result.
#ifndef EDGETWIN_HOST_FLOAT32_ACTIVATION_HPP_
#define EDGETWIN_HOST_FLOAT32_ACTIVATION_HPP_

#include <limits>

#include "edgetwin/types.hpp"

namespace edgetwin::host::float32 {

constexpr int64_t kFloatBytes = sizeof(float);

/// TFLite's numbers.
enum class Activation : int32_t {
  kNone = 0,
  kRelu = 1,
  kReluN1To1 = 2,
  kRelu6 = 3,
};

[[nodiscard]] constexpr Status check_activation(Activation activation) {
  switch (activation) {
    case Activation::kNone:
    case Activation::kRelu:
    case Activation::kReluN1To1:
    case Activation::kRelu6: return Status::kOk;
  }
  return Status::kBadActivation;
}

/// The range that results are clamped to; by default any. NaN stays NaN.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  Clamp() = default;
  /// As TFLite Micro: what has no limit is limited to the finite numbers.
  explicit Clamp(Activation activation)
      : low(std::numeric_limits<float>::lowest()), high(std::numeric_limits<float>::max()) {
    switch (activation) {
      case Activation::kNone: break;
      case Activation::kRelu: low = 0.0F; break;
      case Activation::kReluN1To1:
        low = -1.0F;
        high = 1.0F;
        break;
      case Activation::kRelu6:
        low = 0.0F;
        high = 6.0F;
        break;
    }
  }

  [[nodiscard]] float operator()(float value) const {
    const float raised = value < low ? low : value;
    return high < raised ? high : raised;
  }
};

/// sums = activation(sums + bias), where there is a bias.
inline void finish(float* sums, int64_t count, const float* bias, Clamp clamp) {
  for (int64_t i = 0; i < count; ++i) sums[i] = clamp(bias != nullptr ? sums[i] + bias[i] : sums[i]);
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_ACTIVATION_HPP_
