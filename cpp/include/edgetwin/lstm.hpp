// LSTM over a sequence: int8 or int16 activations, int8 weights, int16 gates and cell.
#ifndef EDGETWIN_LSTM_HPP_
#define EDGETWIN_LSTM_HPP_

#include "edgetwin/requantize.hpp"
#include "edgetwin/sigmoid_table.hpp"

namespace edgetwin {

/// Where the sum of a gate's two products saturates to int16.
enum class LstmSaturation : int32_t {
  kEachProduct = 0,  ///< TFLite Micro's reference: each product, then their sum
  kSum = 1,          ///< CMSIS-NN: the input's product, then the sum; differs where the hidden state's leaves int16
};

struct LstmParams {
  int32_t batches;            ///< >= 1
  int32_t time_steps;         ///< >= 1
  int32_t input_size;         ///< >= 1
  int32_t hidden_size;        ///< >= 1
  int32_t time_major;         ///< 1: arrays are [time, batch, ...], 0: [batch, time, ...]
  int32_t input_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t hidden_zero_point;  ///< [-128, 127]; 0 for int16; taken off the hidden state's codes; 0 where the biases hold
                              ///< the term
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16; of the new hidden state, which is the output too
  // <gate>_<source>_multiplier and _shift bring a gate's products with the input or the hidden state to 2^-12.
  // All multipliers are >= 0 (Q31), shifts in [-31, kMaxShift<Sum>], positive = left.
  int32_t input_input_multiplier;
  int32_t input_input_shift;
  int32_t input_hidden_multiplier;
  int32_t input_hidden_shift;
  int32_t forget_input_multiplier;
  int32_t forget_input_shift;
  int32_t forget_hidden_multiplier;
  int32_t forget_hidden_shift;
  int32_t cell_input_multiplier;
  int32_t cell_input_shift;
  int32_t cell_hidden_multiplier;
  int32_t cell_hidden_shift;
  int32_t output_input_multiplier;
  int32_t output_input_shift;
  int32_t output_hidden_multiplier;
  int32_t output_hidden_shift;
  int32_t forget_to_cell_multiplier;  ///< forget gate * cell -> cell; this shift and those after it in [-31, 30]
  int32_t forget_to_cell_shift;
  int32_t input_to_cell_multiplier;  ///< input gate * cell gate -> cell
  int32_t input_to_cell_shift;
  int32_t hidden_multiplier;  ///< output gate * tanh(cell) -> hidden state
  int32_t hidden_shift;
  int32_t cell_clip;         ///< [0, 32767]; 0 for none
  int32_t cell_scale_power;  ///< [-30, 2]; the cell's scale is 2^cell_scale_power
  LstmSaturation saturation;
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_lstm_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("time_steps", p.time_steps);
  visit("input_size", p.input_size);
  visit("hidden_size", p.hidden_size);
  visit("time_major", p.time_major);
  visit("input_zero_point", p.input_zero_point);
  visit("hidden_zero_point", p.hidden_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("input_input_multiplier", p.input_input_multiplier);
  visit("input_input_shift", p.input_input_shift);
  visit("input_hidden_multiplier", p.input_hidden_multiplier);
  visit("input_hidden_shift", p.input_hidden_shift);
  visit("forget_input_multiplier", p.forget_input_multiplier);
  visit("forget_input_shift", p.forget_input_shift);
  visit("forget_hidden_multiplier", p.forget_hidden_multiplier);
  visit("forget_hidden_shift", p.forget_hidden_shift);
  visit("cell_input_multiplier", p.cell_input_multiplier);
  visit("cell_input_shift", p.cell_input_shift);
  visit("cell_hidden_multiplier", p.cell_hidden_multiplier);
  visit("cell_hidden_shift", p.cell_hidden_shift);
  visit("output_input_multiplier", p.output_input_multiplier);
  visit("output_input_shift", p.output_input_shift);
  visit("output_hidden_multiplier", p.output_hidden_multiplier);
  visit("output_hidden_shift", p.output_hidden_shift);
  visit("forget_to_cell_multiplier", p.forget_to_cell_multiplier);
  visit("forget_to_cell_shift", p.forget_to_cell_shift);
  visit("input_to_cell_multiplier", p.input_to_cell_multiplier);
  visit("input_to_cell_shift", p.input_to_cell_shift);
  visit("hidden_multiplier", p.hidden_multiplier);
  visit("hidden_shift", p.hidden_shift);
  visit("cell_clip", p.cell_clip);
  visit("cell_scale_power", p.cell_scale_power);
  visit("saturation", p.saturation);
  visit("rounding", p.rounding);
}

namespace detail {

/// logistic of a Q3.12 value in Q0.15.
[[nodiscard]] constexpr int16_t logistic_s16(int16_t value) { return table_logistic(value, 3, 0); }

/// tanh of a value of scale 2^scale_power in Q0.15.
[[nodiscard]] constexpr int16_t tanh_s16(int16_t value, int32_t scale_power) {
  const int32_t left = 15 + scale_power - 3;
  return left < 0 ? table_tanh(value, 3, -left) : table_tanh(value, int32_t{3} << left, 0);
}

[[nodiscard]] constexpr int32_t clamp_s16(int32_t value) { return clamp(value, kInt16Min, kInt16Max); }

struct LstmScale {
  int32_t multiplier;
  int32_t shift;
};

}  // namespace detail

/// One gate's arrays. Biases are [hidden_size] Sum or null.
template <class Sum>
struct LstmGate {
  const int8_t* weights_input;   ///< [hidden_size, input_size] int8
  const Sum* bias_input;         ///< added to the input's products
  const int8_t* weights_hidden;  ///< [hidden_size, hidden_size] int8
  const Sum* bias_hidden;        ///< added to the hidden state's products
};

template <class Element = int8_t, class Sum = int32_t>
[[nodiscard]] constexpr Status lstm_check(const LstmParams& p) {
  if (!fits_int32(p.batches, p.time_steps, p.input_size) || !fits_int32(p.batches, p.time_steps, p.hidden_size) ||
      !fits_int32(p.hidden_size, p.input_size) || !fits_int32(p.hidden_size, p.hidden_size, 8)) {
    return Status::kBadShape;
  }
  if (!are_zero_points<Element>(p.input_zero_point, p.hidden_zero_point, p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (p.time_major < 0 || p.time_major > 1 || p.cell_clip < 0 || p.cell_clip > kInt16Max) return Status::kBadParameter;
  if (p.saturation != LstmSaturation::kEachProduct && p.saturation != LstmSaturation::kSum) {
    return Status::kBadParameter;
  }
  if (p.cell_scale_power < -30 || p.cell_scale_power > 2) return Status::kBadParameter;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  const int32_t multipliers[] = {p.input_input_multiplier,   p.input_hidden_multiplier,  p.forget_input_multiplier,
                                 p.forget_hidden_multiplier, p.cell_input_multiplier,    p.cell_hidden_multiplier,
                                 p.output_input_multiplier,  p.output_hidden_multiplier, p.forget_to_cell_multiplier,
                                 p.input_to_cell_multiplier, p.hidden_multiplier};
  const int32_t shifts[] = {p.input_input_shift,    p.input_hidden_shift,  p.forget_input_shift, p.forget_hidden_shift,
                            p.cell_input_shift,     p.cell_hidden_shift,   p.output_input_shift, p.output_hidden_shift,
                            p.forget_to_cell_shift, p.input_to_cell_shift, p.hidden_shift};
  const Status products = check_requantize<Sum>(multipliers, shifts, 8);
  return products != Status::kOk ? products : check_requantize(multipliers + 8, shifts + 8, 3);
}

[[nodiscard]] constexpr int64_t lstm_scratch_bytes(const LstmParams& p) {
  return int64_t{p.hidden_size} * 4 * static_cast<int64_t>(sizeof(int16_t));
}

namespace detail {

/// One row of products, requantized.
template <class Element, class Sum>
[[nodiscard]] inline int32_t lstm_dot(const Element* x, int32_t zero_point, const int8_t* weights, int32_t count,
                                      const Sum* bias, int32_t row, LstmScale scale, Rounding rounding) {
  Sum acc = bias != nullptr ? bias[row] : 0;
  const int8_t* taps = weights + static_cast<ptrdiff_t>(row) * count;
  for (int32_t i = 0; i < count; ++i) acc = wrapping_add(acc, Sum{(x[i] - zero_point) * taps[i]});
  return requantize(acc, scale.multiplier, scale.shift, rounding);
}

/// The sum that a gate's curve is applied to, Q3.12.
template <class Element, class Sum>
[[nodiscard]] inline int16_t lstm_gate(const LstmParams& p, const LstmGate<Sum>& gate, LstmScale input_scale,
                                       LstmScale hidden_scale, const Element* input, const Element* hidden,
                                       int32_t row) {
  const int32_t from_input = lstm_dot(input, p.input_zero_point, gate.weights_input, p.input_size, gate.bias_input, row,
                                      input_scale, p.rounding);
  const int32_t from_hidden = lstm_dot(hidden, p.hidden_zero_point, gate.weights_hidden, p.hidden_size,
                                       gate.bias_hidden, row, hidden_scale, p.rounding);
  const int32_t added = p.saturation == LstmSaturation::kEachProduct ? clamp_s16(from_hidden) : from_hidden;
  return static_cast<int16_t>(clamp_s16(wrapping_add(clamp_s16(from_input), added)));
}

}  // namespace detail

/// From the four gates' sums to the new state.
///
/// gates  [4, hidden_size] int16: sums of the input, forget, cell and output gate, Q3.12
/// cell   [hidden_size] int16, advanced in place
/// hidden [hidden_size] Element, written
template <class Element>
inline void lstm_update(const LstmParams& p, const int16_t* gates, int16_t* cell, Element* hidden) {
  const int32_t n = p.hidden_size;
  for (int32_t i = 0; i < n; ++i) {
    const int32_t input_gate = detail::logistic_s16(gates[i]);
    const int32_t forget_gate = detail::logistic_s16(gates[n + i]);
    const int32_t cell_gate = detail::tanh_s16(gates[2 * static_cast<ptrdiff_t>(n) + i], -12);
    const int32_t output_gate = detail::logistic_s16(gates[3 * static_cast<ptrdiff_t>(n) + i]);
    const int32_t kept = detail::clamp_s16(
        requantize(forget_gate * cell[i], p.forget_to_cell_multiplier, p.forget_to_cell_shift, p.rounding));
    const int32_t added = detail::clamp_s16(
        requantize(input_gate * cell_gate, p.input_to_cell_multiplier, p.input_to_cell_shift, p.rounding));
    int32_t next = detail::clamp_s16(kept + added);
    if (p.cell_clip > 0) next = clamp(next, -p.cell_clip, p.cell_clip);
    cell[i] = static_cast<int16_t>(next);
    const int32_t curve = detail::tanh_s16(cell[i], p.cell_scale_power);
    const int32_t value = wrapping_add(requantize(curve * output_gate, p.hidden_multiplier, p.hidden_shift, p.rounding),
                                       p.output_zero_point);
    hidden[i] = saturate<Element>(value);
  }
}

/// All time steps of all sequences.
///
/// Element and Sum are int8 and int32, or int16 and int64.
/// input  [batches, time_steps, input_size] Element, or [time_steps, batches, input_size] if time_major
/// input_gate, forget_gate, cell_gate, output_gate: see LstmGate
/// hidden [batches, hidden_size] Element, cell [batches, hidden_size] int16: the state, advanced in place
/// output like input with hidden_size, Element
/// scratch lstm_scratch_bytes(p) bytes, aligned to 2
/// `p` passed lstm_check.
template <class Element, class Sum>
inline void lstm(const LstmParams& p, const Element* input, const LstmGate<Sum>& input_gate,
                 const LstmGate<Sum>& forget_gate, const LstmGate<Sum>& cell_gate, const LstmGate<Sum>& output_gate,
                 Element* hidden, int16_t* cell, Element* output, int16_t* scratch) {
  const int32_t n = p.hidden_size;
  for (int32_t b = 0; b < p.batches; ++b) {
    Element* const h = hidden + static_cast<ptrdiff_t>(b) * n;
    for (int32_t t = 0; t < p.time_steps; ++t) {
      const ptrdiff_t step =
          p.time_major != 0 ? static_cast<ptrdiff_t>(t) * p.batches + b : static_cast<ptrdiff_t>(b) * p.time_steps + t;
      const Element* const x = input + step * p.input_size;
      for (int32_t i = 0; i < n; ++i) {
        scratch[i] = detail::lstm_gate(p, input_gate, {p.input_input_multiplier, p.input_input_shift},
                                       {p.input_hidden_multiplier, p.input_hidden_shift}, x, h, i);
        scratch[n + i] = detail::lstm_gate(p, forget_gate, {p.forget_input_multiplier, p.forget_input_shift},
                                           {p.forget_hidden_multiplier, p.forget_hidden_shift}, x, h, i);
        scratch[2 * static_cast<ptrdiff_t>(n) + i] =
            detail::lstm_gate(p, cell_gate, {p.cell_input_multiplier, p.cell_input_shift},
                              {p.cell_hidden_multiplier, p.cell_hidden_shift}, x, h, i);
        scratch[3 * static_cast<ptrdiff_t>(n) + i] =
            detail::lstm_gate(p, output_gate, {p.output_input_multiplier, p.output_input_shift},
                              {p.output_hidden_multiplier, p.output_hidden_shift}, x, h, i);
      }
      lstm_update(p, scratch, cell + static_cast<ptrdiff_t>(b) * n, h);
      for (int32_t i = 0; i < n; ++i) output[step * n + i] = h[i];
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_LSTM_HPP_
