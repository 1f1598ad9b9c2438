#ifndef EDGETWIN_CALLS_ELEMENTWISE_HPP_
#define EDGETWIN_CALLS_ELEMENTWISE_HPP_

#include "call.hpp"
#include "edgetwin/divide.hpp"
#include "edgetwin/elementwise.hpp"

namespace edgetwin::calls {

/// Bytes of two operands of one byte an element that broadcast, and of their output.
template <class Params>
[[nodiscard]] Layout broadcast_layout(const Params& p) {
  Layout l = {};
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  l.inputs[0] = l.inputs[1] = l.outputs[0] = 1;
  for (int i = 0; i < 6; ++i) {
    l.outputs[0] *= dims[i];
    if (((p.x_broadcast >> i) & 1) == 0) l.inputs[0] *= dims[i];
    if (((p.y_broadcast >> i) & 1) == 0) l.inputs[1] *= dims[i];
  }
  return l;
}

/// What all binary kernels share; a derived call names, checks and runs the kernel.
template <class P>
struct BinaryCall {
  using Params = P;
  static constexpr SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};
  static Layout layout(const Params& p) { return broadcast_layout(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

struct AddCall : BinaryCall<AddParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_add_fields(p, visit);
  }
  static Status check(const Params& p) { return add_check(p); }
};

struct AddS8 : AddCall {
  static constexpr const char* kName = "add_s8";

  static void run(const Params& p, const Operands& o) {
    add_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct SubS8 : AddCall {
  static constexpr const char* kName = "sub_s8";

  static void run(const Params& p, const Operands& o) {
    sub_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct MulS8 : BinaryCall<MulParams> {
  static constexpr const char* kName = "mul_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_mul_fields(p, visit);
  }
  static Status check(const Params& p) { return mul_check(p); }
  static void run(const Params& p, const Operands& o) {
    mul_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct ExtremumCall : BinaryCall<ExtremumParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_extremum_fields(p, visit);
  }
  static Status check(const Params& p) { return extremum_check(p); }
};

struct MaximumS8 : ExtremumCall {
  static constexpr const char* kName = "maximum_s8";

  static void run(const Params& p, const Operands& o) {
    maximum_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct MinimumS8 : ExtremumCall {
  static constexpr const char* kName = "minimum_s8";

  static void run(const Params& p, const Operands& o) {
    minimum_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct SquaredDifferenceS8 : BinaryCall<SquaredDifferenceParams> {
  static constexpr const char* kName = "squared_difference_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_squared_difference_fields(p, visit);
  }
  static Status check(const Params& p) { return squared_difference_check(p); }
  static void run(const Params& p, const Operands& o) {
    squared_difference_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

struct DivS8 : BinaryCall<DivParams> {
  static constexpr const char* kName = "div_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_div_fields(p, visit);
  }
  static Status check(const Params& p) { return div_check(p); }
  static void run(const Params& p, const Operands& o) {
    div_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_ELEMENTWISE_HPP_
