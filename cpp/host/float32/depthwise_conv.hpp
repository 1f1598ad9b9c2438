// 2-D depthwise convolution, float32.
#ifndef EDGETWIN_HOST_FLOAT32_DEPTHWISE_CONV_HPP_
#define EDGETWIN_HOST_FLOAT32_DEPTHWISE_CONV_HPP_

#include <algorithm>

#include "host/float32/window.hpp"

namespace edgetwin::host::float32 {

/// output = activation(sum(input * weights) + bias), channel by channel.
///
/// input   [batches, input_h, input_w, input_c] float32
/// weights [kernel_h, kernel_w, output_c] float32 (1HWO); output_c is a multiple of input_c
/// bias    [output_c] float32, or null for none
/// output  [batches, output_h, output_w, output_c] float32
struct DepthwiseConv2dF32 {
  using Params = WindowParams;
  static constexpr const char* kName = "depthwise_conv_2d_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {"weights", "bias"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_window_fields(p, visit);
  }
  static Status check(const Params& p) {
    if (!fits_int32(p.kernel_h, p.kernel_w, p.output_c)) return Status::kBadShape;
    const Status status = check_window(p);
    if (status != Status::kOk) return status;
    return p.output_c % p.input_c == 0 ? Status::kOk : Status::kBadGroups;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = window_layout(p);
    l.constants[0] = kFloatBytes * p.kernel_h * p.kernel_w * p.output_c;
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
    const Clamp clamp(p.activation);
    const int64_t multiplier = p.output_c / p.input_c;
    for_each_window(p, [&](int64_t b, int64_t y0, int64_t x0) {
      std::fill_n(output, p.output_c, 0.0F);
      for_each_tap(p, input, b, y0, x0, [&](int64_t tap, const float* pixel) {
        const float* taps = weights + tap * p.output_c;
        if (multiplier == 1) {
          for (int64_t c = 0; c < p.output_c; ++c) output[c] += pixel[c] * taps[c];
          return;
        }
        for (int64_t c = 0, first = 0; c < p.input_c; ++c, first += multiplier) {
          for (int64_t m = first; m < first + multiplier; ++m) output[m] += pixel[c] * taps[m];
        }
      });
      finish(output, p.output_c, bias, clamp);
      output += p.output_c;
    });
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_DEPTHWISE_CONV_HPP_
