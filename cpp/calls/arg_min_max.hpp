#ifndef EDGETWIN_CALLS_ARG_MIN_MAX_HPP_
#define EDGETWIN_CALLS_ARG_MIN_MAX_HPP_

#include "call.hpp"
#include "edgetwin/arg_min_max.hpp"

namespace edgetwin::calls {

template <class Element, void (*kernel)(const ArgMinMaxParams&, const Element*, int32_t*)>
struct ArgMinMaxCall {
  using Params = ArgMinMaxParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_arg_min_max_fields(p, visit);
  }
  static Status check(const Params& p) { return arg_min_max_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int64_t outputs = int64_t{p.outer} * p.inner;
    l.inputs[0] = outputs * p.size * static_cast<int64_t>(sizeof(Element));
    l.outputs[0] = outputs * static_cast<int64_t>(sizeof(int32_t));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    kernel(p, as<Element>(o.inputs[0]), as<int32_t>(o.outputs[0]));
  }
};

struct ArgMaxS8 : ArgMinMaxCall<int8_t, arg_max<int8_t>> {
  static constexpr const char* kName = "arg_max_s8";
};

struct ArgMinS8 : ArgMinMaxCall<int8_t, arg_min<int8_t>> {
  static constexpr const char* kName = "arg_min_s8";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_ARG_MIN_MAX_HPP_
