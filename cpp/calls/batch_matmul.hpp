#ifndef EDGETWIN_CALLS_BATCH_MATMUL_HPP_
#define EDGETWIN_CALLS_BATCH_MATMUL_HPP_

#include "call.hpp"
#include "edgetwin/batch_matmul.hpp"

namespace edgetwin::calls {

struct BatchMatmulS8 {
  using Params = BatchMatmulParams;
  static constexpr const char* kName = "batch_matmul_s8";
  static constexpr SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_batch_matmul_fields(p, visit);
  }
  static Status check(const Params& p) { return batch_matmul_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int32_t batch[3] = {p.batch_0, p.batch_1, p.batch_2};
    l.inputs[0] = int64_t{p.rows} * p.depth;
    l.inputs[1] = int64_t{p.depth} * p.columns;
    l.outputs[0] = int64_t{p.rows} * p.columns;
    for (int i = 0; i < 3; ++i) {
      l.outputs[0] *= batch[i];
      if (((p.x_broadcast >> i) & 1) == 0) l.inputs[0] *= batch[i];
      if (((p.y_broadcast >> i) & 1) == 0) l.inputs[1] *= batch[i];
    }
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    batch_matmul_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_BATCH_MATMUL_HPP_
