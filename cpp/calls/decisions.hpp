#ifndef EDGETWIN_CALLS_DECISIONS_HPP_
#define EDGETWIN_CALLS_DECISIONS_HPP_

#include "call.hpp"
#include "edgetwin/decisions.hpp"

namespace edgetwin::calls {

/// Codes of some windows, one after the other.
struct DecisionsS8 {
  struct Params {
    DecisionParams decision;
    int32_t size;  ///< >= 1; windows
  };
  static constexpr const char* kName = "decisions_s8";
  static constexpr SlotNames kSlots = {{"codes"}, {}, {"state", "ring", "sums"}, {"means", "labels"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_decision_fields(p.decision, visit);
    visit("size", p.size);
  }
  static Status check(const Params& p) {
    const Status status = decision_check(p.decision);
    if (status != Status::kOk) return status;
    return fits_int32(p.size, p.decision.outputs, 4) ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.size} * p.decision.outputs;
    l.state[0] = sizeof(DecisionState);
    l.state[1] = int64_t{p.decision.average} * p.decision.outputs;
    l.state[2] = int64_t{4} * p.decision.outputs;
    l.outputs[1] = int64_t{4} * p.size;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    const DecisionParams& d = p.decision;
    const int8_t* codes = as<int8_t>(o.inputs[0]);
    int8_t* means = as<int8_t>(o.outputs[0]);
    int32_t* const labels = as<int32_t>(o.outputs[1]);
    for (int32_t i = 0; i < p.size; ++i, codes += d.outputs, means += d.outputs) {
      labels[i] = decision_push(d, *as<DecisionState>(o.state[0]), as<int8_t>(o.state[1]), as<int32_t>(o.state[2]),
                                codes, means);
    }
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_DECISIONS_HPP_
