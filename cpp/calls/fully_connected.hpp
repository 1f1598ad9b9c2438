#ifndef EDGETWIN_CALLS_FULLY_CONNECTED_HPP_
#define EDGETWIN_CALLS_FULLY_CONNECTED_HPP_

#include "call.hpp"
#include "edgetwin/fully_connected.hpp"

namespace edgetwin::calls {

struct FullyConnectedS8 {
  using Params = FullyConnectedParams;
  static constexpr const char* kName = "fully_connected_s8";
  static constexpr SlotNames kSlots = {{"input"}, {"weights", "bias", "multiplier", "shift"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_fully_connected_fields(p, visit);
  }
  static Status check(const Params& p) { return fully_connected_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int64_t outputs = p.output_features;
    l.inputs[0] = int64_t{p.batches} * p.input_features;
    l.constants[0] = outputs * p.input_features;
    l.constants[1] = l.constants[2] = l.constants[3] = outputs * 4;
    l.optional[1] = true;
    l.outputs[0] = p.batches * outputs;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_requantize(as<int32_t>(constants[2]), as<int32_t>(constants[3]), p.output_features);
  }
  static void run(const Params& p, const Operands& o) {
    fully_connected_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.constants[0]), as<int32_t>(o.constants[1]),
                       as<int32_t>(o.constants[2]), as<int32_t>(o.constants[3]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_FULLY_CONNECTED_HPP_
