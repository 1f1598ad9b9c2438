// A layer of LSTM cells over a sequence, float32.
#ifndef EDGETWIN_HOST_FLOAT32_LSTM_HPP_
#define EDGETWIN_HOST_FLOAT32_LSTM_HPP_

#include <algorithm>

#include "calls/call.hpp"
#include "host/float32/functions.hpp"
#include "host/float32/matrix.hpp"

namespace edgetwin::host::float32 {

struct LstmParams {
  int32_t batches;        ///< >= 1
  int32_t time_steps;     ///< >= 1
  int32_t input_size;     ///< >= 1
  int32_t cells;          ///< >= 1
  int32_t hidden_size;    ///< >= 1; cells where there is no projection
  int32_t gates;          ///< 4, or 3: without an input gate, which is then 1 - the forget gate
  int32_t time_major;     ///< 0 or 1: the first axis of input and output is time
  float cell_clip;        ///< >= 0; the largest size of a cell's state, 0 for any
  float projection_clip;  ///< >= 0; that of a projected value
};

/// Gates lie in the order forget, cell, output, input.
///
/// input              [batches, time_steps, input_size] float32, the first two swapped with time_major
/// weights            [input_size + hidden_size, gates, cells] float32
/// bias               [gates, cells] float32
/// peepholes          [gates, cells] float32, or null for none; those of the cell gate are not read
/// projection_weights [cells, hidden_size] float32, or null for none; with it projection_bias [hidden_size], or null
/// hidden             [batches, hidden_size] float32
/// cell               [batches, cells] float32
/// output             [batches, time_steps, hidden_size] float32, the first two swapped with time_major
/// Scratch: the gates, the hidden state's part of them, and what the cells put out.
struct LstmF32 {
  using Params = LstmParams;
  static constexpr const char* kName = "lstm_f32";
  static constexpr calls::SlotNames kSlots = {{"input"},
                                              {"weights", "bias", "peepholes", "projection_weights", "projection_bias"},
                                              {"hidden", "cell"},
                                              {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("batches", p.batches);
    visit("time_steps", p.time_steps);
    visit("input_size", p.input_size);
    visit("cells", p.cells);
    visit("hidden_size", p.hidden_size);
    visit("gates", p.gates);
    visit("time_major", p.time_major);
    visit("cell_clip", p.cell_clip);
    visit("projection_clip", p.projection_clip);
  }
  static Status check(const Params& p) {
    if (p.gates != 3 && p.gates != 4) return Status::kBadParameter;
    if (p.time_major < 0 || p.time_major > 1) return Status::kBadParameter;
    if (!(p.cell_clip >= 0.0F && p.projection_clip >= 0.0F)) return Status::kBadParameter;
    if (!fits_int32(p.batches, p.time_steps, p.input_size)) return Status::kBadShape;
    if (!fits_int32(p.batches, p.time_steps, p.hidden_size)) return Status::kBadShape;
    if (!fits_int32(p.batches, p.cells) || !fits_int32(p.cells, p.hidden_size)) return Status::kBadShape;
    return fits_int32(row_size(p), p.gates, p.cells) ? Status::kOk : Status::kBadShape;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    const int64_t gates = int64_t{p.gates} * p.cells;
    l.inputs[0] = kFloatBytes * p.batches * p.time_steps * p.input_size;
    l.constants[0] = kFloatBytes * row_size(p) * gates;
    l.constants[1] = l.constants[2] = kFloatBytes * gates;
    l.constants[3] = kFloatBytes * p.cells * p.hidden_size;
    l.constants[4] = kFloatBytes * p.hidden_size;
    l.optional[2] = l.optional[3] = l.optional[4] = true;
    l.state[0] = kFloatBytes * p.batches * p.hidden_size;
    l.state[1] = kFloatBytes * p.batches * p.cells;
    l.outputs[0] = kFloatBytes * p.batches * p.time_steps * p.hidden_size;
    l.scratch = kFloatBytes * (2 * gates + p.cells);
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    if (constants[3] != nullptr) return Status::kOk;
    // What is not projected has no bias of it.
    return constants[4] == nullptr && p.cells == p.hidden_size ? Status::kOk : Status::kBadShape;
  }

  static void run(const Params& p, const calls::Operands& o) {
    for (int64_t b = 0; b < p.batches; ++b) {
      for (int64_t t = 0; t < p.time_steps; ++t)
        step(p, o, b, p.time_major != 0 ? t * p.batches + b : b * p.time_steps + t);
    }
  }

 private:
  static int64_t row_size(const Params& p) { return int64_t{p.input_size} + p.hidden_size; }

  static float clip(float value, float most) {
    if (most == 0.0F) return value;
    return value > most ? most : value < -most ? -most : value;
  }

  /// One step of one sequence; `position` is the row of its input and output.
  static void step(const Params& p, const calls::Operands& o, int64_t batch, int64_t position) {
    using calls::as;
    const int64_t columns = int64_t{p.gates} * p.cells;
    const float* input = as<float>(o.inputs[0]) + position * p.input_size;
    const float* peepholes = as<float>(o.constants[2]);
    float* hidden = as<float>(o.state[0]) + batch * p.hidden_size;
    float* state = as<float>(o.state[1]) + batch * p.cells;
    float* gates = as<float>(o.scratch);
    float* from_hidden = gates + columns;
    float* cell_output = from_hidden + columns;
    const float* weights = as<float>(o.constants[0]);
    multiply({input, p.input_size}, 1, p.input_size, {weights, columns}, columns,
             {gates, columns, as<float>(o.constants[1])});
    multiply({hidden, p.hidden_size}, 1, p.hidden_size, {weights + p.input_size * columns, columns}, columns,
             {from_hidden, columns});
    for (int64_t i = 0; i < columns; ++i) gates[i] += from_hidden[i];
    const Logistic logistic;
    const Tanh tanh;
    for (int64_t c = 0; c < p.cells; ++c) {
      // The forget and input gates see the cell as it was, the output gate as it is.
      const auto gate = [&](int64_t number) {
        const int64_t at = number * p.cells + c;
        return logistic(peepholes != nullptr ? gates[at] + peepholes[at] * state[c] : gates[at]);
      };
      const float forget = gate(0);
      const float admit = p.gates == 4 ? gate(3) : 1.0F - forget;
      state[c] = clip(forget * state[c] + admit * tanh(gates[p.cells + c]), p.cell_clip);
      cell_output[c] = gate(2) * tanh(state[c]);
    }
    if (o.constants[3] != nullptr) {
      multiply({cell_output, p.cells}, 1, p.cells, {as<float>(o.constants[3]), p.hidden_size}, p.hidden_size,
               {hidden, p.hidden_size, as<float>(o.constants[4])});
      std::transform(hidden, hidden + p.hidden_size, hidden, [&](float v) { return clip(v, p.projection_clip); });
    } else {
      std::copy_n(cell_output, p.cells, hidden);
    }
    std::copy_n(hidden, p.hidden_size, as<float>(o.outputs[0]) + position * p.hidden_size);
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_LSTM_HPP_
