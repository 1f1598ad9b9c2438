#ifndef EDGETWIN_CALLS_REDUCE_HPP_
#define EDGETWIN_CALLS_REDUCE_HPP_

#include "call.hpp"
#include "edgetwin/reduce.hpp"

namespace edgetwin::calls {

template <class Element>
struct Mean {
  using Params = MeanParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_mean_fields(p, visit);
  }
  static Status check(const Params& p) { return mean_check<Element>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const detail::ReducedAxes a = detail::reduced_axes(p);
    l.inputs[0] = a.inputs * static_cast<int64_t>(sizeof(Element));
    l.outputs[0] = a.outputs * static_cast<int64_t>(sizeof(Element));
    l.scratch = mean_scratch_bytes(p);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    mean(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]), as<int32_t>(o.scratch));
  }
};

struct MeanS8 : Mean<int8_t> {
  static constexpr const char* kName = "mean_s8";
};

struct MeanS16 : Mean<int16_t> {
  static constexpr const char* kName = "mean_s16";
};

/// What the reductions without scales share.
struct ReduceCall {
  using Params = ReduceParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_reduce_fields(p, visit);
  }
  static Status check(const Params& p) { return reduce_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const detail::ReducedAxes a = detail::reduced_axes(p);
    l.inputs[0] = a.inputs;
    l.outputs[0] = a.outputs;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

struct ReduceMaxS8 : ReduceCall {
  static constexpr const char* kName = "reduce_max_s8";
  static void run(const Params& p, const Operands& o) {
    reduce_max_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct ReduceMinS8 : ReduceCall {
  static constexpr const char* kName = "reduce_min_s8";
  static void run(const Params& p, const Operands& o) {
    reduce_min_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct ReduceAllBool : ReduceCall {
  static constexpr const char* kName = "reduce_all_bool";
  static void run(const Params& p, const Operands& o) {
    reduce_all_bool(p, as<uint8_t>(o.inputs[0]), as<uint8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REDUCE_HPP_
