#ifndef EDGETWIN_CALLS_SIGNAL_FILTERS_HPP_
#define EDGETWIN_CALLS_SIGNAL_FILTERS_HPP_

#include "call.hpp"
#include "edgetwin/biquad.hpp"
#include "edgetwin/resample.hpp"
#include "edgetwin/state_variable.hpp"

namespace edgetwin::calls {

/// A cascade of second-order sections as state variables over one channel.
struct StateVariableF32 {
  struct Params {
    int32_t count;
    int32_t size;
  };
  static constexpr const char* kName = "state_variable_f32";
  static constexpr SlotNames kSlots = {{"input"}, {"sections"}, {"state"}, {"output"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("count", p.count);
    visit("size", p.size);
  }
  static Status check(const Params& p) {
    if (p.count < 1 || p.count > real::kMaxSections) return Status::kBadParameter;
    return fits_int32(p.size, 4) ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{4} * p.size;
    l.constants[0] = int64_t{sizeof(real::StateVariableSection)} * p.count;
    l.state[0] = int64_t{8} * p.count;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    const auto* const sections = as<real::StateVariableSection>(constants[0]);
    for (int32_t i = 0; i < p.count; ++i) {
      if (!real::is_stable(sections[i])) return Status::kBadParameter;
    }
    return Status::kOk;
  }
  static void run(const Params& p, const Operands& o) {
    const float* const input = as<float>(o.inputs[0]);
    float* const output = as<float>(o.outputs[0]);
    const auto* const sections = as<real::StateVariableSection>(o.constants[0]);
    float* const state = as<float>(o.state[0]);
    for (int32_t i = 0; i < p.size; ++i) output[i] = real::cascade_step(sections, p.count, state, input[i]);
  }
};

/// A block of samples through the polyphase resampler; zeros behind what it makes.
struct ResampleF32 {
  struct Params {
    real::ResampleParams resampling;
    int32_t size;
  };
  static constexpr const char* kName = "resample_f32";
  static constexpr SlotNames kSlots = {{"input"}, {"taps"}, {"position", "history"}, {"output"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("up", p.resampling.up);
    visit("down", p.resampling.down);
    visit("taps_per_phase", p.resampling.taps_per_phase);
    visit("channels", p.resampling.channels);
    visit("size", p.size);
  }
  static Status check(const Params& p) {
    const Status status = real::resample_check(p.resampling);
    if (status != Status::kOk) return status;
    const int64_t made = real::resampled_size(p.resampling, p.size);
    const bool fits = fits_int32(p.size, p.resampling.channels, 4) && made <= kInt32Max &&
                      fits_int32(static_cast<int32_t>(made), p.resampling.channels, 4);
    return fits ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int64_t row = int64_t{4} * p.resampling.channels;
    l.inputs[0] = row * p.size;
    l.constants[0] = int64_t{4} * p.resampling.up * p.resampling.taps_per_phase;
    l.state[0] = sizeof(real::ResampleState);
    l.state[1] = row * p.resampling.taps_per_phase;
    l.outputs[0] = row * real::resampled_size(p.resampling, p.size);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    const real::ResampleParams& r = p.resampling;
    real::ResampleState& state = *as<real::ResampleState>(o.state[0]);
    float* const history = as<float>(o.state[1]);
    const float* const input = as<float>(o.inputs[0]);
    float* output = as<float>(o.outputs[0]);
    float* const end = output + real::resampled_size(r, p.size) * r.channels;
    for (int32_t i = 0; i < p.size; ++i) {
      real::resample_put(r, state, history, input + i * r.channels);
      while (real::resample_take(r, as<float>(o.constants[0]), state, history, output)) output += r.channels;
    }
    while (output < end) *output++ = 0.0F;
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_SIGNAL_FILTERS_HPP_
