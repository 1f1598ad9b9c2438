// Compiled with this level's flags: see CMakeLists.txt.
#include "host/training/level_kernels.hpp"
#include "host/training/xsimd_lanes.hpp"

namespace edgetwin::host::training {
namespace {

struct Avx2Lanes : XsimdLanes<16> {
  [[gnu::always_inline]] static Batch load_part(const float* place, int64_t count) {
    return _mm256_maskload_ps(place, first(count));
  }
  [[gnu::always_inline]] static void store_part(const Batch& x, float* place, int64_t count) {
    _mm256_maskstore_ps(place, first(count), x);
  }

 private:
  [[gnu::always_inline]] static __m256i first(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace

const Kernels& training_avx2() {
  static constexpr Kernels kernels = level_kernels<Avx2Lanes>();
  return kernels;
}

}  // namespace edgetwin::host::training
