#ifndef EDGETWIN_CALLS_RESIZE_HPP_
#define EDGETWIN_CALLS_RESIZE_HPP_

#include "call.hpp"
#include "edgetwin/resize.hpp"

namespace edgetwin::calls {

/// What both ways to resize share.
struct ResizeS8 {
  using Params = ResizeParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_resize_fields(p, visit);
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.batches} * p.input_h * p.input_w * p.channels;
    l.outputs[0] = int64_t{p.batches} * p.output_h * p.output_w * p.channels;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

struct ResizeNearestNeighborS8 : ResizeS8 {
  static constexpr const char* kName = "resize_nearest_neighbor_s8";

  static Status check(const Params& p) { return resize_nearest_neighbor_check(p); }
  static void run(const Params& p, const Operands& o) {
    resize_nearest_neighbor_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct ResizeBilinearS8 : ResizeS8 {
  static constexpr const char* kName = "resize_bilinear_s8";

  static Status check(const Params& p) { return resize_bilinear_check(p); }
  static void run(const Params& p, const Operands& o) {
    resize_bilinear_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_RESIZE_HPP_
