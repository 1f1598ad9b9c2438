// Compiled with this level's flags: see CMakeLists.txt.
#include "host/training/level_kernels.hpp"
#include "host/training/xsimd_lanes.hpp"

namespace edgetwin::host::training {
namespace {

struct Avx512Lanes : XsimdLanes<32> {
  [[gnu::always_inline]] static Batch load_part(const float* place, int64_t count) {
    return _mm512_maskz_loadu_ps(first(count), place);
  }
  [[gnu::always_inline]] static void store_part(const Batch& x, float* place, int64_t count) {
    _mm512_mask_storeu_ps(place, first(count), x);
  }

 private:
  [[gnu::always_inline]] static __mmask16 first(int64_t count) { return static_cast<__mmask16>((1U << count) - 1); }
};

}  // namespace

const Kernels& training_avx512() {
  static constexpr Kernels kernels = level_kernels<Avx512Lanes>();
  return kernels;
}

}  // namespace edgetwin::host::training
