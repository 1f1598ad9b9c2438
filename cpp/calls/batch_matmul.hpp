#ifndef EDGETWIN_CALLS_BATCH_MATMUL_HPP_
#define EDGETWIN_CALLS_BATCH_MATMUL_HPP_

#include "call.hpp"
#include "edgetwin/batch_matmul.hpp"

namespace edgetwin::calls {

/// Bytes of the operands, of `element` bytes an element.
[[nodiscard]] inline Layout batch_matmul_layout(const BatchMatmulShape& p, int64_t element) {
  Layout l = {};
  const int32_t batch[3] = {p.batch_0, p.batch_1, p.batch_2};
  l.inputs[0] = element * p.rows * p.depth;
  l.inputs[1] = element * p.depth * p.columns;
  l.outputs[0] = element * p.rows * p.columns;
  for (int i = 0; i < 3; ++i) {
    l.outputs[0] *= batch[i];
    if (((p.x_broadcast >> i) & 1) == 0) l.inputs[0] *= batch[i];
    if (((p.y_broadcast >> i) & 1) == 0) l.inputs[1] *= batch[i];
  }
  return l;
}

template <class Element, class Sum>
struct BatchMatmul {
  using Params = BatchMatmulParams;
  static constexpr SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_batch_matmul_fields(p, visit);
  }
  static Status check(const Params& p) { return batch_matmul_check<Element, Sum>(p); }
  static Layout layout(const Params& p) { return batch_matmul_layout(p, sizeof(Element)); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    batch_matmul<Element, Sum>(p, as<Element>(o.inputs[0]), as<Element>(o.inputs[1]), as<Element>(o.outputs[0]));
  }
};

struct BatchMatmulS8 : BatchMatmul<int8_t, int32_t> {
  static constexpr const char* kName = "batch_matmul_s8";
};

struct BatchMatmulS16 : BatchMatmul<int16_t, int64_t> {
  static constexpr const char* kName = "batch_matmul_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_BATCH_MATMUL_HPP_
