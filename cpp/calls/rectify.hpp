#ifndef EDGETWIN_CALLS_RECTIFY_HPP_
#define EDGETWIN_CALLS_RECTIFY_HPP_

#include "edgetwin/rectify.hpp"
#include "elementwise.hpp"
#include "quantize.hpp"

namespace edgetwin::calls {

struct LeakyReluS8 : UnaryCall<int8_t, int8_t, LeakyReluParams> {
  static constexpr const char* kName = "leaky_relu_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_leaky_relu_fields(p, visit);
  }
  static Status check(const Params& p) { return leaky_relu_check(p); }
  static void run(const Params& p, const Operands& o) {
    leaky_relu_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct PreluS8 {
  using Params = PreluParams;
  static constexpr const char* kName = "prelu_s8";
  static constexpr SlotNames kSlots = {{"input", "alpha"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_prelu_fields(p, visit);
  }
  static Status check(const Params& p) { return prelu_check(p); }
  static Layout layout(const Params& p) { return broadcast_layout(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    prelu_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct AbsS8 : UnaryCall<int8_t, int8_t, AbsParams> {
  static constexpr const char* kName = "abs_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_abs_fields(p, visit);
  }
  static Status check(const Params& p) { return abs_check(p); }
  static void run(const Params& p, const Operands& o) { abs_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0])); }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_RECTIFY_HPP_
