// A level's kernels: rows gathered into lanes, a block's code, features scattered. A template over the level's vectors.
#ifndef EDGETWIN_HOST_SIGNAL_ROWS_HPP_
#define EDGETWIN_HOST_SIGNAL_ROWS_HPP_

#include "host/signal/blocks.hpp"

namespace edgetwin::host::signal {
namespace {

/// How vectors of floats are filled and emptied; see lanes.hpp.
template <class Real>
struct Transfer;

template <>
struct Transfer<float> {
  static float gathered(const float* first, const int32_t* offsets) { return first[offsets[0]]; }
  static void store(float value, float* target) { *target = value; }
};

template <class Real, class Block>
void run_rows(const Block& block, const Rows& rows) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  const int64_t window_values = int64_t{rows.samples} * rows.axes;
  const int32_t count = block.count(), low_count = block.low_count();
  const int64_t window_features = int64_t{rows.axes} * (count + low_count);
  Real* const values = reinterpret_cast<Real*>(rows.memory);
  Real* const scratch = values + rows.samples;
  Real* const features = scratch + block.scratch();
  for (int64_t row = rows.first; row < rows.end; row += kLanes) {
    const float* const base = rows.windows + row / rows.axes * window_values;
    int32_t offsets[kLanes];
    float *targets[kLanes], *low_targets[kLanes];
    int64_t window = 0;
    int32_t axis = static_cast<int32_t>(row % rows.axes);
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      offsets[lane] = static_cast<int32_t>(window * window_values + axis);
      targets[lane] = rows.features + (row / rows.axes + window) * window_features + axis * count;
      low_targets[lane] = targets[lane] + (rows.axes - axis) * count + axis * low_count;
      // Lanes behind the last row repeat it.
      if (row + lane + 1 < rows.end && ++axis == rows.axes) {
        axis = 0;
        ++window;
      }
    }
    for (int32_t i = 0; i < rows.samples; ++i) {
      values[i] = Transfer<Real>::gathered(base + int64_t{i} * rows.axes, offsets);
    }
    block.template run<Real>(values, scratch, features);
    for (int32_t k = 0; k < count + low_count; ++k) {
      float lanes[kLanes];
      Transfer<Real>::store(features[k], lanes);
      for (int32_t lane = 0; lane < kLanes && row + lane < rows.end; ++lane) {
        (k < count ? targets[lane][k] : low_targets[lane][k - count]) = lanes[lane];
      }
    }
  }
}

template <class Real>
[[nodiscard]] constexpr Kernels level_kernels() {
  return {real::Lanes<Real>::kCount, run_rows<Real, SpectralBlock>, run_rows<Real, FlattenBlock>};
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_ROWS_HPP_
