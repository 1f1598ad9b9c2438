#ifndef EDGETWIN_CALLS_RECURRENT_HPP_
#define EDGETWIN_CALLS_RECURRENT_HPP_

#include "call.hpp"
#include "edgetwin/lstm.hpp"
#include "edgetwin/svdf.hpp"

namespace edgetwin::calls {

template <class State>
struct Svdf {
  using Params = SvdfParams;
  static constexpr SlotNames kSlots = {{"input"}, {"weights_feature", "weights_time", "bias"}, {"state"}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_svdf_fields(p, visit);
  }
  static Status check(const Params& p) { return svdf_check<State>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int64_t units = p.filters / p.rank;
    l.inputs[0] = int64_t{p.batches} * p.input_size;
    l.constants[0] = int64_t{p.filters} * p.input_size;
    l.constants[1] = int64_t{p.filters} * p.memory * int64_t{sizeof(State)};
    l.constants[2] = units * 4;
    l.optional[2] = true;
    l.state[0] = int64_t{p.batches} * p.filters * p.memory * int64_t{sizeof(State)};
    l.outputs[0] = p.batches * units;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    svdf(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.constants[0]), as<State>(o.constants[1]), as<int32_t>(o.constants[2]),
         as<State>(o.state[0]), as<int8_t>(o.outputs[0]));
  }
};

struct SvdfS8 : Svdf<int8_t> {
  static constexpr const char* kName = "svdf_s8";
};

/// int8 activations, int16 state.
struct SvdfS8S16 : Svdf<int16_t> {
  static constexpr const char* kName = "svdf_s8_s16";
};

template <class Element, class Sum>
struct Lstm {
  using Params = LstmParams;
  static constexpr SlotNames kSlots = {
      {"input"},
      {"input_weights_input", "input_bias_input", "input_weights_hidden", "input_bias_hidden", "forget_weights_input",
       "forget_bias_input", "forget_weights_hidden", "forget_bias_hidden", "cell_weights_input", "cell_bias_input",
       "cell_weights_hidden", "cell_bias_hidden", "output_weights_input", "output_bias_input", "output_weights_hidden",
       "output_bias_hidden"},
      {"hidden", "cell"},
      {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_lstm_fields(p, visit);
  }
  static Status check(const Params& p) { return lstm_check<Element, Sum>(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    constexpr int64_t element = sizeof(Element);
    const int64_t hidden = p.hidden_size;
    l.inputs[0] = element * p.batches * p.time_steps * p.input_size;
    for (int gate = 0; gate < 4; ++gate) {
      l.constants[4 * gate] = hidden * p.input_size;
      l.constants[4 * gate + 2] = hidden * hidden;
      l.constants[4 * gate + 1] = l.constants[4 * gate + 3] = hidden * int64_t{sizeof(Sum)};
      l.optional[4 * gate + 1] = l.optional[4 * gate + 3] = true;
    }
    l.state[0] = element * p.batches * hidden;
    l.state[1] = p.batches * hidden * 2;
    l.outputs[0] = element * p.batches * p.time_steps * hidden;
    l.scratch = lstm_scratch_bytes(p);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static LstmGate<Sum> gate(const Operands& o, int index) {
    return {as<int8_t>(o.constants[4 * index]), as<Sum>(o.constants[4 * index + 1]),
            as<int8_t>(o.constants[4 * index + 2]), as<Sum>(o.constants[4 * index + 3])};
  }
  static void run(const Params& p, const Operands& o) {
    lstm(p, as<Element>(o.inputs[0]), gate(o, 0), gate(o, 1), gate(o, 2), gate(o, 3), as<Element>(o.state[0]),
         as<int16_t>(o.state[1]), as<Element>(o.outputs[0]), as<int16_t>(o.scratch));
  }
};

struct LstmS8 : Lstm<int8_t, int32_t> {
  static constexpr const char* kName = "lstm_s8";
};

struct LstmS16 : Lstm<int16_t, int64_t> {
  static constexpr const char* kName = "lstm_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_RECURRENT_HPP_
