// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/lanes.hpp"

namespace edgetwin::host::signal {

const Kernels& kernels_avx512() {
  static constexpr Kernels kernels = level_kernels<xsimd::batch<float>>();
  return kernels;
}

}  // namespace edgetwin::host::signal
