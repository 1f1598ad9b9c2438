// A level's kernels: rows gathered into lanes, a block's code, features scattered. A template over the level's vectors.
#ifndef EDGETWIN_HOST_SIGNAL_ROWS_HPP_
#define EDGETWIN_HOST_SIGNAL_ROWS_HPP_

#include "host/signal/blocks.hpp"
#include "host/signal/transfer.hpp"

namespace edgetwin::host::signal {
namespace {

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
    block.template run<Real>(values, scratch, features, features + count);
    for (int32_t k = 0; k < count + low_count; ++k) {
      float lanes[kLanes];
      Transfer<Real>::store(features[k], lanes);
      for (int32_t lane = 0; lane < kLanes && row + lane < rows.end; ++lane) {
        (k < count ? targets[lane][k] : low_targets[lane][k - count]) = lanes[lane];
      }
    }
  }
}

/// Whole windows, as many as a vector has lanes: each lane has one of its own, and the axes come one after another.
template <class Real, class Block>
void run_windows(const Block& block, const Rows& rows) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  const int32_t axes = rows.axes, samples = rows.samples, size = samples * axes;
  const int32_t count = block.count(), low_count = block.low_count(), window_features = axes * (count + low_count);
  Real* const values = reinterpret_cast<Real*>(rows.memory);
  Real* const scratch = values + size;
  Real* const features = scratch + block.scratch();
  int32_t* const places = reinterpret_cast<int32_t*>(features + window_features);
  for (int32_t i = 0; i < size; ++i) places[i] = i % axes * samples + i / axes;
  for (int64_t window = rows.first / axes; window < rows.end / axes; window += kLanes) {
    const float* const from = rows.windows + window * size;
    float* const to = rows.features + window * window_features;
    read_rows<Real>(
        size, [&](int32_t lane) { return from + int64_t{lane} * size; },
        [&](int32_t i, Real value) { values[places[i]] = value; });
    for (int32_t axis = 0; axis < axes; ++axis) {
      block.template run<Real>(values + axis * samples, scratch, features + axis * count,
                               features + axes * count + axis * low_count);
    }
    write_rows(features, window_features, kLanes, [&](int32_t lane) { return to + int64_t{lane} * window_features; });
  }
}

template <class Real>
[[nodiscard]] constexpr Kernels level_kernels() {
  return {real::Lanes<Real>::kCount,
          {run_rows<Real, SpectralBlock>, run_windows<Real, SpectralBlock>},
          {run_rows<Real, FlattenBlock>, run_windows<Real, FlattenBlock>}};
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_ROWS_HPP_
