// How vectors of floats are filled from memory and emptied. Templates over a level's vectors; what follows is float's.
#ifndef EDGETWIN_HOST_SIGNAL_TRANSFER_HPP_
#define EDGETWIN_HOST_SIGNAL_TRANSFER_HPP_

#include <cstdint>

#include "edgetwin/real.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::signal {
namespace {

/// Loads, stores and turned squares; lanes.hpp has those of vectors.
template <class Real>
struct Transfer;

template <>
struct Transfer<float> {
  static float gathered(const float* first, const int32_t* offsets) { return first[offsets[0]]; }
  static float load(const float* values) { return *values; }
  static void store(float value, float* target) { *target = value; }
  /// Lane i of vector k becomes lane k of vector i, of as many vectors as one has lanes.
  static void turn(float*) {}
};

/// Calls put(i, vector of every row's value i) for i = 0 .. count - 1, for some i twice. Squares of neighbours, turned,
/// are several times as fast as gathering.
/// row  the address of a lane's first value
template <class Real, class Row, class Put>
[[gnu::always_inline]] inline void read_rows(int32_t count, const Row& row, const Put& put) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  if (count < kLanes) {
    for (int32_t i = 0; i < count; ++i) {
      float lanes[kLanes];
      for (int32_t lane = 0; lane < kLanes; ++lane) lanes[lane] = row(lane)[i];
      put(i, Transfer<Real>::load(lanes));
    }
    return;
  }
  for (int32_t i = 0; i < count; i += kLanes) {
    const int32_t first = i + kLanes <= count ? i : count - kLanes;
    Real square[kLanes];
    simd::unroll<kLanes>([&](auto lane) { square[lane] = Transfer<Real>::load(row(lane) + first); });
    Transfer<Real>::turn(square);
    simd::unroll<kLanes>([&](auto k) { put(first + k, square[k]); });
  }
}

/// Lane i of every column to row(i), for the first `rows` lanes.
template <class Real, class Row>
[[gnu::always_inline]] inline void write_rows(const Real* columns, int32_t count, int32_t rows, const Row& row) {
  constexpr int32_t kLanes = real::Lanes<Real>::kCount;
  if (count < kLanes) {
    for (int32_t i = 0; i < count; ++i) {
      float lanes[kLanes];
      Transfer<Real>::store(columns[i], lanes);
      for (int32_t lane = 0; lane < rows; ++lane) row(lane)[i] = lanes[lane];
    }
    return;
  }
  for (int32_t i = 0; i < count; i += kLanes) {
    const int32_t first = i + kLanes <= count ? i : count - kLanes;
    Real square[kLanes];
    simd::unroll<kLanes>([&](auto k) { square[k] = columns[first + k]; });
    Transfer<Real>::turn(square);
    simd::unroll<kLanes>([&](auto lane) {
      if (lane < rows) Transfer<Real>::store(square[lane], row(lane) + first);
    });
  }
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_TRANSFER_HPP_
