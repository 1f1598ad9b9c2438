// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx2.hpp"
#include "host/simd/vec_avx_vnni.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx_vnni() {
  static constexpr Kernels words = product_kernels<Avx2>();
  static constexpr Kernels kernels = with_words(level_kernels<AvxVnni>(), &words);
  return kernels;
}

}  // namespace edgetwin::host::simd
