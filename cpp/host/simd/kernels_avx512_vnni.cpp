// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx512_vnni.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx512_vnni() {
  static const Kernels kernels = kernels_beside<Avx512Vnni>(kernels_avx512());
  return kernels;
}

}  // namespace edgetwin::host::simd
