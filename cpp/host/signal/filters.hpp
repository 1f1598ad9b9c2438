// Recursive filters and resampling of many channels, with the device core's bits: every lane of a vector computes what
// the core computes for one channel of one recording, or for one of many outputs.
#ifndef EDGETWIN_HOST_SIGNAL_FILTERS_HPP_
#define EDGETWIN_HOST_SIGNAL_FILTERS_HPP_

#include <cstdint>

#include "edgetwin/biquad.hpp"
#include "edgetwin/resample.hpp"
#include "edgetwin/state_variable.hpp"
#include "host/level.hpp"

namespace edgetwin::host::signal {

/// Recordings of one length: values are [recordings, samples, channels].
struct Recordings {
  int64_t count, samples, channels;
};

/// Filters rows [first, end) in place: row r is channel r % channels of recording r / channels.
template <class Section>
struct CascadeRows {
  const Section* sections;
  int32_t count;
  Recordings recordings;
  float* values;
  float* state;  ///< [recordings, channels, 2 * count]
  int64_t first, end;
};

/// Outputs of one channel from values whose places modulo `down` are the planes' numbers: outputs `up` after one
/// another need values that lie side by side, and the same taps.
struct ResampleRow {
  const float* taps;      ///< [depth] of the outputs' phase
  const int64_t* places;  ///< [depth] in `planes`: what the first output multiplies them with
  int32_t depth;
  const float* planes;  ///< readable up to a vector's values behind the last output's
  int64_t count;        ///< of outputs
  float* output;
  int64_t step;  ///< floats from one output to the next
};

/// A level's code.
struct FilterKernels {
  int32_t lanes;
  void (*direct)(const CascadeRows<real::Section>&);
  void (*state_variable)(const CascadeRows<real::StateVariableSection>&);
  void (*resample)(const ResampleRow&);  ///< null where the core's own steps are as fast
};

/// Each in a file of its own, compiled with the level's flags.
[[nodiscard]] const FilterKernels& filters_baseline();
[[nodiscard]] const FilterKernels& filters_avx2();
[[nodiscard]] const FilterKernels& filters_avx512();
[[nodiscard]] const FilterKernels& filters_neon();

/// Filters values in place and moves the state on, on at most `threads` threads.
void run_cascade(const real::Section* sections, int32_t count, const Recordings& recordings, float* values,
                 float* state, Level level, int threads);
void run_cascade(const real::StateVariableSection* sections, int32_t count, const Recordings& recordings, float* values,
                 float* state, Level level, int threads);

/// A resampler's next samples, which move its state on.
struct Resampling {
  real::ResampleParams params;  ///< its channels are the recordings'
  const float* taps;            ///< [up * taps_per_phase]
  real::ResampleState state;    ///< of all recordings; 0 <= newest < taps_per_phase, 0 <= ahead < up + down
  float* history;               ///< [recordings, taps_per_phase, channels]
};

/// How many outputs the next `samples` samples make.
[[nodiscard]] int64_t outputs_of(const Resampling& resampling, int64_t samples);

/// values  [recordings, samples, channels]
/// output  [recordings, outputs_of(), channels]
void run_resampling(Resampling& resampling, const Recordings& recordings, const float* values, float* output,
                    Level level, int threads);

}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_FILTERS_HPP_
