// Element-wise operators of two quantized activations, int8 or int16; int16 is symmetric: its zero points are 0.
#ifndef EDGETWIN_ELEMENTWISE_HPP_
#define EDGETWIN_ELEMENTWISE_HPP_

#include "edgetwin/broadcast.hpp"
#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// ADD and SUB. The output's shape, which both operands broadcast to: six dimensions, unused leading ones are 1.
struct AddParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t x_multiplier;                              ///< >= 0
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t y_multiplier;                              ///< >= 0
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;                                ///< [0, kMostLeftShift<Element>]; TFLite uses 20, for int16 15
  int32_t output_zero_point;                         ///< [-128, 127]; 0 for int16
  int32_t output_multiplier;                         ///< >= 0
  int32_t output_shift;                              ///< [-31, 0]
  int32_t activation_min;                            ///< [lowest code, activation_max]
  int32_t activation_max;                            ///< [activation_min, highest code]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_add_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("x_multiplier", p.x_multiplier);
  visit("x_shift", p.x_shift);
  visit("y_zero_point", p.y_zero_point);
  visit("y_multiplier", p.y_multiplier);
  visit("y_shift", p.y_shift);
  visit("left_shift", p.left_shift);
  visit("output_zero_point", p.output_zero_point);
  visit("output_multiplier", p.output_multiplier);
  visit("output_shift", p.output_shift);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

/// Bits that the difference of a code and a zero point may gain and stay inside int32: it has 8 bits, or 16.
template <class Element>
constexpr int32_t kMostLeftShift = sizeof(Element) == sizeof(int8_t) ? 22 : 15;

namespace detail {

/// What operators share that bring both operands to a common scale first.
template <class Element, class Params>
[[nodiscard]] constexpr Status check_common_scale(const Params& p) {
  if (!are_zero_points<Element>(p.x_zero_point, p.y_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  if (p.x_multiplier < 0 || p.y_multiplier < 0 || p.output_multiplier < 0) return Status::kBadMultiplier;
  if (p.left_shift < 0 || p.left_shift > kMostLeftShift<Element>) return Status::kBadShift;
  if (p.x_shift < -31 || p.x_shift > 0 || p.y_shift < -31 || p.y_shift > 0) return Status::kBadShift;
  return Status::kOk;
}

/// An operand in the scale that both share.
[[nodiscard]] constexpr int32_t common_scale(int32_t value, int32_t zero_point, int32_t multiplier, int32_t shift,
                                             int32_t left_shift, Rounding rounding) {
  return requantize(wrapping_shift_left(value - zero_point, left_shift), multiplier, shift, rounding);
}

template <class Params>
[[nodiscard]] constexpr int32_t common_x(const Params& p, int32_t x, Rounding rounding) {
  return common_scale(x, p.x_zero_point, p.x_multiplier, p.x_shift, p.left_shift, rounding);
}

template <class Params>
[[nodiscard]] constexpr int32_t common_y(const Params& p, int32_t y, Rounding rounding) {
  return common_scale(y, p.y_zero_point, p.y_multiplier, p.y_shift, p.left_shift, rounding);
}

/// The sum or difference in the output's scale.
[[nodiscard]] constexpr int32_t add_result(const AddParams& p, int32_t total) {
  const int32_t value =
      wrapping_add(requantize(total, p.output_multiplier, p.output_shift, p.rounding), p.output_zero_point);
  return clamp(value, p.activation_min, p.activation_max);
}

}  // namespace detail

template <class Element>
[[nodiscard]] constexpr Status add_check(const AddParams& p) {
  Status status = broadcast_check(p);
  if (status == Status::kOk) status = detail::check_common_scale<Element>(p);
  if (status != Status::kOk) return status;
  if (p.output_shift < -31 || p.output_shift > 0) return Status::kBadShift;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

/// One element: both operands requantized to a common scale, added in int32, requantized again and clamped.
template <class Element>
[[nodiscard]] constexpr Element add_element(const AddParams& p, Element x, Element y) {
  const int32_t total = wrapping_add(detail::common_x(p, x, p.rounding), detail::common_y(p, y, p.rounding));
  return static_cast<Element>(detail::add_result(p, total));
}

/// One element: as add_element, with the difference.
template <class Element>
[[nodiscard]] constexpr Element sub_element(const AddParams& p, Element x, Element y) {
  const int32_t total = wrapping_sub(detail::common_x(p, x, p.rounding), detail::common_y(p, y, p.rounding));
  return static_cast<Element>(detail::add_result(p, total));
}

/// output = x + y with broadcasting.
///
/// x, y   Element, int8 or int16, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] Element
/// `p` passed add_check<Element>; no scratch.
template <class Element>
inline void add(const AddParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [&p](Element a, Element b) { return add_element(p, a, b); });
}

/// output = x - y; arrays as of add.
template <class Element>
inline void sub(const AddParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [&p](Element a, Element b) { return sub_element(p, a, b); });
}

/// MUL. Shape as of AddParams.
struct MulParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t y_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;                         ///< [-128, 127]; 0 for int16
  int32_t multiplier;                                ///< >= 0
  int32_t shift;                                     ///< [-31, 30], positive = left
  int32_t activation_min;                            ///< [lowest code, activation_max]
  int32_t activation_max;                            ///< [activation_min, highest code]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_mul_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("y_zero_point", p.y_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

template <class Element>
[[nodiscard]] constexpr Status mul_check(const MulParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!are_zero_points<Element>(p.x_zero_point, p.y_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  const Status scale = check_requantize(&p.multiplier, &p.shift, 1);
  if (scale != Status::kOk) return scale;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

/// One element: the product, at most 255 * 255 or 2^30, requantized and clamped.
template <class Element>
[[nodiscard]] constexpr Element mul_element(const MulParams& p, Element x, Element y) {
  const int32_t product = (x - p.x_zero_point) * (y - p.y_zero_point);
  const int32_t value = wrapping_add(requantize(product, p.multiplier, p.shift, p.rounding), p.output_zero_point);
  return static_cast<Element>(clamp(value, p.activation_min, p.activation_max));
}

/// output = x * y with broadcasting; arrays as of add.
/// `p` passed mul_check<Element>; no scratch.
template <class Element>
inline void mul(const MulParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [&p](Element a, Element b) { return mul_element(p, a, b); });
}

/// output = the larger of x and y, with broadcasting: MAXIMUM of codes, whatever they stand for.
///
/// x, y   Element, any integer, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] Element
/// `p` passed broadcast_check; no scratch.
template <class Element>
inline void maximum(const BroadcastParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [](Element a, Element b) { return max_of(a, b); });
}

/// output = the smaller of x and y; arrays as of maximum.
template <class Element>
inline void minimum(const BroadcastParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [](Element a, Element b) { return min_of(a, b); });
}

