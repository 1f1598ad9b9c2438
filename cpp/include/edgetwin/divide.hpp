// DIV of two int8 activations.
#ifndef EDGETWIN_DIVIDE_HPP_
#define EDGETWIN_DIVIDE_HPP_

#include "edgetwin/broadcast.hpp"
#include "edgetwin/math.hpp"
#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// Six dimensions, unused leading ones are 1.
struct DivParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t multiplier;                                ///< >= 0; of x's scale over the product of the other two
  int32_t shift;                                     ///< [-23, 22], positive = left
  int32_t activation_min;                            ///< [-128, activation_max]
  int32_t activation_max;                            ///< [activation_min, 127]
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_div_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("y_zero_point", p.y_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
}

[[nodiscard]] constexpr Status div_check(const DivParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point) || !in_int8(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (p.multiplier < 0) return Status::kBadMultiplier;
  // The quotient is shifted right by 22 - shift to 38 - shift: never left, and never by more than 61.
  if (p.shift < -23 || p.shift > 22) return Status::kBadShift;
  return check_activation_s8(p.activation_min, p.activation_max);
}

/// One element: x times the reciprocal of y, both with all their bits, then requantized and clamped; always rounded
/// twice. A divisor of zero is no error: it gives what the reference's iteration for the reciprocal ends at.
[[nodiscard]] constexpr int8_t div_element_s8(const DivParams& p, int8_t x, int8_t y) {
  int32_t dividend = x - p.x_zero_point;
  int32_t divisor = y - p.y_zero_point;
  if (divisor < 0) {
    dividend = -dividend;
    divisor = -divisor;
  }
  int bits_over_unit = -1;
  const int32_t inverse =
      divisor == 0 ? fixed::one_over_one_plus(kInt32Min) : fixed::reciprocal(divisor, 31, &bits_over_unit);
  const int32_t magnitude = dividend < 0 ? -1 - dividend : dividend;
  const int headroom = magnitude == 0 ? 31 : fixed::count_leading_zeros(static_cast<uint32_t>(magnitude)) - 1;
  const int32_t quotient = saturating_rounding_doubling_high_mul(wrapping_shift_left(dividend, headroom), inverse);
  const int32_t scaled = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(quotient, p.multiplier),
                                                bits_over_unit + headroom - p.shift);
  const int32_t value = wrapping_add(scaled, p.output_zero_point);
  return static_cast<int8_t>(clamp(value, p.activation_min, p.activation_max));
}

/// output = x / y with broadcasting.
///
/// x, y   int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] int8
/// `p` passed div_check; no scratch.
inline void div_s8(const DivParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) { return div_element_s8(p, a, b); });
}

}  // namespace edgetwin

#endif  // EDGETWIN_DIVIDE_HPP_
