// Compiled with this level's flags: see CMakeLists.txt.
#include <cstring>

#include "host/training/level_kernels.hpp"
#include "host/training/xsimd_lanes.hpp"

namespace edgetwin::host::training {
namespace {

struct NeonLanes : XsimdLanes<32> {
  [[gnu::always_inline]] static Batch load_part(const float* place, int64_t count) {
    alignas(16) float whole[Batch::size] = {};
    std::memcpy(whole, place, static_cast<size_t>(count) * sizeof(float));
    return Batch::load_aligned(whole);
  }
  [[gnu::always_inline]] static void store_part(const Batch& x, float* place, int64_t count) {
    alignas(16) float whole[Batch::size];
    x.store_aligned(whole);
    std::memcpy(place, whole, static_cast<size_t>(count) * sizeof(float));
  }
};

}  // namespace

const Kernels& training_neon() {
  static constexpr Kernels kernels = level_kernels<NeonLanes>();
  return kernels;
}

}  // namespace edgetwin::host::training
