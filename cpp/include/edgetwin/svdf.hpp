// SVDF: a rank-limited filter over the last `memory` inputs, int8, with a state of int8 or int16.
#ifndef EDGETWIN_SVDF_HPP_
#define EDGETWIN_SVDF_HPP_

#include <type_traits>

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct SvdfParams {
  int32_t batches;            ///< >= 1
  int32_t input_size;         ///< >= 1
  int32_t filters;            ///< >= 1, a multiple of rank
  int32_t memory;             ///< >= 1
  int32_t rank;               ///< >= 1
  int32_t input_zero_point;   ///< [-128, 127]
  int32_t state_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]
  int32_t input_multiplier;   ///< >= 0; products of the input to the state's scale
  int32_t input_shift;        ///< [-31, 30], positive = left
  int32_t output_multiplier;  ///< >= 0; products of the state to the output's scale
  int32_t output_shift;       ///< [-31, 30], positive = left
  int32_t state_min;          ///< [lowest code of the state, state_max]; clamp before state_zero_point is added
  int32_t state_max;          ///< [state_min, highest code]
  int32_t activation_min;     ///< [-128, activation_max]
  int32_t activation_max;     ///< [activation_min, 127]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_svdf_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_size", p.input_size);
  visit("filters", p.filters);
  visit("memory", p.memory);
  visit("rank", p.rank);
  visit("input_zero_point", p.input_zero_point);
  visit("state_zero_point", p.state_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("input_multiplier", p.input_multiplier);
  visit("input_shift", p.input_shift);
  visit("output_multiplier", p.output_multiplier);
  visit("output_shift", p.output_shift);
  visit("state_min", p.state_min);
  visit("state_max", p.state_max);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

template <class State = int8_t>
[[nodiscard]] constexpr Status svdf_check(const SvdfParams& p) {
  if (p.rank < 1 || p.filters < 1 || p.filters % p.rank != 0) return Status::kBadGroups;
  if (!fits_int32(p.batches, p.input_size) || !fits_int32(p.filters, p.input_size) ||
      !fits_int32(p.batches, p.filters, p.memory)) {
    return Status::kBadShape;
  }
  if (!are_zero_points<int8_t>(p.input_zero_point, p.output_zero_point) || !is_zero_point<State>(p.state_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  const int32_t multipliers[] = {p.input_multiplier, p.output_multiplier};
  const int32_t shifts[] = {p.input_shift, p.output_shift};
  const Status status = check_requantize(multipliers, shifts, 2);
  if (status != Status::kOk) return status;
  const Status state = check_activation<State>(p.state_min, p.state_max);
  return state != Status::kOk ? state : check_activation_s8(p.activation_min, p.activation_max);
}

/// One time step: the state moves on by one, takes the input's products, and is weighted over time.
///
/// input           [batches, input_size] int8
/// weights_feature [filters, input_size] int8
/// weights_time    [filters, memory] State, int8 or int16
/// bias            [filters / rank] int32, or null for none
/// state           [batches, filters, memory] State, newest last, advanced in place
/// output          [batches, filters / rank] int8
/// `p` passed svdf_check; no scratch.
template <class State>
inline void svdf(const SvdfParams& p, const int8_t* input, const int8_t* weights_feature, const State* weights_time,
                 const int32_t* bias, State* state, int8_t* output) {
  const int32_t units = p.filters / p.rank;
  for (int32_t b = 0; b < p.batches; ++b) {
    const int8_t* const x = input + static_cast<ptrdiff_t>(b) * p.input_size;
    for (int32_t unit = 0; unit < units; ++unit) {
      int32_t acc = bias != nullptr ? bias[unit] : 0;
      for (int32_t r = 0; r < p.rank; ++r) {
        const ptrdiff_t filter = static_cast<ptrdiff_t>(unit) * p.rank + r;
        const int8_t* const feature = weights_feature + filter * p.input_size;
        int32_t dot = 0;
        for (int32_t i = 0; i < p.input_size; ++i) dot = wrapping_add(dot, (x[i] - p.input_zero_point) * feature[i]);
        dot = clamp(requantize(dot, p.input_multiplier, p.input_shift, p.rounding), p.state_min, p.state_max);
        State* const memory = state + (static_cast<ptrdiff_t>(b) * p.filters + filter) * p.memory;
        for (int32_t m = 1; m < p.memory; ++m) memory[m - 1] = memory[m];
        // The reference narrows without saturating: a sum beyond State wraps.
        memory[p.memory - 1] = static_cast<State>(static_cast<std::make_unsigned_t<State>>(dot + p.state_zero_point));
        const State* const time = weights_time + filter * p.memory;
        for (int32_t m = 0; m < p.memory; ++m) acc = wrapping_add(acc, time[m] * (memory[m] - p.state_zero_point));
      }
      const int32_t value =
          wrapping_add(requantize(acc, p.output_multiplier, p.output_shift, p.rounding), p.output_zero_point);
      *output++ = static_cast<int8_t>(clamp(value, p.activation_min, p.activation_max));
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_SVDF_HPP_
