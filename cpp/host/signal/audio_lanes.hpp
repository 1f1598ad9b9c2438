// xsimd's vectors for the audio blocks; see lanes.hpp.
#ifndef EDGETWIN_HOST_SIGNAL_AUDIO_LANES_HPP_
#define EDGETWIN_HOST_SIGNAL_AUDIO_LANES_HPP_

#include "host/signal/audio_frames.hpp"
#include "host/signal/lanes.hpp"

namespace edgetwin::real {

template <class Arch>
struct Lanes<xsimd::batch<double, Arch>> {
  using Real = xsimd::batch<double, Arch>;
  static constexpr int32_t kCount = static_cast<int32_t>(Real::size);
  [[gnu::always_inline]] static Real product(const Real& a, const Real& b) { return a * b; }
  [[gnu::always_inline]] static Real kept(const Real& x) { return x; }
};

}  // namespace edgetwin::real

namespace edgetwin::host::signal {
namespace {

template <class Arch>
struct Widening<xsimd::batch<double, Arch>> {
  using Wide = xsimd::batch<double, Arch>;
  [[gnu::always_inline]] static Wide widened(const float* values) {
    double lanes[Wide::size];
    for (size_t i = 0; i < Wide::size; ++i) lanes[i] = static_cast<double>(values[i]);
    return Wide::load_unaligned(lanes);
  }
};

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_AUDIO_LANES_HPP_