/// SQUARED_DIFFERENCE. Shape as of AddParams.
struct SquaredDifferenceParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t x_multiplier;                              ///< >= 0
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]; 0 for int16
  int32_t y_multiplier;                              ///< >= 0
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;         ///< [0, kMostLeftShift<Element>]; TFLite uses 7, for int16 0: the square fits
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t output_multiplier;  ///< >= 0
  int32_t output_shift;       ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_squared_difference_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("x_multiplier", p.x_multiplier);
  visit("x_shift", p.x_shift);
  visit("y_zero_point", p.y_zero_point);
  visit("y_multiplier", p.y_multiplier);
  visit("y_shift", p.y_shift);
  visit("left_shift", p.left_shift);
  visit("output_zero_point", p.output_zero_point);
  visit("output_multiplier", p.output_multiplier);
  visit("output_shift", p.output_shift);
}

template <class Element>
[[nodiscard]] constexpr Status squared_difference_check(const SquaredDifferenceParams& p) {
  Status status = broadcast_check(p);
  if (status == Status::kOk) status = detail::check_common_scale<Element>(p);
  if (status != Status::kOk) return status;
  return check_requantize(&p.output_multiplier, &p.output_shift, 1);
}

/// One element: both operands requantized to a common scale, the difference squared, requantized and saturated; always
/// rounded twice.
template <class Element>
[[nodiscard]] constexpr Element squared_difference_element(const SquaredDifferenceParams& p, Element x, Element y) {
  const int32_t difference =
      wrapping_sub(detail::common_x(p, x, Rounding::kDouble), detail::common_y(p, y, Rounding::kDouble));
  const int32_t square = wrapping_mul(difference, difference);
  const int32_t value =
      wrapping_add(requantize_double(square, p.output_multiplier, p.output_shift), p.output_zero_point);
  return saturate<Element>(value);
}

/// output = (x - y)^2 with broadcasting; arrays as of add.
/// `p` passed squared_difference_check<Element>; no scratch.
template <class Element>
inline void squared_difference(const SquaredDifferenceParams& p, const Element* x, const Element* y, Element* output) {
  broadcast(p, x, y, output, [&p](Element a, Element b) { return squared_difference_element(p, a, b); });
}

}  // namespace edgetwin

#endif  // EDGETWIN_ELEMENTWISE_HPP_
