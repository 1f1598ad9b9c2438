#ifndef EDGETWIN_CALLS_CUMSUM_HPP_
#define EDGETWIN_CALLS_CUMSUM_HPP_

#include "call.hpp"
#include "edgetwin/cumsum.hpp"

namespace edgetwin::calls {

struct CumsumS8 {
  using Params = CumsumParams;
  static constexpr const char* kName = "cumsum_s8";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_cumsum_fields(p, visit);
  }
  static Status check(const Params& p) { return cumsum_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.outer} * p.size * p.inner;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    cumsum_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_CUMSUM_HPP_
