#ifndef EDGETWIN_CALLS_FEATURES_HPP_
#define EDGETWIN_CALLS_FEATURES_HPP_

#include "edgetwin/features_flatten.hpp"
#include "edgetwin/features_image.hpp"
#include "edgetwin/features_spectral.hpp"
#include "signal_math.hpp"

namespace edgetwin::calls {

/// Windows of more values have positions that int32 does not hold.
constexpr int64_t kMaxWindowValues = int64_t{1} << 24;

/// spectral_analysis() of one window.
struct SpectralAnalysisF32 {
  struct Params {
    int32_t version, samples, axes, fft_length, decimation, filter, filter_order, overlap, logarithm, low_frequencies;
    float scale, cutoff_hz, rate_hz;
  };
  static constexpr const char* kName = "spectral_analysis_f32";
  static constexpr SlotNames kSlots = {{"window"}, {"cosines"}, {}, {"features"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("version", p.version);
    visit("samples", p.samples);
    visit("axes", p.axes);
    visit("fft_length", p.fft_length);
    visit("decimation", p.decimation);
    visit("filter", p.filter);
    visit("filter_order", p.filter_order);
    visit("overlap", p.overlap);
    visit("logarithm", p.logarithm);
    visit("low_frequencies", p.low_frequencies);
    visit("scale", p.scale);
    visit("cutoff_hz", p.cutoff_hz);
    visit("rate_hz", p.rate_hz);
  }
  static Status plan_of(const Params& p, real::SpectralPlan* plan) {
    const auto filter = static_cast<real::SpectralFilter>(p.filter);
    return real::spectral_plan(
        {p.version, p.samples, p.axes, p.fft_length, p.decimation, filter, p.filter_order, p.overlap != 0,
         p.logarithm != 0, p.low_frequencies != 0, p.scale, p.cutoff_hz, p.rate_hz},
        plan);
  }
  static Status check(const Params& p) {
    real::SpectralPlan plan;
    const Status status = plan_of(p, &plan);
    if (status != Status::kOk) return status;
    return int64_t{p.samples} * p.axes > kMaxWindowValues ? Status::kBadShape : Status::kOk;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    real::SpectralPlan plan;
    if (plan_of(p, &plan) != Status::kOk) return l;
    l.inputs[0] = float_bytes(int64_t{p.samples} * p.axes);
    l.constants[0] = float_bytes(p.fft_length / 4 + 1);
    l.outputs[0] = float_bytes(int64_t{p.axes} * (plan.count + plan.low_count));
    l.scratch = float_bytes(int64_t{p.samples} + real::spectral_scratch(plan));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    real::SpectralPlan plan;
    if (plan_of(p, &plan) != Status::kOk) return;
    real::spectral_analysis(plan, as<float>(o.constants[0]), as<float>(o.inputs[0]), as<float>(o.scratch),
                            as<float>(o.outputs[0]));
  }
};

/// flatten() of one window.
struct FlattenF32 {
  using Params = real::FlattenParams;
  static constexpr const char* kName = "flatten_f32";
  static constexpr SlotNames kSlots = {{"window"}, {}, {}, {"features"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("samples", p.samples);
    visit("axes", p.axes);
    visit("statistics", p.statistics);
    visit("scale", p.scale);
  }
  static Status check(const Params& p) {
    if (p.statistics < 1 || p.statistics > 127) return Status::kBadParameter;
    const bool fits = p.samples >= 1 && p.axes >= 1 && int64_t{p.samples} * p.axes <= kMaxWindowValues;
    return fits ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = float_bytes(int64_t{p.samples} * p.axes);
    l.outputs[0] = float_bytes(int64_t{p.axes} * real::flatten_count(p));
    l.scratch = float_bytes(p.samples);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    real::flatten(p, as<float>(o.inputs[0]), as<float>(o.scratch), as<float>(o.outputs[0]));
  }
};

/// The raw block: values times a scale.
struct RawF32 {
  struct Params {
    int32_t size;
    float scale;
  };
  static constexpr const char* kName = "raw_f32";
  static constexpr SlotNames kSlots = {{"window"}, {}, {}, {"features"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("size", p.size);
    visit("scale", p.scale);
  }
  static Status check(const Params& p) { return p.size < 1 ? Status::kBadShape : Status::kOk; }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = float_bytes(p.size);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    real::raw_features(as<float>(o.inputs[0]), p.size, p.scale, as<float>(o.outputs[0]));
  }
};

/// The image block: pixels of three bytes to one or three values.
struct ImageF32 {
  struct Params {
    int32_t size;      ///< pixels
    int32_t channels;  ///< 1 or 3
  };
  static constexpr const char* kName = "image_f32";
  static constexpr SlotNames kSlots = {{"pixels"}, {}, {}, {"features"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("size", p.size);
    visit("channels", p.channels);
  }
  static Status check(const Params& p) {
    if (p.channels != 1 && p.channels != 3) return Status::kBadParameter;
    return p.size < 1 || p.size > kMaxWindowValues ? Status::kBadShape : Status::kOk;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = 3 * int64_t{p.size};
    l.outputs[0] = float_bytes(int64_t{p.channels} * p.size);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    const auto convert = p.channels == 1 ? real::grayscale_features : real::rgb_features;
    convert(as<uint8_t>(o.inputs[0]), p.size, as<float>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_FEATURES_HPP_
