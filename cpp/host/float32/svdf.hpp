// SVDF, float32: a bank of filters over features and time, each of which keeps its last responses.
#ifndef EDGETWIN_HOST_FLOAT32_SVDF_HPP_
#define EDGETWIN_HOST_FLOAT32_SVDF_HPP_

#include <algorithm>

#include "calls/call.hpp"
#include "host/float32/matrix.hpp"

namespace edgetwin::host::float32 {

struct SvdfParams {
  int32_t batches;     ///< >= 1
  int32_t input_size;  ///< >= 1
  int32_t filters;     ///< >= 1, a multiple of rank
  int32_t memory;      ///< >= 1; steps that a filter remembers
  int32_t rank;        ///< >= 1; filters of one output
  Activation activation;
};

/// output = activation(bias + sum over an output's filters of their responses over time).
///
/// input           [batches, input_size] float32
/// weights_feature [input_size, filters] float32: the file's, transposed
/// weights_time    [filters, memory] float32
/// bias            [filters / rank] float32, or null for none
/// state           [batches, filters, memory] float32, oldest first
/// output          [batches, filters / rank] float32
/// Scratch: one response of every filter.
struct SvdfF32 {
  using Params = SvdfParams;
  static constexpr const char* kName = "svdf_f32";
  static constexpr calls::SlotNames kSlots = {
      {"input"}, {"weights_feature", "weights_time", "bias"}, {"state"}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("batches", p.batches);
    visit("input_size", p.input_size);
    visit("filters", p.filters);
    visit("memory", p.memory);
    visit("rank", p.rank);
    visit("activation", p.activation);
  }
  static Status check(const Params& p) {
    if (p.rank < 1 || p.filters % p.rank != 0) return Status::kBadGroups;
    if (!fits_int32(p.batches, p.input_size) || !fits_int32(p.input_size, p.filters)) return Status::kBadShape;
    if (!fits_int32(p.batches, p.filters, p.memory)) return Status::kBadShape;
    return check_activation(p.activation);
  }
  static calls::Layout layout(const Params& p) {
    const int64_t units = p.filters / p.rank;
    calls::Layout l = {};
    l.inputs[0] = kFloatBytes * p.batches * p.input_size;
    l.constants[0] = kFloatBytes * p.input_size * p.filters;
    l.constants[1] = kFloatBytes * p.filters * p.memory;
    l.constants[2] = kFloatBytes * units;
    l.optional[2] = true;
    l.state[0] = kFloatBytes * p.batches * p.filters * p.memory;
    l.outputs[0] = kFloatBytes * p.batches * units;
    l.scratch = kFloatBytes * p.filters;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }

  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    const float* weights_time = calls::as<float>(o.constants[1]);
    const float* bias = calls::as<float>(o.constants[2]);
    float* state = calls::as<float>(o.state[0]);
    float* output = calls::as<float>(o.outputs[0]);
    float* responses = calls::as<float>(o.scratch);
    for (int64_t b = 0; b < p.batches; ++b, input += p.input_size) {
      multiply({input, p.input_size}, 1, p.input_size, {calls::as<float>(o.constants[0]), p.filters}, p.filters,
               {responses, p.filters});
      const float* taps = weights_time;
      for (int64_t f = 0; f < p.filters; ++f, state += p.memory) {
        std::copy(state + 1, state + p.memory, state);
        state[p.memory - 1] = responses[f];
        responses[f] = 0.0F;
        for (int64_t m = 0; m < p.memory; ++m) responses[f] += state[m] * *taps++;
      }
      for (int64_t f = 0, unit = 0; f < p.filters; ++unit) {
        float sum = bias != nullptr ? bias[unit] : 0.0F;
        for (const int64_t end = f + p.rank; f < end; ++f) sum += responses[f];
        *output++ = activate(p.activation, sum);
      }
    }
  }

 private:
  /// As TFLite Micro's SVDF has it: infinities stay, NaN goes to the low end.
  static float activate(Activation activation, float value) {
    if (activation == Activation::kNone) return value;
    const Clamp range(activation);
    if (!(range.low < value)) return range.low;
    return activation != Activation::kRelu && range.high < value ? range.high : value;
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_SVDF_HPP_
