// Reciprocal square root of int8 or int16 codes; int16 is symmetric: its zero points are 0.
#ifndef EDGETWIN_RSQRT_HPP_
#define EDGETWIN_RSQRT_HPP_

#include "edgetwin/math.hpp"

namespace edgetwin {

struct RsqrtParams {
  int32_t size;               ///< >= 1; number of elements
  int32_t input_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t multiplier;         ///< >= 0; Q31 of 2^-20 / (square root of the input scale * output scale)
  int32_t shift;              ///< [-31, 30], positive = left
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_rsqrt_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
}

template <class Element>
[[nodiscard]] constexpr Status rsqrt_check(const RsqrtParams& p) {
  if (p.size < 1) return Status::kBadShape;
  if (!are_zero_points<Element>(p.input_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

/// output = 1 / sqrt(input), and the highest code for an input of 0. Always double rounding.
///
/// input  [size] Element, int8 or int16; a code below the zero point, where TFLite Micro stops with an error, gives the
///        highest code as well
/// output [size] Element
/// `p` passed rsqrt_check<Element>; no scratch.
template <class Element>
inline void rsqrt(const RsqrtParams& p, const Element* input, Element* output) {
  constexpr int32_t kFractionBits = 20;
  for (int32_t i = 0; i < p.size; ++i) {
    const int32_t x = input[i] - p.input_zero_point;
    int32_t value = std::numeric_limits<Element>::max();
    if (x > 0) {
      const fixed::Scale root = fixed::inverse_sqrt(x);
      const int32_t raw = requantize_double(1, root.multiplier, root.shift + kFractionBits);
      value = wrapping_add(requantize_double(raw, p.multiplier, p.shift), p.output_zero_point);
    }
    output[i] = saturate<Element>(value);
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_RSQRT_HPP_
