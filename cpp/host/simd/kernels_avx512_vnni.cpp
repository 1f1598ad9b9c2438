// Compiled with this level's flags: see CMakeLists.txt.
#include "host/simd/level_kernels.hpp"
#include "host/simd/vec_avx512.hpp"
#include "host/simd/vec_avx512_vnni.hpp"

namespace edgetwin::host::simd {

const Kernels& kernels_avx512_vnni() {
  static constexpr Kernels words = product_kernels<Avx512>();
  static constexpr Kernels kernels = with_words(level_kernels<Avx512Vnni>(), &words);
  return kernels;
}

}  // namespace edgetwin::host::simd
