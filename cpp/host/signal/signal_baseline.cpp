// The device core itself, one row at a time: what every other level must equal.
#include "host/signal/audio_frames.hpp"
#include "host/signal/rows.hpp"

namespace edgetwin::host::signal {

const Kernels& kernels_baseline() {
  static constexpr Kernels kernels = level_kernels<float>();
  return kernels;
}

const AudioKernels& audio_baseline() {
  static constexpr AudioKernels kernels = level_audio<float, double>();
  return kernels;
}

}  // namespace edgetwin::host::signal
