// resize_bilinear of int8 as XNNPACK computes it.
#ifndef EDGETWIN_HOST_XNNPACK_RESIZE_HPP_
#define EDGETWIN_HOST_XNNPACK_RESIZE_HPP_

#include <cmath>

#include "calls/resize.hpp"

namespace edgetwin::host::xnnpack {

/// Where one output pixel of an axis lies between two input pixels.
struct Between {
  int32_t lower;
  int32_t upper;
  int32_t weight;  ///< of `upper`, in [0, 2^11]
};

[[nodiscard]] inline Between resize_between(int32_t index, int32_t input, int32_t output, const ResizeParams& p) {
  const int32_t corner = p.align_corners != 0 && output != 1 ? 1 : 0;
  const float step = static_cast<float>(input - corner) / static_cast<float>(output - corner);
  const float offset = p.half_pixel_centers != 0 ? 0.5F * step - 0.5F : 0.0F;
  const float position = clamp(static_cast<float>(index) * step + offset, 0.0F, static_cast<float>(input - 1));
  const int32_t lower = static_cast<int32_t>(position);
  const float rest = position - static_cast<float>(lower);
  return {lower, min_of(lower + 1, input - 1), static_cast<int32_t>(std::nearbyint(rest * 2048.0F))};
}

/// Positions are float32, exact for sizes below 2^24.
[[nodiscard]] inline Status resize_bilinear_check(const ResizeParams& p) {
  const Status status = resize_nearest_neighbor_check(p);
  if (status != Status::kOk) return status;
  if (p.align_corners != 0 && p.half_pixel_centers != 0) return Status::kBadParameter;
  const int32_t largest = max_of(max_of(p.input_h, p.input_w), max_of(p.output_h, p.output_w));
  return largest < (1 << 24) ? Status::kOk : Status::kBadShape;
}

/// Every output code is the mean of the four around it, weighted by distance in 2^-11 pixel, rounded half up. Arrays as
/// of resize_bilinear_s8; sums stay below 2^30.
inline void resize_bilinear_s8(const ResizeParams& p, const int8_t* input, int8_t* output) {
  const ptrdiff_t row = static_cast<ptrdiff_t>(p.input_w) * p.channels;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_h * row) {
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      const Between y = resize_between(oy, p.input_h, p.output_h, p);
      const int8_t* const above = input + y.lower * row;
      const int8_t* const below = input + y.upper * row;
      for (int32_t ox = 0; ox < p.output_w; ++ox) {
        const Between x = resize_between(ox, p.input_w, p.output_w, p);
        const ptrdiff_t left = static_cast<ptrdiff_t>(x.lower) * p.channels;
        const ptrdiff_t right = static_cast<ptrdiff_t>(x.upper) * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) {
          const int32_t top = above[left + c] * 2048 + (above[right + c] - above[left + c]) * x.weight;
          const int32_t bottom = below[left + c] * 2048 + (below[right + c] - below[left + c]) * x.weight;
          *output++ = static_cast<int8_t>((top * 2048 + (bottom - top) * y.weight + (1 << 21)) >> 22);
        }
      }
    }
  }
}

struct ResizeBilinearS8 : calls::Resize<int8_t, resize_bilinear_check, resize_bilinear_s8> {
  static constexpr const char* kName = "resize_bilinear_s8_xnnpack";
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_RESIZE_HPP_
