// LSTM over a sequence: int8 activations and weights, int16 gates and cell.
#ifndef EDGETWIN_LSTM_HPP_
#define EDGETWIN_LSTM_HPP_

#include "edgetwin/requantize.hpp"

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
  int32_t input_zero_point;   ///< [-128, 127]
  int32_t hidden_zero_point;  ///< [-128, 127]; taken off the hidden state's codes; 0 where the biases hold the term
  int32_t output_zero_point;  ///< [-128, 127]; of the new hidden state, which is the output too
  // <gate>_<source>_multiplier and _shift bring a gate's products with the input or the hidden state to 2^-12.
  // All multipliers are >= 0 (Q31), all shifts in [-31, 30], positive = left.
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
  int32_t forget_to_cell_multiplier;  ///< forget gate * cell -> cell
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

/// sigmoid(i / 24) in Q0.16, as TFLite's tables for int16 have it: at 44 places one above the rounded value.
constexpr uint16_t kSigmoidTable[256] = {
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535};

/// value * multiplier * 2^-shift, rounded half up; |value * multiplier| < 2^31.
[[nodiscard]] constexpr int32_t scale_to_table(int32_t value, int32_t multiplier, int32_t shift) {
  return (value * multiplier + (shift > 0 ? int32_t{1} << (shift - 1) : 0)) >> shift;
}

/// logistic of a Q3.12 value in Q0.15, linear between the table's points. The table's step is 1/24: three of them are
/// an eighth, hence the factor 3.
[[nodiscard]] constexpr int16_t logistic_s16(int16_t value) {
  const int32_t x = scale_to_table(value, 3, 0);
  const uint32_t magnitude = static_cast<uint32_t>(x < 0 ? -x : x);
  const uint32_t step = magnitude >> 9;
  uint32_t result = uint32_t{0x7FFF} << 10;
  if (step < 255) {
    const uint32_t low = kSigmoidTable[step];
    const uint32_t high = kSigmoidTable[step + 1];
    result = (low << 9) + (magnitude & 0x1FF) * (high - low);
  }
  result = x >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1;
  return static_cast<int16_t>(result >> 10);
}

/// tanh of a value of scale 2^scale_power in Q0.15, as 2 * logistic(2 x) - 1 from the same table.
[[nodiscard]] constexpr int16_t tanh_s16(int16_t value, int32_t scale_power) {
  const int32_t left = 15 + scale_power - 3;
  const int32_t x = left < 0 ? scale_to_table(value, 3, -left) : scale_to_table(value, int32_t{3} << left, 0);
  const uint32_t magnitude = static_cast<uint32_t>(x < 0 ? -x : x);
  const uint32_t step = magnitude >> 8;
  int32_t result = 0xFFFF << 8;
  if (step < 255) {
    const uint32_t low = kSigmoidTable[step];
    const uint32_t high = kSigmoidTable[step + 1];
    result = static_cast<int32_t>((low << 8) + (magnitude & 0xFF) * (high - low));
  }
  result = x >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1;
  return static_cast<int16_t>(result >> 8);
}

[[nodiscard]] constexpr int32_t clamp_s16(int32_t value) { return clamp(value, kInt16Min, kInt16Max); }

struct LstmScale {
  int32_t multiplier;
  int32_t shift;
};

}  // namespace detail

/// One gate's arrays. Biases are [hidden_size] int32 or null.
struct LstmGate {
  const int8_t* weights_input;   ///< [hidden_size, input_size] int8
  const int32_t* bias_input;     ///< added to the input's products
  const int8_t* weights_hidden;  ///< [hidden_size, hidden_size] int8
  const int32_t* bias_hidden;    ///< added to the hidden state's products
};

[[nodiscard]] constexpr Status lstm_check(const LstmParams& p) {
  if (!fits_int32(p.batches, p.time_steps, p.input_size) || !fits_int32(p.batches, p.time_steps, p.hidden_size) ||
      !fits_int32(p.hidden_size, p.input_size) || !fits_int32(p.hidden_size, p.hidden_size, 8)) {
    return Status::kBadShape;
  }
  if (!in_int8(p.input_zero_point) || !in_int8(p.hidden_zero_point) || !in_int8(p.output_zero_point)) {
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
  return check_requantize(multipliers, shifts, 11);
}

[[nodiscard]] constexpr int64_t lstm_scratch_bytes(const LstmParams& p) {
  return int64_t{p.hidden_size} * 4 * static_cast<int64_t>(sizeof(int16_t));
}

namespace detail {

/// One row of products, requantized.
[[nodiscard]] inline int32_t lstm_dot(const int8_t* x, int32_t zero_point, const int8_t* weights, int32_t count,
                                      const int32_t* bias, int32_t row, LstmScale scale, Rounding rounding) {
  int32_t acc = bias != nullptr ? bias[row] : 0;
  const int8_t* taps = weights + static_cast<ptrdiff_t>(row) * count;
  for (int32_t i = 0; i < count; ++i) acc = wrapping_add(acc, (x[i] - zero_point) * taps[i]);
  return requantize(acc, scale.multiplier, scale.shift, rounding);
}

/// The sum that a gate's curve is applied to, Q3.12.
[[nodiscard]] inline int16_t lstm_gate(const LstmParams& p, const LstmGate& gate, LstmScale input_scale,
                                       LstmScale hidden_scale, const int8_t* input, const int8_t* hidden, int32_t row) {
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
/// hidden [hidden_size] int8, written
inline void lstm_update(const LstmParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden) {
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
    hidden[i] = static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
  }
}

/// All time steps of all sequences.
///
/// input  [batches, time_steps, input_size] int8, or [time_steps, batches, input_size] if time_major
/// input_gate, forget_gate, cell_gate, output_gate: see LstmGate
/// hidden [batches, hidden_size] int8, cell [batches, hidden_size] int16: the state, advanced in place
/// output like input with hidden_size, int8
/// scratch lstm_scratch_bytes(p) bytes, aligned to 2
/// `p` passed lstm_check.
inline void lstm_s8(const LstmParams& p, const int8_t* input, const LstmGate& input_gate, const LstmGate& forget_gate,
                    const LstmGate& cell_gate, const LstmGate& output_gate, int8_t* hidden, int16_t* cell,
                    int8_t* output, int16_t* scratch) {
  const int32_t n = p.hidden_size;
  for (int32_t b = 0; b < p.batches; ++b) {
    int8_t* const h = hidden + static_cast<ptrdiff_t>(b) * n;
    for (int32_t t = 0; t < p.time_steps; ++t) {
      const ptrdiff_t step =
          p.time_major != 0 ? static_cast<ptrdiff_t>(t) * p.batches + b : static_cast<ptrdiff_t>(b) * p.time_steps + t;
      const int8_t* const x = input + step * p.input_size;
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
