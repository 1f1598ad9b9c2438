#ifndef EDGETWIN_CALLS_ELEMENTWISE_HPP_
#define EDGETWIN_CALLS_ELEMENTWISE_HPP_

#include "call.hpp"
#include "edgetwin/elementwise.hpp"

namespace edgetwin::calls {

struct AddS8 {
  using Params = AddParams;
  static constexpr const char* kName = "add_s8";
  static constexpr SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_add_fields(p, visit);
  }
  static Status check(const Params& p) { return add_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
    l.inputs[0] = l.inputs[1] = l.outputs[0] = 1;
    for (int i = 0; i < 6; ++i) {
      l.outputs[0] *= dims[i];
      if (((p.x_broadcast >> i) & 1) == 0) l.inputs[0] *= dims[i];
      if (((p.y_broadcast >> i) & 1) == 0) l.inputs[1] *= dims[i];
    }
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    add_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_ELEMENTWISE_HPP_
