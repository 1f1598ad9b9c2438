// Element-wise operators of two int8 activations.
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
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t x_multiplier;                              ///< >= 0
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t y_multiplier;                              ///< >= 0
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;                                ///< [0, 22]; TFLite uses 20
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t output_multiplier;                         ///< >= 0
  int32_t output_shift;                              ///< [-31, 0]
  int32_t activation_min;                            ///< [-128, activation_max]
  int32_t activation_max;                            ///< [activation_min, 127]
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

namespace detail {

/// What operators share that bring both operands to a common scale first.
template <class Params>
[[nodiscard]] constexpr Status check_common_scale(const Params& p) {
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point) || !in_int8(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (p.x_multiplier < 0 || p.y_multiplier < 0 || p.output_multiplier < 0) return Status::kBadMultiplier;
  // |x - zero point| <= 255 = 2^8 - 1, so 22 more bits stay inside int32.
  if (p.left_shift < 0 || p.left_shift > 22) return Status::kBadShift;
  if (p.x_shift < -31 || p.x_shift > 0 || p.y_shift < -31 || p.y_shift > 0) return Status::kBadShift;
  return Status::kOk;
}

/// An operand in the scale that both share.
[[nodiscard]] constexpr int32_t common_scale(int8_t value, int32_t zero_point, int32_t multiplier, int32_t shift,
                                             int32_t left_shift, Rounding rounding) {
  return requantize(wrapping_shift_left(value - zero_point, left_shift), multiplier, shift, rounding);
}

template <class Params>
[[nodiscard]] constexpr int32_t common_x(const Params& p, int8_t x, Rounding rounding) {
  return common_scale(x, p.x_zero_point, p.x_multiplier, p.x_shift, p.left_shift, rounding);
}

template <class Params>
[[nodiscard]] constexpr int32_t common_y(const Params& p, int8_t y, Rounding rounding) {
  return common_scale(y, p.y_zero_point, p.y_multiplier, p.y_shift, p.left_shift, rounding);
}

/// The sum or difference in the output's scale.
[[nodiscard]] constexpr int8_t add_result(const AddParams& p, int32_t total) {
  const int32_t value =
      wrapping_add(requantize(total, p.output_multiplier, p.output_shift, p.rounding), p.output_zero_point);
  return static_cast<int8_t>(clamp(value, p.activation_min, p.activation_max));
}

}  // namespace detail

[[nodiscard]] constexpr Status add_check(const AddParams& p) {
  Status status = broadcast_check(p);
  if (status == Status::kOk) status = detail::check_common_scale(p);
  if (status != Status::kOk) return status;
  if (p.output_shift < -31 || p.output_shift > 0) return Status::kBadShift;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation_s8(p.activation_min, p.activation_max);
}

/// One element: both operands requantized to a common scale, added in int32, requantized again and clamped.
[[nodiscard]] constexpr int8_t add_element_s8(const AddParams& p, int8_t x, int8_t y) {
  return detail::add_result(p, wrapping_add(detail::common_x(p, x, p.rounding), detail::common_y(p, y, p.rounding)));
}

/// One element: as add_element_s8, with the difference.
[[nodiscard]] constexpr int8_t sub_element_s8(const AddParams& p, int8_t x, int8_t y) {
  return detail::add_result(p, wrapping_sub(detail::common_x(p, x, p.rounding), detail::common_y(p, y, p.rounding)));
}

/// output = x + y with broadcasting.
///
/// x, y   int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] int8
/// `p` passed add_check; no scratch.
inline void add_s8(const AddParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) { return add_element_s8(p, a, b); });
}

/// output = x - y; arrays as of add_s8.
inline void sub_s8(const AddParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) { return sub_element_s8(p, a, b); });
}

/// MUL. Shape as of AddParams.
struct MulParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t multiplier;                                ///< >= 0
  int32_t shift;                                     ///< [-31, 30], positive = left
  int32_t activation_min;                            ///< [-128, activation_max]
  int32_t activation_max;                            ///< [activation_min, 127]
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

[[nodiscard]] constexpr Status mul_check(const MulParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point) || !in_int8(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  const Status scale = check_requantize(&p.multiplier, &p.shift, 1);
  if (scale != Status::kOk) return scale;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation_s8(p.activation_min, p.activation_max);
}

/// One element: the product, at most 255 * 255, requantized and clamped.
[[nodiscard]] constexpr int8_t mul_element_s8(const MulParams& p, int8_t x, int8_t y) {
  const int32_t product = (x - p.x_zero_point) * (y - p.y_zero_point);
  const int32_t value = wrapping_add(requantize(product, p.multiplier, p.shift, p.rounding), p.output_zero_point);
  return static_cast<int8_t>(clamp(value, p.activation_min, p.activation_max));
}

/// output = x * y with broadcasting; arrays as of add_s8.
/// `p` passed mul_check; no scratch.
inline void mul_s8(const MulParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) { return mul_element_s8(p, a, b); });
}

/// MAXIMUM and MINIMUM of codes, whatever they stand for. Shape as of AddParams.
struct ExtremumParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_extremum_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
}

[[nodiscard]] constexpr Status extremum_check(const ExtremumParams& p) { return broadcast_check(p); }

/// output = the larger of x and y, with broadcasting; arrays as of add_s8.
/// `p` passed extremum_check; no scratch.
inline void maximum_s8(const ExtremumParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [](int8_t a, int8_t b) { return max_of(a, b); });
}

/// output = the smaller of x and y, with broadcasting; arrays as of add_s8.
/// `p` passed extremum_check; no scratch.
inline void minimum_s8(const ExtremumParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [](int8_t a, int8_t b) { return min_of(a, b); });
}

/// SQUARED_DIFFERENCE. Shape as of AddParams.
struct SquaredDifferenceParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t x_multiplier;                              ///< >= 0
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t y_multiplier;                              ///< >= 0
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;                                ///< [0, 22]; TFLite uses 7, so that the square fits into 31 bits
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t output_multiplier;                         ///< >= 0
  int32_t output_shift;                              ///< [-31, 30], positive = left
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

[[nodiscard]] constexpr Status squared_difference_check(const SquaredDifferenceParams& p) {
  Status status = broadcast_check(p);
  if (status == Status::kOk) status = detail::check_common_scale(p);
  if (status != Status::kOk) return status;
  return check_requantize(&p.output_multiplier, &p.output_shift, 1);
}

/// One element: both operands requantized to a common scale, the difference squared, requantized and saturated; always
/// rounded twice.
[[nodiscard]] constexpr int8_t squared_difference_element_s8(const SquaredDifferenceParams& p, int8_t x, int8_t y) {
  const int32_t difference =
      wrapping_sub(detail::common_x(p, x, Rounding::kDouble), detail::common_y(p, y, Rounding::kDouble));
  const int32_t square = wrapping_mul(difference, difference);
  const int32_t value =
      wrapping_add(requantize_double(square, p.output_multiplier, p.output_shift), p.output_zero_point);
  return static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
}

/// output = (x - y)^2 with broadcasting; arrays as of add_s8.
/// `p` passed squared_difference_check; no scratch.
inline void squared_difference_s8(const SquaredDifferenceParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) { return squared_difference_element_s8(p, a, b); });
}

}  // namespace edgetwin

#endif  // EDGETWIN_ELEMENTWISE_HPP_
