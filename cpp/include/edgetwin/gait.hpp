// Strides of a foot-worn inertial sensor, sample by sample: the causal form of the ML@E2dge gait pipeline.
//
// normalise by range -> resample -> low-pass -> mid-swing arms, the next trough of -Gx below 0 is an initial contact
// -> drop false contacts -> cut strides -> zero-pad. What is later in the chain lags behind: times are those of the
// resampled signal, and the filters' delay is the same for both ends of a stride.
#ifndef EDGETWIN_GAIT_HPP_
#define EDGETWIN_GAIT_HPP_

#include "edgetwin/biquad.hpp"
#include "edgetwin/resample.hpp"

namespace edgetwin::real {

/// Gx, Gy, Gz, Ax, Ay, Az.
constexpr int32_t kGaitChannels = 6;

struct GaitParams {
  float gyroscope_range;      ///< > 0; what Gx, Gy, Gz are divided by
  float accelerometer_range;  ///< > 0; what Ax, Ay, Az are divided by
  float threshold;            ///< >= 0; the sample after a peak of -Gx must be above it
  float false_contact;        ///< [0, 1]; a contact nearer to the one before than this part of the mean stride is false
  int32_t mean_strides;       ///< >= 1; strides that the running mean remembers
  int32_t window;             ///< >= 1; samples of a window
  int32_t up, down;           ///< as in ResampleParams; up <= down
  int32_t taps_per_phase;     ///< as in ResampleParams
  int32_t sections;           ///< [1, kMaxSections]; of the low-pass
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_gait_fields(Params& p, Visitor&& visit) {
  visit("gyroscope_range", p.gyroscope_range);
  visit("accelerometer_range", p.accelerometer_range);
  visit("threshold", p.threshold);
  visit("false_contact", p.false_contact);
  visit("mean_strides", p.mean_strides);
  visit("window", p.window);
  visit("up", p.up);
  visit("down", p.down);
  visit("taps_per_phase", p.taps_per_phase);
  visit("sections", p.sections);
}

[[nodiscard]] constexpr ResampleParams gait_resampling(const GaitParams& p) {
  return {p.up, p.down, p.taps_per_phase, kGaitChannels};
}

[[nodiscard]] constexpr Status gait_check(const GaitParams& p) {
  if (!(p.gyroscope_range > 0.0F) || !(p.accelerometer_range > 0.0F)) return Status::kBadParameter;
  if (!(p.threshold >= 0.0F) || !(p.false_contact >= 0.0F && p.false_contact <= 1.0F)) return Status::kBadParameter;
  if (p.mean_strides < 1 || p.sections < 1 || p.sections > kMaxSections) return Status::kBadParameter;
  if (!fits_int32(p.window, kGaitChannels, 4)) return Status::kBadShape;
  if (p.up > p.down) return Status::kBadParameter;
  return resample_check(gait_resampling(p));
}

/// What does not change while samples come.
struct GaitTables {
  const float* taps;        ///< [up * taps_per_phase], see resample_step
  const Section* sections;  ///< [sections]
};

/// The caller's memory, zeros at the start.
struct GaitMemory {
  float* history;  ///< [taps_per_phase, 6]
  float* filter;   ///< [6, 2 * sections]
  float* window;   ///< [window, 6]
};

/// Zeros at the start. Nothing but 32-bit fields: the same bytes on every core.
struct GaitState {
  ResampleState resampling;
  float last[kGaitChannels];    ///< the sample before the newest one
  float before[kGaitChannels];  ///< the one before that
  int32_t seen;                 ///< samples of these two that there are, up to 2
  int32_t armed;                ///< a mid-swing has been seen since the last contact
  int32_t walking;              ///< a stride is being cut
  int32_t events;               ///< 0 before the first contact, false ones included
  int32_t since_event;          ///< samples since the last of these, saturated
  int32_t length;               ///< samples of the stride being cut, saturated
  int32_t strides;              ///< in the running mean, up to mean_strides
  float mean;                   ///< of their lengths
  uint32_t sample;              ///< resampled ones so far, modulo 2^32
};

/// A stride that has ended.
struct GaitStride {
  uint32_t end;    ///< the sample of its last contact, which belongs to the next stride; modulo 2^32
  int32_t length;  ///< samples; above `window`, only its beginning was kept
};

namespace detail {

constexpr int32_t kGaitLongest = kInt32Max;

/// The mean of the last strides. One that is longer than the window is a pause.
inline void gait_update_mean(const GaitParams& p, GaitState& state) {
  if (state.length > p.window) return;
  if (state.strides < p.mean_strides) ++state.strides;
  const float length = static_cast<float>(state.length);
  state.mean = state.mean + (length - state.mean) / static_cast<float>(state.strides);
}

/// A contact at the sample before the newest one. True where a stride ends there.
inline bool gait_contact(const GaitParams& p, const GaitMemory& memory, GaitState& state, GaitStride* stride) {
  const bool is_false = state.events != 0 && state.strides != 0 &&
                        !(static_cast<float>(state.since_event) > product(p.false_contact, state.mean));
  // The neighbour in the list counts, though it be false itself: as published.
  state.events = 1;
  state.since_event = 0;
  if (is_false) return false;
  const bool ended = state.walking != 0;
  if (ended) {
    const int32_t kept = min_of(state.length, p.window);
    for (int32_t i = kept * kGaitChannels; i < p.window * kGaitChannels; ++i) memory.window[i] = 0.0F;
    *stride = {state.sample - 1, state.length};
    gait_update_mean(p, state);
  }
  state.walking = 1;
  state.length = 0;
  return ended;
}

}  // namespace detail

/// One filtered sample, [6]. True where it shows that a stride has ended, which `memory.window` then holds until the
/// next call: [window, 6], zeros behind its end. `p` passed gait_check.
[[nodiscard]] inline bool gait_cut(const GaitParams& p, const GaitMemory& memory, GaitState& state,
                                   const float* filtered, GaitStride* stride) {
  // A contact is seen one sample late. The window waits another one, so that its reader sees it whole.
  if (state.walking != 0 && state.seen == 2) {
    if (state.length < p.window) {
      float* const row = memory.window + state.length * kGaitChannels;
      for (int32_t c = 0; c < kGaitChannels; ++c) row[c] = state.before[c];
    }
    if (state.length < detail::kGaitLongest) ++state.length;
  }
  if (state.since_event < detail::kGaitLongest) ++state.since_event;
  bool ended = false;
  if (state.seen == 2) {
    const float before = -state.before[0], last = -state.last[0], now = -filtered[0];
    if (before < last && now < last && now > p.threshold) {
      state.armed = 1;
    } else if (state.armed != 0 && before > last && now > last && now < 0.0F) {
      state.armed = 0;
      ended = detail::gait_contact(p, memory, state, stride);
    }
  } else {
    ++state.seen;
  }
  for (int32_t c = 0; c < kGaitChannels; ++c) {
    state.before[c] = state.last[c];
    state.last[c] = filtered[c];
  }
  ++state.sample;
  return ended;
}

/// What a raw sample led to.
struct GaitEvent {
  bool resampled;  ///< there is a new sample at the resampled rate
  bool ended;      ///< a stride has ended, see gait_cut
};

/// One raw sample: Gx, Gy, Gz, Ax, Ay, Az in the units of the ranges.
///
/// raw                  [6]
/// resampled, filtered  [6] each; not touched where no sample comes out
/// `p` passed gait_check.
[[nodiscard]] inline GaitEvent gait_step(const GaitParams& p, const GaitTables& tables, const GaitMemory& memory,
                                         GaitState& state, const float* raw, float* resampled, float* filtered,
                                         GaitStride* stride) {
  float normalised[kGaitChannels];
  for (int32_t c = 0; c < kGaitChannels; ++c) {
    normalised[c] = raw[c] / (c < 3 ? p.gyroscope_range : p.accelerometer_range);
  }
  const ResampleParams resampling = gait_resampling(p);
  if (!resample_step(resampling, tables.taps, state.resampling, memory.history, normalised, resampled)) {
    return {false, false};
  }
  for (int32_t c = 0; c < kGaitChannels; ++c) {
    float* const section_state = memory.filter + c * 2 * p.sections;
    filtered[c] = cascade_step(tables.sections, p.sections, section_state, resampled[c]);
  }
  return {true, gait_cut(p, memory, state, filtered, stride)};
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_GAIT_HPP_
