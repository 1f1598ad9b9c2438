#ifndef EDGETWIN_CALLS_SPACE_BATCH_HPP_
#define EDGETWIN_CALLS_SPACE_BATCH_HPP_

#include "call.hpp"
#include "edgetwin/space_batch.hpp"

namespace edgetwin::calls {

struct SpaceToBatchS8 {
  using Params = SpaceToBatchParams;
  static constexpr const char* kName = "space_to_batch_s8";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_space_to_batch_fields(p, visit);
  }
  static Status check(const Params& p) { return space_to_batch_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.batches} * p.input_h * p.input_w * p.channels;
    l.outputs[0] = int64_t{p.batches} * p.block_h * p.block_w * p.output_h * p.output_w * p.channels;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    space_to_batch_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct BatchToSpaceS8 {
  using Params = BatchToSpaceParams;
  static constexpr const char* kName = "batch_to_space_s8";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_batch_to_space_fields(p, visit);
  }
  static Status check(const Params& p) { return batch_to_space_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.batches} * p.block_h * p.block_w * p.input_h * p.input_w * p.channels;
    l.outputs[0] = int64_t{p.batches} * p.output_h * p.output_w * p.channels;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    batch_to_space_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_SPACE_BATCH_HPP_
