#ifndef EDGETWIN_CALLS_POOL_HPP_
#define EDGETWIN_CALLS_POOL_HPP_

#include "call.hpp"
#include "edgetwin/pool.hpp"

namespace edgetwin::calls {

template <class Element, void (*kernel)(const Pool2dParams&, const Element*, Element*)>
struct Pool2d {
  using Params = Pool2dParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_pool_2d_fields(p, visit);
  }
  static Status check(const Params& p) { return pool_2d_check<Element>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    constexpr int64_t kBytes = sizeof(Element);
    l.inputs[0] = int64_t{p.batches} * p.input_h * p.input_w * p.channels * kBytes;
    l.outputs[0] = int64_t{p.batches} * p.output_h * p.output_w * p.channels * kBytes;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    kernel(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]));
  }
};

struct MaxPool2dS8 : Pool2d<int8_t, max_pool_2d<int8_t>> {
  static constexpr const char* kName = "max_pool_2d_s8";
};

struct MaxPool2dS16 : Pool2d<int16_t, max_pool_2d<int16_t>> {
  static constexpr const char* kName = "max_pool_2d_s16";
};

struct AveragePool2dS8 : Pool2d<int8_t, average_pool_2d<int8_t>> {
  static constexpr const char* kName = "average_pool_2d_s8";
};

struct AveragePool2dS16 : Pool2d<int16_t, average_pool_2d<int16_t>> {
  static constexpr const char* kName = "average_pool_2d_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_POOL_HPP_
