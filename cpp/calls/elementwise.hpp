#ifndef EDGETWIN_CALLS_ELEMENTWISE_HPP_
#define EDGETWIN_CALLS_ELEMENTWISE_HPP_

#include "call.hpp"
#include "edgetwin/divide.hpp"
#include "edgetwin/elementwise.hpp"
#include "edgetwin/integer.hpp"

namespace edgetwin::calls {

/// Bytes of two operands that broadcast, and of their output.
template <class X, class Y, class Out, class Params>
[[nodiscard]] Layout broadcast_layout(const Params& p) {
  Layout l = {};
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  l.inputs[0] = sizeof(X);
  l.inputs[1] = sizeof(Y);
  l.outputs[0] = sizeof(Out);
  for (int i = 0; i < 6; ++i) {
    l.outputs[0] *= dims[i];
    if (((p.x_broadcast >> i) & 1) == 0) l.inputs[0] *= dims[i];
    if (((p.y_broadcast >> i) & 1) == 0) l.inputs[1] *= dims[i];
  }
  return l;
}

/// What all binary kernels share, from the kernel's signature; a derived call names and checks the kernel.
template <auto kernel>
struct BinaryCall;

template <class P, class X, class Y, class Out, void (*kernel)(const P&, const X*, const Y*, Out*)>
struct BinaryCall<kernel> {
  using Params = P;
  using Element = X;
  static constexpr SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};
  static Layout layout(const Params& p) { return broadcast_layout<X, Y, Out>(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    kernel(p, as<X>(o.inputs[0]), as<Y>(o.inputs[1]), as<Out>(o.outputs[0]));
  }
};

/// Kernels that know nothing of their operands but the shapes.
template <auto kernel>
struct BroadcastCall : BinaryCall<kernel> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_broadcast_fields(p, visit);
  }
  static Status check(const BroadcastParams& p) { return broadcast_check(p); }
};

template <auto kernel>
struct AddCall : BinaryCall<kernel> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_add_fields(p, visit);
  }
  static Status check(const AddParams& p) { return add_check<typename BinaryCall<kernel>::Element>(p); }
};

struct AddS8 : AddCall<add<int8_t>> {
  static constexpr const char* kName = "add_s8";
};

struct AddS16 : AddCall<add<int16_t>> {
  static constexpr const char* kName = "add_s16";
};

struct SubS8 : AddCall<sub<int8_t>> {
  static constexpr const char* kName = "sub_s8";
};

struct SubS16 : AddCall<sub<int16_t>> {
  static constexpr const char* kName = "sub_s16";
};

template <auto kernel>
struct MulCall : BinaryCall<kernel> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_mul_fields(p, visit);
  }
  static Status check(const MulParams& p) { return mul_check<typename BinaryCall<kernel>::Element>(p); }
};

struct MulS8 : MulCall<mul<int8_t>> {
  static constexpr const char* kName = "mul_s8";
};

struct MulS16 : MulCall<mul<int16_t>> {
  static constexpr const char* kName = "mul_s16";
};

struct MaximumS8 : BroadcastCall<maximum<int8_t>> {
  static constexpr const char* kName = "maximum_s8";
};

struct MaximumS16 : BroadcastCall<maximum<int16_t>> {
  static constexpr const char* kName = "maximum_s16";
};

struct MaximumS32 : BroadcastCall<maximum<int32_t>> {
  static constexpr const char* kName = "maximum_s32";
};

struct MaximumS64 : BroadcastCall<maximum<int64_t>> {
  static constexpr const char* kName = "maximum_s64";
};

struct MinimumS8 : BroadcastCall<minimum<int8_t>> {
  static constexpr const char* kName = "minimum_s8";
};

struct MinimumS16 : BroadcastCall<minimum<int16_t>> {
  static constexpr const char* kName = "minimum_s16";
};

struct MinimumS32 : BroadcastCall<minimum<int32_t>> {
  static constexpr const char* kName = "minimum_s32";
};

struct MinimumS64 : BroadcastCall<minimum<int64_t>> {
  static constexpr const char* kName = "minimum_s64";
};

template <auto kernel>
struct SquaredDifferenceCall : BinaryCall<kernel> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_squared_difference_fields(p, visit);
  }
  static Status check(const SquaredDifferenceParams& p) {
    return squared_difference_check<typename BinaryCall<kernel>::Element>(p);
  }
};

struct SquaredDifferenceS8 : SquaredDifferenceCall<squared_difference<int8_t>> {
  static constexpr const char* kName = "squared_difference_s8";
};

struct SquaredDifferenceS16 : SquaredDifferenceCall<squared_difference<int16_t>> {
  static constexpr const char* kName = "squared_difference_s16";
};

struct DivS8 : BinaryCall<div_s8> {
  static constexpr const char* kName = "div_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_div_fields(p, visit);
  }
  static Status check(const DivParams& p) { return div_check(p); }
};

template <class Operation>
struct IntegerCall : BinaryCall<compute<Operation>> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_integer_fields(p, visit);
  }
  static Status check(const IntegerParams& p) { return integer_check(p); }
};

struct AddS32 : IntegerCall<AddNumbers> {
  static constexpr const char* kName = "add_s32";
};

struct SubS32 : IntegerCall<SubNumbers> {
  static constexpr const char* kName = "sub_s32";
};

struct MulS32 : IntegerCall<MulNumbers> {
  static constexpr const char* kName = "mul_s32";
};

struct DivS32 : IntegerCall<DivNumbers> {
  static constexpr const char* kName = "div_s32";
};

struct SquaredDifferenceS32 : IntegerCall<SquaredDifferenceOfNumbers> {
  static constexpr const char* kName = "squared_difference_s32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_ELEMENTWISE_HPP_
