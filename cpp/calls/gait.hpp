#ifndef EDGETWIN_CALLS_GAIT_HPP_
#define EDGETWIN_CALLS_GAIT_HPP_

#include "call.hpp"
#include "edgetwin/gait.hpp"

namespace edgetwin::calls {

/// A block of raw samples through gait_step.
struct GaitF32 {
  struct Params {
    real::GaitParams gait;
    int32_t size;      ///< >= 1; raw samples
    int32_t capacity;  ///< >= 1; strides that are kept: where more end, they are counted only
  };
  static constexpr const char* kName = "gait_f32";
  // strides [1 + capacity, 2] int32: how many strides ended and samples came out, then end and length of each stride.
  static constexpr SlotNames kSlots = {{"raw"},
                                       {"taps", "sections"},
                                       {"state", "history", "filter", "window"},
                                       {"windows", "strides", "resampled", "filtered"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    real::visit_gait_fields(p.gait, visit);
    visit("size", p.size);
    visit("capacity", p.capacity);
  }
  static Status check(const Params& p) {
    const Status status = real::gait_check(p.gait);
    if (status != Status::kOk) return status;
    constexpr int32_t kRow = 4 * real::kGaitChannels;
    return fits_int32(p.size, kRow) && fits_int32(p.capacity, p.gait.window, kRow) ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    constexpr int64_t row = 4 * real::kGaitChannels;
    const real::GaitParams& g = p.gait;
    l.inputs[0] = row * p.size;
    l.constants[0] = int64_t{4} * g.up * g.taps_per_phase;
    l.constants[1] = int64_t{sizeof(real::Section)} * g.sections;
    l.state[0] = sizeof(real::GaitState);
    l.state[1] = row * g.taps_per_phase;
    l.state[2] = row * 2 * g.sections;
    l.state[3] = row * g.window;
    l.outputs[0] = row * g.window * p.capacity;
    l.outputs[1] = int64_t{8} * (1 + int64_t{p.capacity});
    l.outputs[2] = l.outputs[3] = row * real::resampled_size(real::gait_resampling(g), p.size);
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    const real::Section* const sections = as<real::Section>(constants[1]);
    for (int32_t i = 0; i < p.gait.sections; ++i) {
      if (!real::is_stable(sections[i])) return Status::kBadParameter;
    }
    return Status::kOk;
  }
  static void run(const Params& p, const Operands& o) {
    constexpr int32_t kChannels = real::kGaitChannels;
    const real::GaitTables tables = {as<float>(o.constants[0]), as<real::Section>(o.constants[1])};
    const real::GaitMemory memory = {as<float>(o.state[1]), as<float>(o.state[2]), as<float>(o.state[3])};
    real::GaitState& state = *as<real::GaitState>(o.state[0]);
    const float* const raw = as<float>(o.inputs[0]);
    float* windows = as<float>(o.outputs[0]);
    int32_t* const strides = as<int32_t>(o.outputs[1]);
    float* const resampled = as<float>(o.outputs[2]);
    float* const filtered = as<float>(o.outputs[3]);
    int32_t ended = 0, samples = 0;
    for (int32_t i = 0; i < p.size; ++i) {
      real::GaitStride stride = {};
      const int32_t place = samples * kChannels;
      const real::GaitEvent event = real::gait_step(p.gait, tables, memory, state, raw + i * kChannels,
                                                    resampled + place, filtered + place, &stride);
      samples += event.resampled ? 1 : 0;
      if (!event.ended) continue;
      if (ended < p.capacity) {
        strides[2 + 2 * ended] = static_cast<int32_t>(stride.end);
        strides[3 + 2 * ended] = stride.length;
        for (int32_t k = 0; k < p.gait.window * kChannels; ++k) *windows++ = memory.window[k];
      }
      ++ended;
    }
    strides[0] = ended;
    strides[1] = samples;
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_GAIT_HPP_
