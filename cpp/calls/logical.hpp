#ifndef EDGETWIN_CALLS_LOGICAL_HPP_
#define EDGETWIN_CALLS_LOGICAL_HPP_

#include "edgetwin/logical.hpp"
#include "elementwise.hpp"

namespace edgetwin::calls {

struct LogicalAndBool : BroadcastCall<logical_and_bool> {
  static constexpr const char* kName = "logical_and_bool";
};

struct LogicalOrBool : BroadcastCall<logical_or_bool> {
  static constexpr const char* kName = "logical_or_bool";
};

struct LogicalNotBool {
  using Params = LogicalNotParams;
  static constexpr const char* kName = "logical_not_bool";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_logical_not_fields(p, visit);
  }
  static Status check(const Params& p) { return logical_not_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = p.size;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    logical_not_bool(p, as<uint8_t>(o.inputs[0]), as<uint8_t>(o.outputs[0]));
  }
};

template <class Element>
struct Select {
  using Params = SelectParams;
  static constexpr SlotNames kSlots = {{"condition", "x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_select_fields(p, visit);
  }
  static Status check(const Params& p) { return select_check(p); }
  static Layout layout(const Params& p) {
    const Layout both = broadcast_layout<Element, Element, Element>(p);
    Layout l = {};
    l.inputs[0] = 1;
    l.inputs[1] = both.inputs[0];
    l.inputs[2] = both.inputs[1];
    l.outputs[0] = both.outputs[0];
    const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
    for (int i = 0; i < 6; ++i) {
      if (((p.condition_broadcast >> i) & 1) == 0) l.inputs[0] *= dims[i];
    }
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    select(p, as<uint8_t>(o.inputs[0]), as<Element>(o.inputs[1]), as<Element>(o.inputs[2]), as<Element>(o.outputs[0]));
  }
};

struct SelectS8 : Select<int8_t> {
  static constexpr const char* kName = "select_s8";
};

struct SelectS16 : Select<int16_t> {
  static constexpr const char* kName = "select_s16";
};

/// Of float32, too: elements are copied.
struct SelectS32 : Select<int32_t> {
  static constexpr const char* kName = "select_s32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_LOGICAL_HPP_
