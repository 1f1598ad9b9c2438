#ifndef EDGETWIN_CALLS_FULLY_CONNECTED_HPP_
#define EDGETWIN_CALLS_FULLY_CONNECTED_HPP_

#include "call.hpp"
#include "edgetwin/fully_connected.hpp"

namespace edgetwin::calls {

template <class Element, class Sum>
struct FullyConnected {
  using Params = FullyConnectedParams;
  static constexpr SlotNames kSlots = {{"input"}, {"weights", "bias", "multiplier", "shift"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_fully_connected_fields(p, visit);
  }
  static Status check(const Params& p) { return fully_connected_check<Element>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    constexpr int64_t element = sizeof(Element);
    const int64_t outputs = p.output_features;
    l.inputs[0] = element * p.batches * p.input_features;
    l.constants[0] = outputs * p.input_features;
    l.constants[1] = outputs * int64_t{sizeof(Sum)};
    l.constants[2] = l.constants[3] = outputs * 4;
    l.optional[1] = true;
    l.outputs[0] = element * p.batches * outputs;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return check_requantize<Sum>(as<int32_t>(constants[2]), as<int32_t>(constants[3]), p.output_features);
  }
  static void run(const Params& p, const Operands& o) {
    fully_connected(p, as<Element>(o.inputs[0]), as<int8_t>(o.constants[0]), as<Sum>(o.constants[1]),
                    as<int32_t>(o.constants[2]), as<int32_t>(o.constants[3]), as<Element>(o.outputs[0]));
  }
};

struct FullyConnectedS8 : FullyConnected<int8_t, int32_t> {
  static constexpr const char* kName = "fully_connected_s8";
};

struct FullyConnectedS16 : FullyConnected<int16_t, int64_t> {
  static constexpr const char* kName = "fully_connected_s16";
};

struct FullyConnectedS16Sum32 : FullyConnected<int16_t, int32_t> {
  static constexpr const char* kName = "fully_connected_s16_sum32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_FULLY_CONNECTED_HPP_
