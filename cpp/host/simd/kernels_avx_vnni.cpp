// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx_vnni.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx_vnni() {
  static const Kernels kernels = kernels_beside<AvxVnni>(kernels_avx2());
  return kernels;
}

}  // namespace edgetwin::host::simd
