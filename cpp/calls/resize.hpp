#ifndef EDGETWIN_CALLS_RESIZE_HPP_
#define EDGETWIN_CALLS_RESIZE_HPP_

#include "call.hpp"
#include "edgetwin/resize.hpp"

namespace edgetwin::calls {

template <class Element, Status (*checked)(const ResizeParams&),
          void (*kernel)(const ResizeParams&, const Element*, Element*)>
struct Resize {
  using Params = ResizeParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_resize_fields(p, visit);
  }
  static Status check(const Params& p) { return checked(p); }
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

struct ResizeNearestNeighborS8 : Resize<int8_t, resize_nearest_neighbor_check, resize_nearest_neighbor<int8_t>> {
  static constexpr const char* kName = "resize_nearest_neighbor_s8";
};

struct ResizeNearestNeighborS16 : Resize<int16_t, resize_nearest_neighbor_check, resize_nearest_neighbor<int16_t>> {
  static constexpr const char* kName = "resize_nearest_neighbor_s16";
};

/// Of float32, too: elements are copied.
struct ResizeNearestNeighborS32 : Resize<int32_t, resize_nearest_neighbor_check, resize_nearest_neighbor<int32_t>> {
  static constexpr const char* kName = "resize_nearest_neighbor_s32";
};

struct ResizeBilinearS8 : Resize<int8_t, resize_bilinear_check, resize_bilinear_s8> {
  static constexpr const char* kName = "resize_bilinear_s8";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_RESIZE_HPP_
