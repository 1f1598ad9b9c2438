#ifndef EDGETWIN_CALLS_TRANSPOSE_CONV_HPP_
#define EDGETWIN_CALLS_TRANSPOSE_CONV_HPP_

#include "call.hpp"
#include "edgetwin/transpose_conv.hpp"

namespace edgetwin::calls {

template <class Element, class Sum>
struct TransposeConv {
  using Params = TransposeConvParams;
  static constexpr SlotNames kSlots = {{"input"}, {"weights", "bias", "multiplier", "shift"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_transpose_conv_fields(p, visit);
  }
  static Status check(const Params& p) { return transpose_conv_check<Element>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    constexpr int64_t element = sizeof(Element);
    const int64_t out_c = p.output_c;
    l.inputs[0] = element * p.batches * p.input_h * p.input_w * p.input_c;
    l.constants[0] = out_c * p.kernel_h * p.kernel_w * p.input_c;
    l.constants[1] = out_c * int64_t{sizeof(Sum)};
    l.constants[2] = l.constants[3] = out_c * 4;
    l.optional[1] = true;
    l.outputs[0] = element * p.batches * p.output_h * p.output_w * p.output_c;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_requantize<Sum>(as<int32_t>(constants[2]), as<int32_t>(constants[3]), p.output_c);
  }
  static void run(const Params& p, const Operands& o) {
    transpose_conv(p, as<Element>(o.inputs[0]), as<int8_t>(o.constants[0]), as<Sum>(o.constants[1]),
                   as<int32_t>(o.constants[2]), as<int32_t>(o.constants[3]), as<Element>(o.outputs[0]));
  }
};

struct TransposeConvS8 : TransposeConv<int8_t, int32_t> {
  static constexpr const char* kName = "transpose_conv_s8";
};

struct TransposeConvS16 : TransposeConv<int16_t, int64_t> {
  static constexpr const char* kName = "transpose_conv_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_TRANSPOSE_CONV_HPP_
