// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx2.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx2() {
  static constexpr Kernels kernels = level_kernels<Avx2>();
  return kernels;
}

}  // namespace edgetwin::host::simd
