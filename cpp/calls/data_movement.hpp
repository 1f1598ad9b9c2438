#ifndef EDGETWIN_CALLS_DATA_MOVEMENT_HPP_
#define EDGETWIN_CALLS_DATA_MOVEMENT_HPP_

#include "call.hpp"
#include "edgetwin/data_movement.hpp"

namespace edgetwin::calls {

template <class Element>
struct Pad {
  using Params = PadParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_pad_fields(p, visit);
  }
  static Status check(const Params& p) { return pad_check<Element>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const detail::PadAxes a = detail::pad_axes(p);
    l.inputs[0] = l.outputs[0] = sizeof(Element);
    for (int i = 0; i < 6; ++i) {
      l.inputs[0] *= a.dims[i];
      l.outputs[0] *= a.output[i];
    }
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) { pad(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0])); }
};

struct PadS8 : Pad<int8_t> {
  static constexpr const char* kName = "pad_s8";
};

struct PadS16 : Pad<int16_t> {
  static constexpr const char* kName = "pad_s16";
};

struct PadS32 : Pad<int32_t> {
  static constexpr const char* kName = "pad_s32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_DATA_MOVEMENT_HPP_
