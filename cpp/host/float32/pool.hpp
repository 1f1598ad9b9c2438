// 2-D max and average pooling, float32.
#ifndef EDGETWIN_HOST_FLOAT32_POOL_HPP_
#define EDGETWIN_HOST_FLOAT32_POOL_HPP_

#include <algorithm>
#include <limits>

#include "host/float32/window.hpp"

namespace edgetwin::host::float32 {

/// What both pools share; a derived call names and computes one. Every window holds at least one element of the input.
///
/// input  [batches, input_h, input_w, input_c] float32
/// output [batches, output_h, output_w, input_c] float32
struct Pool2d {
  using Params = WindowParams;
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_window_fields(p, visit);
  }
  static Status check(const Params& p) {
    const Status status = check_window(p);
    if (status != Status::kOk) return status;
    if (p.output_c != p.input_c) return Status::kBadShape;
    if (p.dilation_h != 1 || p.dilation_w != 1) return Status::kBadStride;
    const int64_t last_y = int64_t{p.output_h - 1} * p.stride_h - p.pad_top;
    const int64_t last_x = int64_t{p.output_w - 1} * p.stride_w - p.pad_left;
    const bool all = p.pad_top < p.kernel_h && p.pad_left < p.kernel_w && last_y < p.input_h && last_x < p.input_w;
    return all ? Status::kOk : Status::kBadPadding;
  }
  static calls::Layout layout(const Params& p) { return window_layout(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

 protected:
  /// output = activation(finish(start joined with every element of the window, how many these are)).
  template <class Join, class Finish>
  static void pool(const Params& p, const calls::Operands& o, float start, Join&& join, Finish&& finish) {
    const float* input = calls::as<float>(o.inputs[0]);
    float* output = calls::as<float>(o.outputs[0]);
    const Clamp clamp(p.activation);
    for_each_window(p, [&](int64_t b, int64_t y0, int64_t x0) {
      std::fill_n(output, p.output_c, start);
      int64_t count = 0;
      for_each_tap(p, input, b, y0, x0, [&](int64_t, const float* pixel) {
        for (int64_t c = 0; c < p.output_c; ++c) output[c] = join(output[c], pixel[c]);
        ++count;
      });
      std::transform(output, output + p.output_c, output, [&](float value) { return clamp(finish(value, count)); });
      output += p.output_c;
    });
  }
};

struct MaxPool2dF32 : Pool2d {
  static constexpr const char* kName = "max_pool_2d_f32";
  static void run(const Params& p, const calls::Operands& o) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    pool(
        p, o, lowest, [](float most, float value) { return most < value ? value : most; },
        [](float most, int64_t) { return most; });
  }
};

struct AveragePool2dF32 : Pool2d {
  static constexpr const char* kName = "average_pool_2d_f32";
  static void run(const Params& p, const calls::Operands& o) {
    pool(
        p, o, 0.0F, [](float sum, float value) { return sum + value; },
        [](float sum, int64_t count) { return sum / static_cast<float>(count); });
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_POOL_HPP_
