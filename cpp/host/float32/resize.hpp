// Bilinear interpolation of float32 images.
#ifndef EDGETWIN_HOST_FLOAT32_RESIZE_HPP_
#define EDGETWIN_HOST_FLOAT32_RESIZE_HPP_

#include <algorithm>
#include <cmath>
#include <limits>

#include "calls/resize.hpp"

namespace edgetwin::host::float32 {

/// Where one output pixel of an axis lies between two input pixels.
struct Position {
  int32_t lower;  ///< in [0, size)
  int32_t upper;  ///< in [0, size)
  float weight;   ///< of `upper`

  /// In LiteRT's float32 steps.
  Position(int32_t index, int32_t input, int32_t output, const ResizeParams& p) {
    const bool corners = p.align_corners != 0 && output > 1;
    const float scale = corners ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                                : static_cast<float>(input) / static_cast<float>(output);
    const float at = p.half_pixel_centers != 0 ? (static_cast<float>(index) + 0.5F) * scale - 0.5F
                                               : static_cast<float>(index) * scale;
    const float below = std::floor(at);
    // Rounding may carry the last position past the input, never by a pixel and more.
    lower = std::clamp(static_cast<int32_t>(below), 0, input - 1);
    upper = std::min(static_cast<int32_t>(std::ceil(at)), input - 1);
    weight = at - static_cast<float>(lower);
  }
};

[[nodiscard]] inline Status resize_bilinear_check(const ResizeParams& p) {
  if (p.align_corners == 1 && p.half_pixel_centers == 1) return Status::kBadParameter;
  // Every position is a whole float32.
  constexpr int32_t kMost = 1 << std::numeric_limits<float>::digits;
  if (std::max({p.input_h, p.input_w, p.output_h, p.output_w}) > kMost) return Status::kBadShape;
  return resize_nearest_neighbor_check(p);
}

/// Every output is the mean of the four inputs around it, weighted by distance.
///
/// input  [batches, input_h, input_w, channels] float32
/// output [batches, output_h, output_w, channels] float32
/// `p` passed resize_bilinear_check.
inline void resize_bilinear(const ResizeParams& p, const float* input, float* output) {
  const int64_t row = int64_t{p.input_w} * p.channels;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_h * row) {
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      const Position y(oy, p.input_h, p.output_h, p);
      const float* above = input + y.lower * row;
      const float* below = input + y.upper * row;
      for (int32_t ox = 0; ox < p.output_w; ++ox) {
        const Position x(ox, p.input_w, p.output_w, p);
        const int64_t left = int64_t{x.lower} * p.channels, right = int64_t{x.upper} * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) {
          *output++ = above[left + c] * (1.0F - y.weight) * (1.0F - x.weight) +
                      below[left + c] * y.weight * (1.0F - x.weight) + above[right + c] * (1.0F - y.weight) * x.weight +
                      below[right + c] * y.weight * x.weight;
        }
      }
    }
  }
}

struct ResizeBilinearF32 : calls::Resize<float, resize_bilinear_check, resize_bilinear> {
  static constexpr const char* kName = "resize_bilinear_f32";
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_RESIZE_HPP_
