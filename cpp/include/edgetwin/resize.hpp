// Images of another height and width: nearest neighbor of any element, bilinear interpolation of int8 codes.
#ifndef EDGETWIN_RESIZE_HPP_
#define EDGETWIN_RESIZE_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct ResizeParams {
  int32_t batches;             ///< >= 1
  int32_t input_h;             ///< >= 1; bilinear: below 2^20
  int32_t input_w;             ///< as input_h
  int32_t channels;            ///< >= 1
  int32_t output_h;            ///< >= 1; bilinear: below 2^20
  int32_t output_w;            ///< as output_h
  int32_t align_corners;       ///< 0 or 1: the corner pixels' centers stay where they are
  int32_t half_pixel_centers;  ///< 0 or 1: pixels are squares around their centers; bilinear: not with align_corners
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_resize_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("channels", p.channels);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
  visit("align_corners", p.align_corners);
  visit("half_pixel_centers", p.half_pixel_centers);
}

namespace detail {

[[nodiscard]] constexpr bool is_flag(int32_t value) { return value == 0 || value == 1; }

/// Positions between pixels are counted in 1 / kResizeOne.
constexpr int32_t kResizeOne = 1 << 10;

/// The pixel of `input` ones that is nearest to pixel `index` of `output` ones, in the reference's float32 steps.
[[nodiscard]] constexpr int32_t nearest_pixel(int32_t index, int32_t input, int32_t output, const ResizeParams& p) {
  const bool corners = p.align_corners != 0;
  const float scale = corners && output > 1 ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                                            : static_cast<float>(input) / static_cast<float>(output);
  const float position = (static_cast<float>(index) + (p.half_pixel_centers != 0 ? 0.5F : 0.0F)) * scale;
  // Positions are not negative, so truncation is floor. Beyond 2^31 only where the last pixel is meant anyway.
  if (position >= static_cast<float>(input)) return input - 1;
  int32_t pixel = static_cast<int32_t>(position);
  if (corners && position - static_cast<float>(pixel) >= 0.5F) ++pixel;  // to nearest, halves up
  return min_of(pixel, input - 1);
}

/// Where one output pixel of an axis lies between two input pixels.
struct Between {
  int32_t lower;   ///< in [0, size); `size` and above where rounding has carried the position past the input
  int32_t upper;   ///< in [0, size)
  int32_t weight;  ///< of `upper`, in 1 / kResizeOne; outside of [0, kResizeOne) only where lower = upper
};

/// Distance of neighboring outputs in 1 / kResizeOne of an input pixel. Sizes below 2^20.
[[nodiscard]] constexpr int32_t resize_step(int32_t input, int32_t output, bool align_corners) {
  if (align_corners && output > 1) return (kResizeOne * (input - 1) + (output - 1) / 2) / (output - 1);
  return (kResizeOne * input + output / 2) / output;
}

/// Sizes below 2^20, so that index * step stays below 2^30 + 2^20.
[[nodiscard]] constexpr Between resize_between(int32_t index, int32_t input, int32_t output, const ResizeParams& p) {
  const int32_t step = resize_step(input, output, p.align_corners != 0);
  const int32_t position = index * step + (p.half_pixel_centers != 0 ? step / 2 - kResizeOne / 2 : 0);
  const int32_t lower = max_of(position / kResizeOne, int32_t{0});
  const int32_t upper = min_of((position + kResizeOne - 1) / kResizeOne, input - 1);
  return {lower, upper, position - kResizeOne * lower};
}

}  // namespace detail

/// Input and output have fewer than 2^31 elements.
[[nodiscard]] constexpr Status resize_nearest_neighbor_check(const ResizeParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.channels)) return Status::kBadShape;
  if (!fits_int32(p.batches, p.output_h, p.output_w, p.channels)) return Status::kBadShape;
  return detail::is_flag(p.align_corners) && detail::is_flag(p.half_pixel_centers) ? Status::kOk
                                                                                   : Status::kBadParameter;
}

