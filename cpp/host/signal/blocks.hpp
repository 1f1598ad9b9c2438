// Feature blocks over batches of windows: one row is one axis of one window, and every lane of a vector works on a row
// of its own with the device core's code, so that the features have the device's bits.
#ifndef EDGETWIN_HOST_SIGNAL_BLOCKS_HPP_
#define EDGETWIN_HOST_SIGNAL_BLOCKS_HPP_

#include <cstdint>

#include "edgetwin/features_flatten.hpp"
#include "edgetwin/features_spectral.hpp"
#include "host/level.hpp"

namespace edgetwin::host::signal {

/// Rows [first, end) of a batch. Row r is axis r % axes of window r / axes.
struct Rows {
  const float* windows;  ///< [windows, samples, axes]
  float* features;       ///< [windows, axes * (count + low_count)]
  int64_t first, end;
  int32_t samples, axes;
  float* memory;  ///< aligned to 64 bytes, memory_floats() of the block
};

// A block says how many features an axis has, how many values it needs beside those of the axis, and how to compute
// them. Features of low frequencies follow those of all axes.

struct SpectralBlock {
  real::SpectralPlan plan;
  const float* cosines;

  [[nodiscard]] int32_t count() const { return plan.count; }
  [[nodiscard]] int32_t low_count() const { return plan.low_count; }
  [[nodiscard]] int32_t scratch() const { return real::spectral_scratch(plan); }
  template <class Real>
  void run(Real* values, Real* scratch, Real* features, Real* low_features) const {
    real::spectral_axis(plan, cosines, values, scratch, features, low_features);
  }
};

struct FlattenBlock {
  real::FlattenParams params;

  [[nodiscard]] int32_t count() const { return real::flatten_count(params); }
  [[nodiscard]] int32_t low_count() const { return 0; }
  [[nodiscard]] int32_t scratch() const { return 0; }
  template <class Real>
  void run(Real* values, Real*, Real* features, Real*) const {
    real::flatten_axis(params, values, features);
  }
};

/// A level's code for a block.
template <class Block>
struct BlockKernels {
  void (*rows)(const Block&, const Rows&);
  /// The same for rows that are all of some windows, of `lanes` windows or a multiple of that.
  void (*windows)(const Block&, const Rows&);
};

/// A level's code for every block.
struct Kernels {
  int32_t lanes;
  BlockKernels<SpectralBlock> spectral;
  BlockKernels<FlattenBlock> flatten;
};

/// Each in a file of its own, compiled with the level's flags.
[[nodiscard]] const Kernels& kernels_baseline();
[[nodiscard]] const Kernels& kernels_avx2();
[[nodiscard]] const Kernels& kernels_avx512();
[[nodiscard]] const Kernels& kernels_neon();

/// The features of `windows` windows of `samples` x `axes` values at a level, on at most `threads` threads.
void run_block(const SpectralBlock& block, const float* windows, int64_t count, int32_t samples, int32_t axes,
               float* features, Level level, int threads);
void run_block(const FlattenBlock& block, const float* windows, int64_t count, int32_t samples, int32_t axes,
               float* features, Level level, int threads);

/// Whether no value is NaN or infinite.
[[nodiscard]] bool all_finite(const float* values, int64_t count);

/// cos(2 pi k / n) of the core's own table; null where n is no length of a transform.
[[nodiscard]] const float* cosines_of(int32_t n);

}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_BLOCKS_HPP_
