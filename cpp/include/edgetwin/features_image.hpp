// Edge Impulse's raw and image blocks, version 1: values times a scale, and pixels from 0 to 1.
#ifndef EDGETWIN_FEATURES_IMAGE_HPP_
#define EDGETWIN_FEATURES_IMAGE_HPP_

#include "edgetwin/real.hpp"

namespace edgetwin::real {

/// values times scale into features, `size` of them.
inline void raw_features(const float* values, int32_t size, float scale, float* features) {
  for (int32_t i = 0; i < size; ++i) features[i] = product(values[i], scale);
}

/// pixels    [count, 3] red, green and blue
/// features  [count, 3]
inline void rgb_features(const uint8_t* pixels, int32_t count, float* features) {
  for (int32_t i = 0; i < 3 * count; ++i) features[i] = static_cast<float>(pixels[i]) / 255.0F;
}

/// Luma as ITU-R BT.601 weights it, not rounded to a code.
/// pixels    [count, 3] red, green and blue
/// features  [count]
inline void grayscale_features(const uint8_t* pixels, int32_t count, float* features) {
  for (int32_t i = 0; i < count; ++i) {
    const float red = static_cast<float>(pixels[3 * i]), green = static_cast<float>(pixels[3 * i + 1]),
                blue = static_cast<float>(pixels[3 * i + 2]);
    features[i] = ((product(0.299F, red) + product(0.587F, green)) + product(0.114F, blue)) / 255.0F;
  }
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_FEATURES_IMAGE_HPP_
