// Sums of products as XNNPACK computes them: the device core's sums, then float32 scales.
#ifndef EDGETWIN_HOST_XNNPACK_LINEAR_HPP_
#define EDGETWIN_HOST_XNNPACK_LINEAR_HPP_

#include <cstring>

#include "calls/batch_matmul.hpp"
#include "calls/conv.hpp"
#include "calls/depthwise_conv.hpp"
#include "calls/fully_connected.hpp"
#include "calls/transpose_conv.hpp"
#include "host/gemm_s16.hpp"
#include "host/widen.hpp"
#include "host/xnnpack/requantize.hpp"

namespace edgetwin::host::xnnpack {

/// Elements of padded planes and of packed weights, together, that a step may need.
constexpr double kMaxPacked = 268435456.0;

/// The call of an int8 kernel of the device core, its constants `multiplier` and `shift` replaced:
///
/// scale [channels] float32: input scale * weights' scale / output scale, positive, normal and below 256
/// Its outputs are clamp(nearest(float32(sum) * scale) + output_zero_point), ties to even.
template <class Core>
struct FloatScaled {
  using Params = typename Core::Params;
  static constexpr calls::SlotNames kSlots = {{"input"}, {"weights", "bias", "scale"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    Core::fields(p, [&](const char* name, auto& field) {
      // There is one rounding only.
      if (std::strcmp(name, "rounding") != 0) visit(name, field);
    });
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = Core::layout(p);
    l.constants[3] = 0;
    return l;
  }
};

struct Conv2dS8 : FloatScaled<calls::Conv2dS8> {
  static constexpr const char* kName = "conv_2d_s8_xnnpack";

  static Status check(const Params& p) {
    const Status status = calls::Conv2dS8::check(p);
    if (status != Status::kOk) return status;
    const double group_in = static_cast<double>(p.input_c) / p.groups;
    const double group_out = static_cast<double>(p.output_c) / p.groups;
    const double depth = group_in * p.kernel_h * p.kernel_w;
    const double packed = (group_out + double{kTile}) * p.groups * (depth + double{kBlock});
    return PaddedPlane(p).pixels() * p.input_c + packed <= kMaxPacked ? Status::kOk : Status::kBadShape;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_scales(calls::as<float>(constants[2]), p.output_c);
  }
};

struct DepthwiseConv2dS8 : FloatScaled<calls::DepthwiseConv2dS8> {
  static constexpr const char* kName = "depthwise_conv_2d_s8_xnnpack";

  static Status check(const Params& p) {
    const Status status = calls::DepthwiseConv2dS8::check(p);
    if (status != Status::kOk) return status;
    return PaddedPlane(p).pixels() * p.output_c <= kMaxPacked ? Status::kOk : Status::kBadShape;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_scales(calls::as<float>(constants[2]), p.output_c);
  }
};

struct FullyConnectedS8 : FloatScaled<calls::FullyConnectedS8> {
  static constexpr const char* kName = "fully_connected_s8_xnnpack";

  static Status check(const Params& p) { return calls::FullyConnectedS8::check(p); }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_scales(calls::as<float>(constants[2]), p.output_features);
  }
};

struct TransposeConvS8 : FloatScaled<calls::TransposeConvS8> {
  static constexpr const char* kName = "transpose_conv_s8_xnnpack";

  static Status check(const Params& p) { return calls::TransposeConvS8::check(p); }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_scales(calls::as<float>(constants[2]), p.output_c);
  }
  static void run(const Params& p, const calls::Operands& o) {
    const float* const scale = calls::as<float>(o.constants[2]);
    transpose_conv_with(
        p, calls::as<int8_t>(o.inputs[0]), calls::as<int8_t>(o.constants[0]), calls::as<int32_t>(o.constants[1]),
        [&](int32_t sum, int32_t channel) { return scaled(sum, scale[channel]); }, calls::as<int8_t>(o.outputs[0]));
  }
};

/// batch_matmul_s8 with one scale, as FloatScaled's, in place of its multiplier and shift.
struct BatchMatmulS8 {
  struct Params : BatchMatmulParams {
    float scale;
  };
  static constexpr const char* kName = "batch_matmul_s8_xnnpack";
  static constexpr calls::SlotNames kSlots = calls::BatchMatmulS8::kSlots;

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    calls::BatchMatmulS8::fields(p, [&](const char* name, auto& field) {
      for (const char* absent : {"multiplier", "shift", "rounding"}) {
        if (std::strcmp(name, absent) == 0) return;
      }
      visit(name, field);
    });
    visit("scale", p.scale);
  }
  static Status check(const Params& p) {
    const Status status = calls::BatchMatmulS8::check(p);
    return status != Status::kOk ? status : check_scales(&p.scale, 1);
  }
  static calls::Layout layout(const Params& p) { return calls::BatchMatmulS8::layout(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    batch_matmul_with<int8_t, int32_t>(
        p, calls::as<int8_t>(o.inputs[0]), calls::as<int8_t>(o.inputs[1]),
        [&](int32_t sum) { return scaled(sum, p.scale); }, calls::as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_LINEAR_HPP_
