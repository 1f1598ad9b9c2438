#ifndef EDGETWIN_CALLS_GATHER_HPP_
#define EDGETWIN_CALLS_GATHER_HPP_

#include "call.hpp"
#include "edgetwin/gather.hpp"

namespace edgetwin::calls {

struct GatherS8 {
  using Params = GatherParams;
  static constexpr const char* kName = "gather_s8";
  static constexpr SlotNames kSlots = {{"input", "indices"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_gather_fields(p, visit);
  }
  static Status check(const Params& p) { return gather_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.batches} * p.outer * p.axis * p.inner;
    l.inputs[1] = int64_t{p.batches} * p.indices * 4;
    l.outputs[0] = int64_t{p.batches} * p.outer * p.indices * p.inner;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    gather_s8(p, as<int8_t>(o.inputs[0]), as<int32_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct GatherNdS8 {
  using Params = GatherNdParams;
  static constexpr const char* kName = "gather_nd_s8";
  static constexpr SlotNames kSlots = {{"input", "indices"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_gather_nd_fields(p, visit);
  }
  static Status check(const Params& p) { return gather_nd_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.dim_0} * p.dim_1 * p.dim_2 * p.dim_3 * p.dim_4 * p.inner;
    l.inputs[1] = int64_t{p.count} * p.depth * 4;
    l.outputs[0] = int64_t{p.count} * p.inner;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    gather_nd_s8(p, as<int8_t>(o.inputs[0]), as<int32_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_GATHER_HPP_
