// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx512.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx512() {
  static constexpr Kernels kernels = level_kernels<Avx512>();
  return kernels;
}

}  // namespace edgetwin::host::simd
