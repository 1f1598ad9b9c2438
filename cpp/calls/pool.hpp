#ifndef EDGETWIN_CALLS_POOL_HPP_
#define EDGETWIN_CALLS_POOL_HPP_

#include "call.hpp"
#include "edgetwin/pool.hpp"

namespace edgetwin::calls {

/// What both pools share.
struct Pool2dS8 {
  using Params = Pool2dParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_pool_2d_fields(p, visit);
  }
  static Status check(const Params& p) { return pool_2d_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.batches} * p.input_h * p.input_w * p.channels;
    l.outputs[0] = int64_t{p.batches} * p.output_h * p.output_w * p.channels;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

struct MaxPool2dS8 : Pool2dS8 {
  static constexpr const char* kName = "max_pool_2d_s8";
  static void run(const Params& p, const Operands& o) {
    max_pool_2d_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct AveragePool2dS8 : Pool2dS8 {
  static constexpr const char* kName = "average_pool_2d_s8";
  static void run(const Params& p, const Operands& o) {
    average_pool_2d_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_POOL_HPP_
