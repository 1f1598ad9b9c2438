// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_neon_dotprod.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_neon_dotprod() {
  static constexpr Kernels kernels = level_kernels<NeonDotprod>();
  return kernels;
}

}  // namespace edgetwin::host::simd
