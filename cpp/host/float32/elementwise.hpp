// Float32 operators on elements: one operand, or two that broadcast.
#ifndef EDGETWIN_HOST_FLOAT32_ELEMENTWISE_HPP_
#define EDGETWIN_HOST_FLOAT32_ELEMENTWISE_HPP_

#include <type_traits>

#include "calls/elementwise.hpp"
#include "host/float32/activation.hpp"
#include "host/float32/functions.hpp"

namespace edgetwin::host::float32 {

struct SizeParams {
  int32_t size;  ///< >= 1; elements
};

/// output = Function(input), element by element.
///
/// input [size] In, output [size] Out
template <class Function, class In = float, class Out = float>
struct Unary {
  using Params = SizeParams;
  static constexpr const char* kName = Function::kName;
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("size", p.size);
  }
  static Status check(const Params& p) { return p.size >= 1 ? Status::kOk : Status::kBadShape; }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = int64_t{p.size} * static_cast<int64_t>(sizeof(In));
    l.outputs[0] = int64_t{p.size} * static_cast<int64_t>(sizeof(Out));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const In* input = calls::as<In>(o.inputs[0]);
    Out* output = calls::as<Out>(o.outputs[0]);
    for (int32_t i = 0; i < p.size; ++i) output[i] = Function()(input[i]);
  }
};

struct LeakyReluParams {
  int32_t size;  ///< >= 1; elements
  float alpha;   ///< the slope of what is not positive
};

/// output = input where it is positive, else alpha * input.
///
/// input, output [size] float32
struct LeakyReluF32 {
  using Params = LeakyReluParams;
  static constexpr const char* kName = "leaky_relu_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("size", p.size);
    visit("alpha", p.alpha);
  }
  static Status check(const Params& p) { return p.size >= 1 ? Status::kOk : Status::kBadShape; }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.size} * static_cast<int64_t>(sizeof(float));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    float* output = calls::as<float>(o.outputs[0]);
    for (int32_t i = 0; i < p.size; ++i) {
      const float scaled = input[i] * p.alpha;
      output[i] = input[i] > 0.0F ? input[i] : scaled;
    }
  }
};

/// The output's shape, which both operands broadcast to: six dimensions, unused leading ones are 1.
struct BinaryParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  Activation activation;                             ///< kNone but for the operators that fuse one
};

/// output = activation(Function(x, y)) with broadcasting; a comparison's truth values are bytes, 1 or 0.
///
/// x, y   float32, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] float32, or one byte an element
template <class Function>
struct Binary {
  using Params = BinaryParams;
  static constexpr bool kCompares = std::is_same_v<std::invoke_result_t<Function, float, float>, bool>;
  /// Operators that may fuse an activation limit their results to the finite numbers where they do not.
  static constexpr bool kFuses = std::is_same_v<Function, Add> || std::is_same_v<Function, Sub> ||
                                 std::is_same_v<Function, Mul> || std::is_same_v<Function, Div>;
  using Out = std::conditional_t<kCompares, uint8_t, float>;
  static constexpr const char* kName = Function::kName;
  static constexpr calls::SlotNames kSlots = {{"x", "y"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_broadcast_fields(p, visit);
    visit("activation", p.activation);
  }
  static Status check(const Params& p) {
    const Status status = broadcast_check(p);
    if (status != Status::kOk) return status;
    if (!kFuses && p.activation != Activation::kNone) return Status::kBadActivation;
    return check_activation(p.activation);
  }
  static calls::Layout layout(const Params& p) { return calls::broadcast_layout<float, float, Out>(p); }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const float* x = calls::as<float>(o.inputs[0]);
    const float* y = calls::as<float>(o.inputs[1]);
    Out* output = calls::as<Out>(o.outputs[0]);
    if constexpr (kCompares) {
      broadcast(p, x, y, output, [](float a, float b) { return static_cast<Out>(Function()(a, b) ? 1 : 0); });
    } else if constexpr (kFuses) {
      const Clamp clamp(p.activation);
      broadcast(p, x, y, output, [&](float a, float b) { return clamp(Function()(a, b)); });
    } else {
      broadcast(p, x, y, output, Function());
    }
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_ELEMENTWISE_HPP_
