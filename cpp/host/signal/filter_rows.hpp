// A level's code for filters and resampling. A template over the level's vectors.
#ifndef EDGETWIN_HOST_SIGNAL_FILTER_ROWS_HPP_
#define EDGETWIN_HOST_SIGNAL_FILTER_ROWS_HPP_

#include <type_traits>

#include "host/signal/filters.hpp"

namespace edgetwin::host::signal {
namespace {

/// A vector from neighbours in memory, and back.
template <class Real>
[[gnu::always_inline]] inline Real loaded(const float* values) {
  if constexpr (std::is_same_v<Real, float>)
    return *values;
  else
    return Real::load_unaligned(values);
}

template <class Real>
[[gnu::always_inline]] inline void stored(const Real& lanes, float* values) {
  if constexpr (std::is_same_v<Real, float>)
    *values = lanes;
  else
    lanes.store_unaligned(values);
}

/// Values of one lane each: `live` of them, and those behind repeat the last one, so that all are ordinary numbers.
template <class Real>
struct Scattered {
  static constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  float* places[kLanes];
  int32_t live;

  [[gnu::always_inline]] Real load(int64_t offset) const {
    float values[kLanes];
    for (int32_t lane = 0; lane < kLanes; ++lane) values[lane] = places[lane][offset];
    return loaded<Real>(values);
  }
  [[gnu::always_inline]] void store(const Real& lanes, int64_t offset) const {
    float values[kLanes];
    stored(lanes, values);
    for (int32_t lane = 0; lane < live; ++lane) places[lane][offset] = values[lane];
  }
};

template <class Real, class Section>
void cascade_rows(const CascadeRows<Section>& rows) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  const int64_t channels = rows.recordings.channels, samples = rows.recordings.samples;
  for (int64_t row = rows.first; row < rows.end; row += kLanes) {
    const int64_t left = rows.end - row;
    Scattered<Real> values, memory;
    values.live = memory.live = static_cast<int32_t>(left < kLanes ? left : kLanes);
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      const int64_t r = row + (lane < values.live ? lane : values.live - 1);
      values.places[lane] = rows.values + r / channels * samples * channels + r % channels;
      memory.places[lane] = rows.state + r * 2 * rows.count;
    }
    Real state[2 * real::kMaxSections];
    for (int32_t k = 0; k < 2 * rows.count; ++k) state[k] = memory.load(k);
    if (values.live == kLanes && row % channels + kLanes <= channels) {
      float* place = values.places[0];
      for (int64_t i = 0; i < samples; ++i, place += channels) {
        stored(real::cascade_step(rows.sections, rows.count, state, loaded<Real>(place)), place);
      }
    } else {
      for (int64_t i = 0; i < samples; ++i) {
        values.store(real::cascade_step(rows.sections, rows.count, state, values.load(i * channels)), i * channels);
      }
    }
    for (int32_t k = 0; k < 2 * rows.count; ++k) memory.store(state[k], k);
  }
}

/// Sums go over the taps in the core's order, however many outputs are made side by side.
template <class Real, int32_t vectors>
[[gnu::always_inline]] inline void resample_vectors(const ResampleRow& row, int64_t first) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  Real sums[vectors];
  for (Real& sum : sums) sum = Real(0.0F);
  for (int32_t k = 0; k < row.depth; ++k) {
    const Real tap(row.taps[k]);
    const float* const past = row.planes + row.places[k] + first;
    for (int32_t v = 0; v < vectors; ++v) {
      sums[v] = sums[v] + real::product(tap, loaded<Real>(past + v * kLanes));
    }
  }
  float made[vectors * kLanes];
  for (int32_t v = 0; v < vectors; ++v) stored(sums[v], made + v * kLanes);
  const int64_t left = row.count - first, live = left < vectors * kLanes ? left : vectors * kLanes;
  for (int64_t i = 0; i < live; ++i) row.output[(first + i) * row.step] = made[i];
}

template <class Real>
void resample_row(const ResampleRow& row) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount, kVectors = 4;
  int64_t first = 0;
  for (; first + kVectors * kLanes <= row.count; first += kVectors * kLanes) {
    resample_vectors<Real, kVectors>(row, first);
  }
  for (; first < row.count; first += kLanes) resample_vectors<Real, 1>(row, first);
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_FILTER_ROWS_HPP_
