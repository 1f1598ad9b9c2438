// Logistic and tanh of int8 codes by fixed-point exp, of int16 codes by table.
#ifndef EDGETWIN_ACTIVATION_HPP_
#define EDGETWIN_ACTIVATION_HPP_

#include "edgetwin/math.hpp"
#include "edgetwin/sigmoid_table.hpp"

namespace edgetwin {

struct CurveParams {
  int32_t size;                ///< >= 1; number of elements
  int32_t input_zero_point;    ///< [-128, 127]
  int32_t input_range_radius;  ///< >= 0; at this distance from the zero point the output saturates
  int32_t multiplier;          ///< >= 0; Q31 of the input scale * 2^27
  int32_t shift;               ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_curve_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("input_range_radius", p.input_range_radius);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
}

[[nodiscard]] constexpr Status curve_check(const CurveParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (!in_int8(p.input_zero_point)) return Status::kBadZeroPoint;
  if (p.input_range_radius < 0) return Status::kBadParameter;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

namespace detail {

/// Applies `curve`, Q4.27 to Q0.31, and rounds its result to `fraction_bits` bits, less `offset`.
template <int fraction_bits, class Curve>
inline void curve_s8(const CurveParams& p, const int8_t* input, int8_t* output, int32_t offset, Curve&& curve) {
  for (int32_t i = 0; i < p.size; ++i) {
    const int32_t x = input[i] - p.input_zero_point;
    int32_t value = kInt8Max;
    if (x <= -p.input_range_radius) {
      value = kInt8Min;
    } else if (x < p.input_range_radius) {
      value = rounding_divide_by_pot(curve(requantize_double(x, p.multiplier, p.shift)), 31 - fraction_bits) - offset;
    }
    output[i] = static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
  }
}

}  // namespace detail

/// output = logistic(input), scale 1/256 and zero point -128. Always double rounding.
///
/// input, output [size] int8
/// `p` passed curve_check; no scratch.
inline void logistic_s8(const CurveParams& p, const int8_t* input, int8_t* output) {
  detail::curve_s8<8>(p, input, output, 128, [](int32_t x) { return fixed::logistic<4>(x); });
}

/// output = tanh(input), scale 1/128 and zero point 0. Always double rounding.
///
/// input, output [size] int8
/// `p` passed curve_check; no scratch.
inline void tanh_s8(const CurveParams& p, const int8_t* input, int8_t* output) {
  detail::curve_s8<7>(p, input, output, 0, [](int32_t x) { return fixed::tanh<4>(x); });
}

/// Of int16 codes, whose zero points are 0.
struct TableCurveParams {
  int32_t size;        ///< >= 1; number of elements
  int32_t multiplier;  ///< [0, 32767]; multiplier * 2^shift is the input scale * 3 * 2^12
  int32_t shift;       ///< [-31, 0], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_table_curve_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
}

[[nodiscard]] constexpr Status table_curve_check(const TableCurveParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (p.multiplier < 0 || p.multiplier > kInt16Max) return Status::kBadMultiplier;
  return p.shift < -31 || p.shift > 0 ? Status::kBadShift : Status::kOk;
}

/// output = logistic(input), scale 1/32768 and zero point 0.
///
/// input, output [size] int16
/// `p` passed table_curve_check; no scratch.
inline void logistic_s16(const TableCurveParams& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = detail::table_logistic(input[i], p.multiplier, -p.shift);
}

/// output = tanh(input), scale 1/32768 and zero point 0; arguments as of logistic_s16.
inline void tanh_s16(const TableCurveParams& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = detail::table_tanh(input[i], p.multiplier, -p.shift);
}

}  // namespace edgetwin

#endif  // EDGETWIN_ACTIVATION_HPP_
