// 2-D transpose convolution, float32: every input pixel is spread over the outputs under a kernel at its place.
#ifndef EDGETWIN_HOST_FLOAT32_TRANSPOSE_CONV_HPP_
#define EDGETWIN_HOST_FLOAT32_TRANSPOSE_CONV_HPP_

#include <algorithm>

#include "host/float32/matrix.hpp"
#include "host/float32/window.hpp"

namespace edgetwin::host::float32 {

/// output = activation(sum(input * weights) + bias), where input pixel (y, x) and tap (ky, kx) add to output pixel
/// (y * stride_h + ky - pad_top, x * stride_w + kx - pad_left): the padding is cut off before the output.
///
/// input   [batches, input_h, input_w, input_c] float32
/// weights [kernel_h, kernel_w, input_c, output_c] float32
/// bias    [output_c] float32, or null for none
/// output  [batches, output_h, output_w, output_c] float32; what falls outside it is dropped, what nothing reaches is
/// bias
struct TransposeConvF32 {
  using Params = WindowParams;
  static constexpr const char* kName = "transpose_conv_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {"weights", "bias"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_window_fields(p, visit);
  }
  static Status check(const Params& p) {
    if (!fits_int32(p.kernel_h, p.kernel_w, p.input_c, p.output_c)) return Status::kBadShape;
    if (!fits_int32(p.stride_h, p.input_h) || !fits_int32(p.stride_w, p.input_w)) return Status::kBadStride;
    if (p.dilation_h != 1 || p.dilation_w != 1) return Status::kBadStride;
    return check_window(p);
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = window_layout(p);
    l.constants[0] = kFloatBytes * p.kernel_h * p.kernel_w * p.input_c * p.output_c;
    l.constants[1] = kFloatBytes * p.output_c;
    l.optional[1] = true;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    const float* weights = calls::as<float>(o.constants[0]);
    const float* bias = calls::as<float>(o.constants[1]);
    float* output = calls::as<float>(o.outputs[0]);
    const int64_t image = int64_t{p.output_h} * p.output_w * p.output_c;
    std::fill_n(output, p.batches * image, 0.0F);
    for (int64_t b = 0; b < p.batches; ++b) {
      for (int64_t y = 0; y < p.input_h; ++y) {
        for (int64_t x = 0; x < p.input_w; ++x, input += p.input_c) {
          spread(p, input, weights, y * p.stride_h - p.pad_top, x * p.stride_w - p.pad_left, output + b * image);
        }
      }
    }
    const Clamp clamp(p.activation);
    for (float* pixel = output; pixel < output + p.batches * image; pixel += p.output_c) {
      finish(pixel, p.output_c, bias, clamp);
    }
  }

 private:
  /// Adds one input pixel to the outputs from (y0, x0) on, under every tap.
  static void spread(const Params& p, const float* pixel, const float* weights, int64_t y0, int64_t x0, float* image) {
    for (int64_t y = y0; y < y0 + p.kernel_h; ++y) {
      for (int64_t x = x0; x < x0 + p.kernel_w; ++x, weights += int64_t{p.input_c} * p.output_c) {
        if (y < 0 || y >= p.output_h || x < 0 || x >= p.output_w) continue;
        Products sums = {image + (y * p.output_w + x) * p.output_c, p.output_c};
        sums.onto = true;
        multiply({pixel, p.input_c}, 1, p.input_c, {weights, p.output_c}, p.output_c, sums);
      }
    }
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_TRANSPOSE_CONV_HPP_
