#ifndef EDGETWIN_CALLS_FEATURES_AUDIO_HPP_
#define EDGETWIN_CALLS_FEATURES_AUDIO_HPP_

#include "edgetwin/features_audio.hpp"
#include "features.hpp"

namespace edgetwin::calls {

/// audio_features() of one window, by any of the audio blocks.
struct AudioFeaturesF32 {
  struct Params {
    int32_t block, version, samples, fft_length, filters, cepstra, window, shift, wrap;
    float emphasis, noise_floor_db, frame_seconds, stride_seconds, rate_hz;
  };
  static constexpr const char* kName = "audio_features_f32";
  static constexpr SlotNames kSlots = {{"window"}, {"cosines", "wide_cosines", "edges", "cepstrum"}, {}, {"features"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("block", p.block);
    visit("version", p.version);
    visit("samples", p.samples);
    visit("fft_length", p.fft_length);
    visit("filters", p.filters);
    visit("cepstra", p.cepstra);
    visit("window", p.window);
    visit("shift", p.shift);
    visit("wrap", p.wrap);
    visit("emphasis", p.emphasis);
    visit("noise_floor_db", p.noise_floor_db);
    visit("frame_seconds", p.frame_seconds);
    visit("stride_seconds", p.stride_seconds);
    visit("rate_hz", p.rate_hz);
  }
  /// Frequencies of the bank do not matter here: its edges are a constant.
  static Status plan_of(const Params& p, real::AudioPlan* plan) {
    real::AudioParams given = {};
    given.block = static_cast<real::AudioBlock>(p.block);
    given.version = p.version;
    given.samples = p.samples;
    given.fft_length = p.fft_length;
    given.filters = p.filters;
    given.cepstra = p.cepstra;
    given.window = p.window;
    given.shift = p.shift;
    given.wrap = p.wrap != 0;
    given.emphasis = p.emphasis;
    given.noise_floor_db = p.noise_floor_db;
    given.frame_seconds = p.frame_seconds;
    given.stride_seconds = p.stride_seconds;
    given.rate_hz = p.rate_hz;
    return real::audio_plan(given, plan);
  }
  static Status check(const Params& p) {
    constexpr int32_t kMaxFilters = 1024;
    real::AudioPlan plan;
    if (p.filters < 0 || p.filters > kMaxFilters) return Status::kBadParameter;
    const Status status = plan_of(p, &plan);
    if (status != Status::kOk) return status;
    return p.samples > kMaxWindowValues ? Status::kBadShape : Status::kOk;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    real::AudioPlan plan;
    if (plan_of(p, &plan) != Status::kOk) return l;
    l.inputs[0] = float_bytes(p.samples);
    l.constants[0] = float_bytes(p.fft_length / 4 + 1);
    l.constants[1] = 2 * float_bytes(p.fft_length / 4 + 1);
    l.constants[2] = float_bytes(p.filters + 2);
    l.constants[3] = float_bytes(p.filters + 1);
    l.outputs[0] = float_bytes(int64_t{plan.frames} * plan.columns);
    l.scratch = real::audio_scratch_bytes(plan);
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    const int32_t* const edges = as<int32_t>(constants[2]);
    if (p.filters == 0) return Status::kOk;
    for (int32_t i = 0; i < p.filters + 2; ++i) {
      if (edges[i] < (i > 0 ? edges[i - 1] : 0) || edges[i] > p.fft_length / 2) return Status::kBadParameter;
    }
    return Status::kOk;
  }
  static void run(const Params& p, const Operands& o) {
    real::AudioPlan plan;
    if (plan_of(p, &plan) != Status::kOk) return;
    const real::AudioTables tables = {as<float>(o.constants[0]), as<double>(o.constants[1]),
                                      as<int32_t>(o.constants[2]), as<float>(o.constants[3])};
    real::audio_features(plan, tables, as<float>(o.inputs[0]), o.scratch, as<float>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_FEATURES_AUDIO_HPP_
