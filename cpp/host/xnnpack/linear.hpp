// conv_2d, depthwise_conv_2d and fully_connected as XNNPACK computes them: the device core's sums, then float32 scales.
#ifndef EDGETWIN_HOST_XNNPACK_LINEAR_HPP_
#define EDGETWIN_HOST_XNNPACK_LINEAR_HPP_

#include <cstring>

#include "calls/conv.hpp"
#include "calls/depthwise_conv.hpp"
#include "calls/fully_connected.hpp"
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

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_LINEAR_HPP_
