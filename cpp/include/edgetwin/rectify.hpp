// Operators that treat values on either side of zero apart: LEAKY_RELU, PRELU, ABS. Always rounded twice: CMSIS-NN has
// none of them. Activations are int8 or int16; int16 is symmetric: its zero points are 0.
#ifndef EDGETWIN_RECTIFY_HPP_
#define EDGETWIN_RECTIFY_HPP_

#include "edgetwin/broadcast.hpp"
#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct LeakyReluParams {
  int32_t size;                 ///< >= 1; number of elements
  int32_t input_zero_point;     ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;    ///< [-128, 127]; 0 for int16
  int32_t identity_multiplier;  ///< >= 0; input scale over output scale
  int32_t identity_shift;       ///< [-31, 30], positive = left
  int32_t alpha_multiplier;     ///< >= -(2^31 - 1); the same times alpha, negative where alpha is
  int32_t alpha_shift;          ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_leaky_relu_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("identity_multiplier", p.identity_multiplier);
  visit("identity_shift", p.identity_shift);
  visit("alpha_multiplier", p.alpha_multiplier);
  visit("alpha_shift", p.alpha_shift);
}

template <class Element>
[[nodiscard]] constexpr Status leaky_relu_check(const LeakyReluParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (!are_zero_points<Element>(p.input_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  if (p.alpha_multiplier < -kInt32Max) return Status::kBadMultiplier;
  const int32_t multipliers[2] = {p.identity_multiplier, p.alpha_multiplier < 0 ? 0 : p.alpha_multiplier};
  const int32_t shifts[2] = {p.identity_shift, p.alpha_shift};
  return check_requantize(multipliers, shifts, 2);
}

/// One element. The negative side is multiplied by the magnitude of alpha, then negated where alpha is negative.
template <class Element>
[[nodiscard]] constexpr Element leaky_relu_element(const LeakyReluParams& p, Element input) {
  const int32_t value = input - p.input_zero_point;
  int32_t scaled = 0;
  if (value >= 0) {
    scaled = requantize_double(value, p.identity_multiplier, p.identity_shift);
  } else if (p.alpha_multiplier < 0) {
    scaled = wrapping_sub(0, requantize_double(value, -p.alpha_multiplier, p.alpha_shift));
  } else {
    scaled = requantize_double(value, p.alpha_multiplier, p.alpha_shift);
  }
  return saturate<Element>(wrapping_add(scaled, p.output_zero_point));
}

/// output = input where it is at least zero, alpha * input elsewhere.
///
/// input, output [size] Element, int8 or int16
/// `p` passed leaky_relu_check<Element>; no scratch.
template <class Element>
inline void leaky_relu(const LeakyReluParams& p, const Element* input, Element* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = leaky_relu_element(p, input[i]);
}

/// PRELU: x is the input, y is alpha. Six dimensions, unused leading ones are 1.
struct PreluParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: the input has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: alpha has size 1 along dimension i
  int32_t input_zero_point;                          ///< [-128, 127]; 0 for int16
  int32_t alpha_zero_point;                          ///< [-128, 127]
  int32_t output_zero_point;                         ///< [-128, 127]; 0 for int16
  int32_t identity_multiplier;                       ///< >= 0; input scale over output scale
  int32_t identity_shift;                            ///< [-31, 30], positive = left
  int32_t alpha_multiplier;                          ///< >= 0; the same times alpha's scale
  int32_t alpha_shift;                               ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_prelu_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("input_zero_point", p.input_zero_point);
  visit("alpha_zero_point", p.alpha_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("identity_multiplier", p.identity_multiplier);
  visit("identity_shift", p.identity_shift);
  visit("alpha_multiplier", p.alpha_multiplier);
  visit("alpha_shift", p.alpha_shift);
}

template <class Element>
[[nodiscard]] constexpr Status prelu_check(const PreluParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!are_zero_points<Element>(p.input_zero_point, p.output_zero_point) || !in_int8(p.alpha_zero_point)) {
    return Status::kBadZeroPoint;
  }
  const int32_t multipliers[2] = {p.identity_multiplier, p.alpha_multiplier};
  const int32_t shifts[2] = {p.identity_shift, p.alpha_shift};
  return check_requantize(multipliers, shifts, 2);
}

/// One element.
template <class Element>
[[nodiscard]] constexpr Element prelu_element(const PreluParams& p, Element input, int8_t alpha) {
  const int32_t value = input - p.input_zero_point;
  const int32_t scaled =
      value >= 0 ? requantize_double(value, p.identity_multiplier, p.identity_shift)
                 : requantize_double(value * (alpha - p.alpha_zero_point), p.alpha_multiplier, p.alpha_shift);
  return saturate<Element>(wrapping_add(scaled, p.output_zero_point));
}

/// output = input where it is at least zero, alpha * input elsewhere, with broadcasting.
///
/// input, alpha Element and int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output       [dim_0, ..., dim_5] Element
/// `p` passed prelu_check<Element>; no scratch.
template <class Element>
inline void prelu(const PreluParams& p, const Element* input, const int8_t* alpha, Element* output) {
  broadcast(p, input, alpha, output, [&p](Element a, int8_t b) { return prelu_element(p, a, b); });
}

struct AbsParams {
  int32_t size;               ///< >= 1; number of elements
  int32_t input_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t multiplier;         ///< >= 0; equal scales are 2^30 with shift 1
  int32_t shift;              ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_abs_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
}

template <class Element>
[[nodiscard]] constexpr Status abs_check(const AbsParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (!are_zero_points<Element>(p.input_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

/// One element.
template <class Element>
[[nodiscard]] constexpr Element abs_element(const AbsParams& p, Element input) {
  const int32_t value = input - p.input_zero_point;
  const int32_t scaled = requantize_double(value < 0 ? -value : value, p.multiplier, p.shift);
  return saturate<Element>(wrapping_add(scaled, p.output_zero_point));
}

/// output = the magnitude of input, requantized.
///
/// input, output [size] Element, int8 or int16
/// `p` passed abs_check<Element>; no scratch.
template <class Element>
inline void abs(const AbsParams& p, const Element* input, Element* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = abs_element(p, input[i]);
}

}  // namespace edgetwin

#endif  // EDGETWIN_RECTIFY_HPP_
