// Running sums of int8 activations along one axis.
#ifndef EDGETWIN_CUMSUM_HPP_
#define EDGETWIN_CUMSUM_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct CumsumParams {
  int32_t outer;              ///< >= 1; elements of the axes in front
  int32_t size;               ///< >= 1; of the axis that is summed along
  int32_t inner;              ///< >= 1; elements of the axes behind
  int32_t exclusive;          ///< 1: sums leave their own element out
  int32_t reverse;            ///< 1: from the end
  int32_t input_zero_point;   ///< [-128, 127]
  int32_t output_zero_point;  ///< [-128, 127]
  int32_t multiplier;         ///< >= 0; Q31 of input scale * 2^-19 / output scale
  int32_t shift;              ///< [-31, 0]
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_cumsum_fields(Params& p, Visitor&& visit) {
  visit("outer", p.outer);
  visit("size", p.size);
  visit("inner", p.inner);
  visit("exclusive", p.exclusive);
  visit("reverse", p.reverse);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
}

[[nodiscard]] constexpr Status cumsum_check(const CumsumParams& p) {
  if (!fits_int32(p.outer, p.size, p.inner)) return Status::kBadShape;
  if (p.exclusive < 0 || p.exclusive > 1 || p.reverse < 0 || p.reverse > 1) return Status::kBadParameter;
  if (!in_int8(p.input_zero_point) || !in_int8(p.output_zero_point)) return Status::kBadZeroPoint;
  if (p.multiplier < 0) return Status::kBadMultiplier;
  return p.shift < -31 || p.shift > 0 ? Status::kBadShift : Status::kOk;
}

/// output = requantize(sum of the elements so far, less their zero points) + output_zero_point. Always double rounding.
///
/// input, output [outer, size, inner] int8
/// `p` passed cumsum_check; no scratch. As in the reference the sum begins at -input_zero_point instead of 0, and it
/// wraps modulo 2^13, in 19 bits of fraction.
inline void cumsum_s8(const CumsumParams& p, const int8_t* input, int8_t* output) {
  constexpr int kFractionBits = 19;
  for (int32_t outer = 0; outer < p.outer; ++outer) {
    for (int32_t inner = 0; inner < p.inner; ++inner) {
      int32_t sum = -p.input_zero_point;
      for (int32_t i = 0; i < p.size; ++i) {
        const ptrdiff_t at = (static_cast<ptrdiff_t>(outer) * p.size + (p.reverse != 0 ? p.size - 1 - i : i)) * p.inner;
        const int32_t before = sum;
        sum = wrapping_add(sum, input[at + inner] - p.input_zero_point);
        const int32_t total = wrapping_shift_left(p.exclusive != 0 ? before : sum, kFractionBits);
        const int32_t value = wrapping_add(requantize_double(total, p.multiplier, p.shift), p.output_zero_point);
        output[at + inner] = saturate<int8_t>(value);
      }
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_CUMSUM_HPP_
