// Fully connected layer, int8 or int16 activations with int8 weights.
#ifndef EDGETWIN_FULLY_CONNECTED_HPP_
#define EDGETWIN_FULLY_CONNECTED_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct FullyConnectedParams {
  int32_t batches;             ///< >= 1; rows of the input
  int32_t input_features;      ///< >= 1
  int32_t output_features;     ///< >= 1
  int32_t input_zero_point;    ///< [-128, 127]; 0 for int16
  int32_t weights_zero_point;  ///< [-128, 127]; 0 where weights are per-channel
  int32_t output_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t activation_min;      ///< [lowest code, activation_max]
  int32_t activation_max;      ///< [activation_min, highest code]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_fully_connected_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_features", p.input_features);
  visit("output_features", p.output_features);
  visit("input_zero_point", p.input_zero_point);
  visit("weights_zero_point", p.weights_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

template <class Element = int8_t>
[[nodiscard]] constexpr Status fully_connected_check(const FullyConnectedParams& p) {
  if (!fits_int32(p.batches, p.input_features) || !fits_int32(p.batches, p.output_features)) return Status::kBadShape;
  if (!fits_int32(p.input_features, p.output_features)) return Status::kBadShape;
  if (!is_zero_point<Element>(p.input_zero_point) || !is_zero_point<Element>(p.output_zero_point) ||
      !in_int8(p.weights_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

/// output = clamp(requantize(sum((input - input_zero_point) * (weights - weights_zero_point)) + bias) +
/// output_zero_point).
///
/// Element and Sum are int8 and int32, int16 and int64, or int16 and int32 (a model says which sums by its bias).
/// input   [batches, input_features] Element
/// weights [output_features, input_features] int8 (OI)
/// bias    [output_features] Sum, or null for none
/// multiplier, shift [output_features] int32: multiplier >= 0, shift in [-31, kMaxShift<Sum>], positive = left
/// output  [batches, output_features] Element
/// The accumulator is a Sum and wraps. `p` passed fully_connected_check; no scratch.
template <class Element, class Sum>
inline void fully_connected(const FullyConnectedParams& p, const Element* input, const int8_t* weights, const Sum* bias,
                            const int32_t* multiplier, const int32_t* shift, Element* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    const Element* row = input + static_cast<ptrdiff_t>(b) * p.input_features;
    for (int32_t o = 0; o < p.output_features; ++o) {
      const int8_t* taps = weights + static_cast<ptrdiff_t>(o) * p.input_features;
      Sum acc = bias != nullptr ? bias[o] : 0;
      for (int32_t i = 0; i < p.input_features; ++i) {
        acc = wrapping_add(acc, Sum{(row[i] - p.input_zero_point) * (taps[i] - p.weights_zero_point)});
      }
      const int32_t value = wrapping_add(requantize(acc, multiplier[o], shift[o], p.rounding), p.output_zero_point);
      *output++ = static_cast<Element>(clamp(value, p.activation_min, p.activation_max));
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_FULLY_CONNECTED_HPP_