/// As for nearest neighbor. kBadShape too where the step between outputs, rounded to 1/1024 pixel, carries the last of
/// them past the input (more than about 45 outputs an input pixel): the reference reads beyond its input there.
[[nodiscard]] constexpr Status resize_bilinear_check(const ResizeParams& p) {
  const Status status = resize_nearest_neighbor_check(p);
  if (status != Status::kOk) return status;
  if (p.align_corners != 0 && p.half_pixel_centers != 0) return Status::kBadParameter;
  constexpr int32_t kMost = (1 << 20) - 1;
  if (max_of(max_of(p.input_h, p.input_w), max_of(p.output_h, p.output_w)) > kMost) return Status::kBadShape;
  if (detail::resize_between(p.output_h - 1, p.input_h, p.output_h, p).lower >= p.input_h) return Status::kBadShape;
  if (detail::resize_between(p.output_w - 1, p.input_w, p.output_w, p).lower >= p.input_w) return Status::kBadShape;
  return Status::kOk;
}

/// Every output pixel is a copy of the nearest input pixel.
///
/// input  [batches, input_h, input_w, channels] Element
/// output [batches, output_h, output_w, channels] Element, not overlapping input
/// `p` passed resize_nearest_neighbor_check; no scratch.
template <class Element>
inline void resize_nearest_neighbor(const ResizeParams& p, const Element* input, Element* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    const Element* image = input + static_cast<ptrdiff_t>(b) * p.input_h * p.input_w * p.channels;
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      const Element* row =
          image + static_cast<ptrdiff_t>(detail::nearest_pixel(oy, p.input_h, p.output_h, p)) * p.input_w * p.channels;
      for (int32_t ox = 0; ox < p.output_w; ++ox) {
        const Element* pixel =
            row + static_cast<ptrdiff_t>(detail::nearest_pixel(ox, p.input_w, p.output_w, p)) * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) *output++ = pixel[c];
      }
    }
  }
}

/// Every output code is the mean of the four around it, weighted by distance in 1/1024 pixel, rounded half away from
/// zero.
///
/// input  [batches, input_h, input_w, channels] int8
/// output [batches, output_h, output_w, channels] int8, not overlapping input
/// `p` passed resize_bilinear_check; no scratch.
inline void resize_bilinear_s8(const ResizeParams& p, const int8_t* input, int8_t* output) {
  constexpr int64_t kOne = detail::kResizeOne;
  constexpr int64_t kHalf = kOne * kOne / 2;
  for (int32_t b = 0; b < p.batches; ++b) {
    const int8_t* image = input + static_cast<ptrdiff_t>(b) * p.input_h * p.input_w * p.channels;
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      const detail::Between y = detail::resize_between(oy, p.input_h, p.output_h, p);
      const int8_t* above = image + static_cast<ptrdiff_t>(y.lower) * p.input_w * p.channels;
      const int8_t* below = image + static_cast<ptrdiff_t>(y.upper) * p.input_w * p.channels;
      for (int32_t ox = 0; ox < p.output_w; ++ox) {
        const detail::Between x = detail::resize_between(ox, p.input_w, p.output_w, p);
        const ptrdiff_t left = static_cast<ptrdiff_t>(x.lower) * p.channels;
        const ptrdiff_t right = static_cast<ptrdiff_t>(x.upper) * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) {
          const int64_t top = above[left + c] * (kOne - x.weight) + above[right + c] * int64_t{x.weight};
          const int64_t bottom = below[left + c] * (kOne - x.weight) + below[right + c] * int64_t{x.weight};
          const int64_t sum = top * (kOne - y.weight) + bottom * y.weight;
          *output++ = static_cast<int8_t>((sum + (sum > 0 ? kHalf : -kHalf)) / (kOne * kOne));
        }
      }
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_RESIZE_HPP_
