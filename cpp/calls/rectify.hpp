#ifndef EDGETWIN_CALLS_RECTIFY_HPP_
#define EDGETWIN_CALLS_RECTIFY_HPP_

#include "edgetwin/rectify.hpp"
#include "elementwise.hpp"
#include "quantize.hpp"

namespace edgetwin::calls {

template <class Element>
struct LeakyRelu : UnaryCall<Element, Element, LeakyReluParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_leaky_relu_fields(p, visit);
  }
  static Status check(const LeakyReluParams& p) { return leaky_relu_check<Element>(p); }
  static void run(const LeakyReluParams& p, const Operands& o) {
    leaky_relu(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]));
  }
};

struct LeakyReluS8 : LeakyRelu<int8_t> {
  static constexpr const char* kName = "leaky_relu_s8";
};

struct LeakyReluS16 : LeakyRelu<int16_t> {
  static constexpr const char* kName = "leaky_relu_s16";
};

template <auto kernel>
struct PreluCall : BinaryCall<kernel> {
  static constexpr SlotNames kSlots = {{"input", "alpha"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_prelu_fields(p, visit);
  }
  static Status check(const PreluParams& p) { return prelu_check<typename BinaryCall<kernel>::Element>(p); }
};

struct PreluS8 : PreluCall<prelu<int8_t>> {
  static constexpr const char* kName = "prelu_s8";
};

struct PreluS16 : PreluCall<prelu<int16_t>> {
  static constexpr const char* kName = "prelu_s16";
};

template <class Element>
struct Abs : UnaryCall<Element, Element, AbsParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_abs_fields(p, visit);
  }
  static Status check(const AbsParams& p) { return abs_check<Element>(p); }
  static void run(const AbsParams& p, const Operands& o) {
    edgetwin::abs(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]));
  }
};

struct AbsS8 : Abs<int8_t> {
  static constexpr const char* kName = "abs_s8";
};

struct AbsS16 : Abs<int16_t> {
  static constexpr const char* kName = "abs_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_RECTIFY_HPP_
