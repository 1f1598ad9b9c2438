#ifndef EDGETWIN_CALLS_STRIDED_COPY_HPP_
#define EDGETWIN_CALLS_STRIDED_COPY_HPP_

#include "call.hpp"
#include "edgetwin/strided_copy.hpp"

namespace edgetwin::calls {

template <class T>
struct StridedCopy {
  using Params = StridedCopyParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_strided_copy_fields(p, visit);
  }
  static Status check(const Params& p) { return strided_copy_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.input_size} * static_cast<int64_t>(sizeof(T));
    l.outputs[0] = int64_t{p.output_size} * static_cast<int64_t>(sizeof(T));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) { strided_copy<T>(p, as<T>(o.inputs[0]), as<T>(o.outputs[0])); }
};

struct StridedCopyS8 : StridedCopy<int8_t> {
  static constexpr const char* kName = "strided_copy_s8";
};
struct StridedCopyS16 : StridedCopy<int16_t> {
  static constexpr const char* kName = "strided_copy_s16";
};
struct StridedCopyS32 : StridedCopy<int32_t> {
  static constexpr const char* kName = "strided_copy_s32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_STRIDED_COPY_HPP_
