// Between real values and codes, and between codes of different scales.
#ifndef EDGETWIN_QUANTIZE_HPP_
#define EDGETWIN_QUANTIZE_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct QuantizeParams {
  int32_t size;        ///< >= 1; number of elements
  float scale;         ///< > 0, finite
  int32_t zero_point;  ///< inside the code's dtype
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_quantize_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("scale", p.scale);
  visit("zero_point", p.zero_point);
}

/// kOk for codes of dtype T.
template <class T>
[[nodiscard]] constexpr Status quantize_check(const QuantizeParams& p) {
  if (p.size < 1) return Status::kBadShape;
  // Written so that NaN fails.
  if (!(p.scale > 0.0f && p.scale <= std::numeric_limits<float>::max())) return Status::kBadParameter;
  const bool inside = p.zero_point >= std::numeric_limits<T>::min() && p.zero_point <= std::numeric_limits<T>::max();
  return inside ? Status::kOk : Status::kBadZeroPoint;
}

/// The nearest integer, ties away from zero, for |value| <= 2^24; beyond that +-2^24. NaN, which callers refuse, gives
/// the lower end: no input is undefined behaviour.
[[nodiscard]] constexpr int32_t round_half_away(float value) {
  constexpr float kLimit = 16777216.0f;
  const float limited = value > kLimit ? kLimit : value >= -kLimit ? value : -kLimit;
  const int32_t whole = static_cast<int32_t>(limited);
  // Exact: both are below 2^24. It is a subtraction alone, so contraction to FMA cannot change it.
  const float rest = limited - static_cast<float>(whole);
  return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

/// output = saturate(round(input / scale) + zero_point), ties away from zero; infinities saturate.
///
/// input  [size] float32, no NaN
/// output [size] of T (int8 or int16)
/// `p` passed quantize_check<T>; no scratch.
template <class T>
inline void quantize_f32(const QuantizeParams& p, const float* input, T* output) {
  static_assert(sizeof(T) <= 2, "the rounding limits values to 2^24");
  for (int32_t i = 0; i < p.size; ++i) {
    const int32_t value = round_half_away(input[i] / p.scale) + p.zero_point;
    output[i] =
        static_cast<T>(clamp(value, int32_t{std::numeric_limits<T>::min()}, int32_t{std::numeric_limits<T>::max()}));
  }
}

/// output = scale * (input - zero_point). The reference multiplies in double; one rounding of an exact product is the
/// same.
///
/// input  [size] of T (int8, uint8 or int16)
/// output [size] float32
/// `p` passed quantize_check<T>; no scratch.
template <class T>
inline void dequantize_f32(const QuantizeParams& p, const T* input, float* output) {
  static_assert(sizeof(T) <= 2, "the difference must be exact in float32");
  for (int32_t i = 0; i < p.size; ++i) output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

struct RequantizeParams {
  int32_t size;               ///< >= 1; number of elements
  int32_t input_zero_point;   ///< inside the input's dtype
  int32_t output_zero_point;  ///< inside the output's dtype
  int32_t multiplier;         ///< >= 0
  int32_t shift;              ///< [-31, 30], positive = left
  int32_t activation_min;     ///< at least the smallest output code
  int32_t activation_max;     ///< at least activation_min, at most the largest output code
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_requantize_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

template <class In, class Out>
[[nodiscard]] constexpr Status requantize_check(const RequantizeParams& p) {
  using InLimits = std::numeric_limits<In>;
  using OutLimits = std::numeric_limits<Out>;
  if (p.size < 1) return Status::kBadShape;
  if (p.input_zero_point < InLimits::min() || p.input_zero_point > InLimits::max()) return Status::kBadZeroPoint;
  if (p.output_zero_point < OutLimits::min() || p.output_zero_point > OutLimits::max()) return Status::kBadZeroPoint;
  if (p.activation_min > p.activation_max || p.activation_min < OutLimits::min() ||
      p.activation_max > OutLimits::max()) {
    return Status::kBadActivation;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

/// output = clamp(requantize(input - input_zero_point) + output_zero_point): QUANTIZE between codes, and RELU.
///
/// input  [size] of In, output [size] of Out (int8, uint8, int16 or int32)
/// `p` passed requantize_check<In, Out>; no scratch.
template <class In, class Out>
inline void requantize_codes(const RequantizeParams& p, const In* input, Out* output) {
  for (int32_t i = 0; i < p.size; ++i) {
    const int32_t real = wrapping_sub(int32_t{input[i]}, p.input_zero_point);
    const int32_t value = wrapping_add(requantize(real, p.multiplier, p.shift, p.rounding), p.output_zero_point);
    output[i] = static_cast<Out>(clamp(value, p.activation_min, p.activation_max));
  }
}

struct ClampParams {
  int32_t size;            ///< >= 1; number of elements
  int32_t activation_min;  ///< in the element type's range
  int32_t activation_max;  ///< at least activation_min, in the same range
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_clamp_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
}

template <class Element>
[[nodiscard]] constexpr Status clamp_check(const ClampParams& p) {
  return p.size < 1 ? Status::kBadShape : check_activation<Element>(p.activation_min, p.activation_max);
}

/// output = clamp(input): RELU6, which does not requantize.
///
/// input, output [size] Element, int8 or int16
/// `p` passed clamp_check<Element>; no scratch.
template <class Element>
inline void clamp_codes(const ClampParams& p, const Element* input, Element* output) {
  for (int32_t i = 0; i < p.size; ++i) {
    output[i] = static_cast<Element>(clamp(int32_t{input[i]}, p.activation_min, p.activation_max));
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_QUANTIZE_HPP_
