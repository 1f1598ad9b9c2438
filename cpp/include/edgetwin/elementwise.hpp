// Element-wise operators of two int8 activations.
#ifndef EDGETWIN_ELEMENTWISE_HPP_
#define EDGETWIN_ELEMENTWISE_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// Six dimensions, outermost first; unused leading ones are 1. The output's shape, which both operands broadcast to.
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
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("x_broadcast", p.x_broadcast);
  visit("y_broadcast", p.y_broadcast);
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

[[nodiscard]] constexpr Status add_check(const AddParams& p) {
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5)) return Status::kBadShape;
  if (p.x_broadcast < 0 || p.x_broadcast > 63 || p.y_broadcast < 0 || p.y_broadcast > 63) return Status::kBadParameter;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point) || !in_int8(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (p.x_multiplier < 0 || p.y_multiplier < 0 || p.output_multiplier < 0) return Status::kBadMultiplier;
  // |x - zero point| <= 255 = 2^8 - 1, so 22 more bits stay inside int32.
  if (p.left_shift < 0 || p.left_shift > 22) return Status::kBadShift;
  const int32_t shifts[] = {p.x_shift, p.y_shift, p.output_shift};
  for (const int32_t shift : shifts) {
    if (shift < -31 || shift > 0) return Status::kBadShift;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation_s8(p.activation_min, p.activation_max);
}

namespace detail {

/// The operand's side of the sum, in the scale that both sides share.
[[nodiscard]] constexpr int32_t add_operand(int8_t value, int32_t zero_point, int32_t multiplier, int32_t shift,
                                            int32_t left_shift, Rounding rounding) {
  return requantize(wrapping_shift_left(value - zero_point, left_shift), multiplier, shift, rounding);
}

}  // namespace detail

/// One element: both operands requantized to a common scale, added in int32, requantized again and clamped.
[[nodiscard]] constexpr int8_t add_element_s8(const AddParams& p, int8_t x, int8_t y) {
  const int32_t sum =
      wrapping_add(detail::add_operand(x, p.x_zero_point, p.x_multiplier, p.x_shift, p.left_shift, p.rounding),
                   detail::add_operand(y, p.y_zero_point, p.y_multiplier, p.y_shift, p.left_shift, p.rounding));
  const int32_t value =
      wrapping_add(requantize(sum, p.output_multiplier, p.output_shift, p.rounding), p.output_zero_point);
  return static_cast<int8_t>(clamp(value, p.activation_min, p.activation_max));
}

/// output = x + y with broadcasting.
///
/// x, y   int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] int8
/// `p` passed add_check; no scratch.
inline void add_s8(const AddParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  ptrdiff_t x_stride[6] = {}, y_stride[6] = {};
  ptrdiff_t x_size = 1, y_size = 1, rows = 1;
  for (int i = 5; i >= 0; --i) {
    const bool x_one = ((p.x_broadcast >> i) & 1) != 0;
    const bool y_one = ((p.y_broadcast >> i) & 1) != 0;
    x_stride[i] = x_one ? 0 : x_size;
    y_stride[i] = y_one ? 0 : y_size;
    x_size *= x_one ? 1 : dims[i];
    y_size *= y_one ? 1 : dims[i];
    if (i < 5) rows *= dims[i];
  }
  int32_t index[5] = {};
  ptrdiff_t xi = 0, yi = 0;
  for (ptrdiff_t row = 0; row < rows; ++row) {
    for (ptrdiff_t i = 0; i < dims[5]; ++i) {
      *output++ = add_element_s8(p, x[xi + i * x_stride[5]], y[yi + i * y_stride[5]]);
    }
    for (int d = 4; d >= 0; --d) {
      xi += x_stride[d];
      yi += y_stride[d];
      if (++index[d] < dims[d]) break;
      xi -= x_stride[d] * dims[d];
      yi -= y_stride[d] * dims[d];
      index[d] = 0;
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_ELEMENTWISE_HPP_
