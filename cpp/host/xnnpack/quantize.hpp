// quantize of float32 to int8 as XNNPACK computes it.
#ifndef EDGETWIN_HOST_XNNPACK_QUANTIZE_HPP_
#define EDGETWIN_HOST_XNNPACK_QUANTIZE_HPP_

#include "calls/quantize.hpp"
#include "host/xnnpack/requantize.hpp"

namespace edgetwin::host::xnnpack {

/// output = nearest(input * scale) + zero_point, ties to even, saturated. `scale` is the codes' inverse scale.
///
/// input [size] float32, output [size] int8
struct QuantizeF32S8 : calls::UnaryCall<float, int8_t, QuantizeParams> {
  static constexpr const char* kName = "quantize_f32_s8_xnnpack";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_quantize_fields(p, visit);
  }
  static Status check(const QuantizeParams& p) { return quantize_check<int8_t>(p); }
  static void run(const QuantizeParams& p, const calls::Operands& o) {
    const float* const input = calls::as<float>(o.inputs[0]);
    int8_t* const output = calls::as<int8_t>(o.outputs[0]);
    const CodeRange range(kInt8Min, kInt8Max, p.zero_point);
    for (int32_t i = 0; i < p.size; ++i) output[i] = range(input[i] * p.scale);
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_QUANTIZE_HPP_
