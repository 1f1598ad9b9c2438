// 2-D convolution, float32.
#ifndef EDGETWIN_HOST_FLOAT32_CONV_HPP_
#define EDGETWIN_HOST_FLOAT32_CONV_HPP_

#include <algorithm>

#include "host/float32/matrix.hpp"
#include "host/float32/window.hpp"

namespace edgetwin::host::float32 {

struct Conv2dParams : WindowParams {
  int32_t groups;  ///< >= 1; input_c and output_c are multiples of it
};

/// output = activation(sum(input * weights) + bias).
///
/// input   [batches, input_h, input_w, input_c] float32; positions outside it are zeros
/// weights [groups, kernel_h, kernel_w, input_c / groups, output_c / groups] float32
/// bias    [output_c] float32, or null for none
/// output  [batches, output_h, output_w, output_c] float32
/// Scratch: the windows of a few pixels, one after the other, which are then multiplied as rows.
struct Conv2dF32 {
  using Params = Conv2dParams;
  static constexpr const char* kName = "conv_2d_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {"weights", "bias"}, {}, {"output"}};
  static constexpr int64_t kPixels = 8;

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_window_fields(p, visit);
    visit("groups", p.groups);
  }
  static Status check(const Params& p) {
    if (p.groups < 1 || p.input_c % p.groups != 0 || p.output_c % p.groups != 0) return Status::kBadGroups;
    if (!fits_int32(p.kernel_h, p.kernel_w, p.input_c, p.output_c)) return Status::kBadShape;
    return check_window(p);
  }
  static int64_t depth(const Params& p) { return int64_t{p.kernel_h} * p.kernel_w * (p.input_c / p.groups); }
  /// Whether pixels are rows to multiply as they lie.
  static bool plain(const Params& p) {
    return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.groups == 1 &&
           p.input_h == p.output_h && p.input_w == p.output_w && p.pad_top == 0 && p.pad_left == 0;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = window_layout(p);
    l.constants[0] = kFloatBytes * depth(p) * p.output_c;
    l.constants[1] = kFloatBytes * p.output_c;
    l.optional[1] = true;
    l.scratch = plain(p) ? 0 : kFloatBytes * kPixels * depth(p);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    const float* weights = calls::as<float>(o.constants[0]);
    const float* bias = calls::as<float>(o.constants[1]);
    float* output = calls::as<float>(o.outputs[0]);
    const Clamp clamp(p.activation);
    const int64_t pixels = int64_t{p.batches} * p.output_h * p.output_w;
    if (plain(p)) {
      multiply({input, p.input_c}, pixels, p.input_c, {weights, p.output_c}, p.output_c,
               {output, p.output_c, bias, clamp});
      return;
    }
    float* windows = calls::as<float>(o.scratch);
    const int64_t group_in = p.input_c / p.groups, group_out = p.output_c / p.groups, row = depth(p);
    for (int64_t g = 0; g < p.groups; ++g) {
      const float* group_bias = bias != nullptr ? bias + g * group_out : nullptr;
      int64_t done = 0, gathered = 0;
      for_each_window(p, [&](int64_t b, int64_t y0, int64_t x0) {
        gather(p, input + g * group_in, b, y0, x0, group_in, windows + gathered * row);
        if (++gathered < min_of(kPixels, pixels - done)) return;
        multiply({windows, row}, gathered, row, {weights + g * row * group_out, group_out}, group_out,
                 {output + done * p.output_c + g * group_out, p.output_c, group_bias, clamp});
        done += gathered;
        gathered = 0;
      });
    }
  }

 private:
  /// Copies one window, zeros where it leaves the input.
  static void gather(const Params& p, const float* input, int64_t batch, int64_t y0, int64_t x0, int64_t channels,
                     float* window) {
    const int64_t y1 = y0 + int64_t{p.kernel_h - 1} * p.dilation_h, x1 = x0 + int64_t{p.kernel_w - 1} * p.dilation_w;
    if (y0 < 0 || x0 < 0 || y1 >= p.input_h || x1 >= p.input_w) std::fill_n(window, depth(p), 0.0F);
    for_each_tap(p, input, batch, y0, x0,
                 [&](int64_t tap, const float* pixel) { std::copy_n(pixel, channels, window + tap * channels); });
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_CONV_HPP_
