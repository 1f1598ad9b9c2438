// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_neon.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_neon() {
  static constexpr Kernels kernels = level_kernels<Neon>();
  return kernels;
}

}  // namespace edgetwin::host::simd
