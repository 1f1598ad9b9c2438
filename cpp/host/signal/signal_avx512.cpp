// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/audio_lanes.hpp"
#include "host/signal/lanes.hpp"
#include "host/signal/rows.hpp"
#include "host/signal/square_512.hpp"

namespace edgetwin::host::signal {

const Kernels& kernels_avx512() {
  static constexpr Kernels kernels = level_kernels<xsimd::batch<float>>();
  return kernels;
}

const AudioKernels& audio_avx512() {
  static constexpr AudioKernels kernels = level_audio<xsimd::batch<float>, xsimd::batch<double>>();
  return kernels;
}

}  // namespace edgetwin::host::signal
