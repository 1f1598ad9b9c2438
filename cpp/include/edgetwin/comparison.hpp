// Comparisons of two int8 activations of different scales, to bool.
#ifndef EDGETWIN_COMPARISON_HPP_
#define EDGETWIN_COMPARISON_HPP_

#include "edgetwin/broadcast.hpp"
#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// The output's shape, which both operands broadcast to: six dimensions, unused leading ones are 1.
struct ComparisonParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t x_multiplier;                              ///< >= 0; x's scale
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t y_multiplier;                              ///< >= 0; y's scale
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;                                ///< [0, 22]; TFLite uses 8
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_comparison_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("x_multiplier", p.x_multiplier);
  visit("x_shift", p.x_shift);
  visit("y_zero_point", p.y_zero_point);
  visit("y_multiplier", p.y_multiplier);
  visit("y_shift", p.y_shift);
  visit("left_shift", p.left_shift);
  visit("rounding", p.rounding);
}

[[nodiscard]] constexpr Status comparison_check(const ComparisonParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point)) return Status::kBadZeroPoint;
  if (p.x_multiplier < 0 || p.y_multiplier < 0) return Status::kBadMultiplier;
  // |x - zero point| <= 255 = 2^8 - 1, so 22 more bits stay inside int32.
  if (p.left_shift < 0 || p.left_shift > 22) return Status::kBadShift;
  if (p.x_shift < -31 || p.x_shift > 0 || p.y_shift < -31 || p.y_shift > 0) return Status::kBadShift;
  return is_rounding(p.rounding) ? Status::kOk : Status::kBadRounding;
}

namespace detail {

/// Both operands in units of 2^-left_shift, compared there: codes whose real values differ by less may be equal.
template <class Compare>
void compare_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output, Compare&& compare) {
  broadcast(p, x, y, output, [&](int8_t a, int8_t b) {
    const int32_t left =
        requantize(wrapping_shift_left(a - p.x_zero_point, p.left_shift), p.x_multiplier, p.x_shift, p.rounding);
    const int32_t right =
        requantize(wrapping_shift_left(b - p.y_zero_point, p.left_shift), p.y_multiplier, p.y_shift, p.rounding);
    return static_cast<uint8_t>(compare(left, right) ? 1 : 0);
  });
}

}  // namespace detail

/// output = x == y with broadcasting, 1 or 0.
///
/// x, y   int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5], one byte an element
/// `p` passed comparison_check; no scratch.
inline void equal_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a == b; });
}

/// output = x != y; arrays as of equal_s8.
inline void not_equal_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a != b; });
}

/// output = x > y; arrays as of equal_s8.
inline void greater_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a > b; });
}

/// output = x >= y; arrays as of equal_s8.
inline void greater_equal_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a >= b; });
}

/// output = x < y; arrays as of equal_s8.
inline void less_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a < b; });
}

/// output = x <= y; arrays as of equal_s8.
inline void less_equal_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  detail::compare_s8(p, x, y, output, [](int32_t a, int32_t b) { return a <= b; });
}

}  // namespace edgetwin

#endif  // EDGETWIN_COMPARISON_HPP_
