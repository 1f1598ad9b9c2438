// The window that slides over the rows and columns of an image, and what its float32 operators share.
#ifndef EDGETWIN_HOST_FLOAT32_WINDOW_HPP_
#define EDGETWIN_HOST_FLOAT32_WINDOW_HPP_

#include "calls/call.hpp"
#include "host/float32/activation.hpp"

namespace edgetwin::host::float32 {

struct WindowParams {
  int32_t batches;     ///< >= 1
  int32_t input_h;     ///< >= 1
  int32_t input_w;     ///< >= 1
  int32_t input_c;     ///< >= 1
  int32_t output_h;    ///< >= 1
  int32_t output_w;    ///< >= 1
  int32_t output_c;    ///< >= 1
  int32_t kernel_h;    ///< >= 1
  int32_t kernel_w;    ///< >= 1
  int32_t stride_h;    ///< >= 1
  int32_t stride_w;    ///< >= 1
  int32_t dilation_h;  ///< >= 1
  int32_t dilation_w;  ///< >= 1
  int32_t pad_top;     ///< >= 0; rows of padding before the input, the rest follows from output_h
  int32_t pad_left;    ///< >= 0
  Activation activation;
};

template <class P, class Visitor>
constexpr void visit_window_fields(P& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("input_c", p.input_c);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
  visit("output_c", p.output_c);
  visit("kernel_h", p.kernel_h);
  visit("kernel_w", p.kernel_w);
  visit("stride_h", p.stride_h);
  visit("stride_w", p.stride_w);
  visit("dilation_h", p.dilation_h);
  visit("dilation_w", p.dilation_w);
  visit("pad_top", p.pad_top);
  visit("pad_left", p.pad_left);
  visit("activation", p.activation);
}

/// Every array has fewer than 2^31 elements, stride * output and dilation * kernel are below 2^31.
[[nodiscard]] inline Status check_window(const WindowParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.input_c)) return Status::kBadShape;
  if (!fits_int32(p.batches, p.output_h, p.output_w, p.output_c)) return Status::kBadShape;
  if (!fits_int32(p.kernel_h, p.kernel_w)) return Status::kBadShape;
  if (!fits_int32(p.stride_h, p.output_h) || !fits_int32(p.stride_w, p.output_w)) return Status::kBadStride;
  if (!fits_int32(p.dilation_h, p.kernel_h) || !fits_int32(p.dilation_w, p.kernel_w)) return Status::kBadStride;
  if (p.pad_top < 0 || p.pad_left < 0) return Status::kBadPadding;
  return check_activation(p.activation);
}

/// Bytes of input and output.
[[nodiscard]] inline calls::Layout window_layout(const WindowParams& p) {
  calls::Layout l = {};
  l.inputs[0] = kFloatBytes * p.batches * p.input_h * p.input_w * p.input_c;
  l.outputs[0] = kFloatBytes * p.batches * p.output_h * p.output_w * p.output_c;
  return l;
}

/// The taps of a window that meet the input along one axis: first, first + 1, ... last - 1.
struct Taps {
  int64_t first, last;

  /// `start` is where the window's first tap lies, `dilation` the distance of its taps.
  Taps(int64_t start, int64_t taps, int64_t dilation, int64_t size)
      : first(start < 0 ? (-start + dilation - 1) / dilation : 0),
        last(start < size ? min_of(taps, (size - start + dilation - 1) / dilation) : 0) {}
};

/// Calls pixel(batch, y, x) for every output pixel, in order; y and x are where its window starts in the input.
template <class Pixel>
void for_each_window(const WindowParams& p, Pixel&& pixel) {
  for (int64_t b = 0; b < p.batches; ++b) {
    for (int64_t oy = 0; oy < p.output_h; ++oy) {
      for (int64_t ox = 0; ox < p.output_w; ++ox) {
        pixel(b, oy * p.stride_h - p.pad_top, ox * p.stride_w - p.pad_left);
      }
    }
  }
}

/// Calls tap(number, pixel) for every tap that meets the input: number in [0, kernel_h * kernel_w), its input pixel.
template <class Visitor>
void for_each_tap(const WindowParams& p, const float* input, int64_t batch, int64_t y0, int64_t x0, Visitor&& tap) {
  const Taps rows(y0, p.kernel_h, p.dilation_h, p.input_h);
  const Taps columns(x0, p.kernel_w, p.dilation_w, p.input_w);
  for (int64_t ky = rows.first; ky < rows.last; ++ky) {
    const int64_t y = batch * p.input_h + y0 + ky * p.dilation_h;
    for (int64_t kx = columns.first; kx < columns.last; ++kx) {
      tap(ky * p.kernel_w + kx, input + (y * p.input_w + x0 + kx * p.dilation_w) * p.input_c);
    }
  }
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_WINDOW_HPP_
