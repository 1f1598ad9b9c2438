// Compiled with this level's flags: see CMakeLists.txt.
#include <xsimd/xsimd.hpp>

#include "host/training/level_kernels.hpp"

namespace edgetwin::host::training {
namespace {

struct Vectors {
  using Batch = xsimd::batch<float>;
  static constexpr int kRegisters = 16;
  [[gnu::always_inline]] static Batch fused(const Batch& a, const Batch& b, const Batch& c) {
    return xsimd::fma(a, b, c);
  }
};

}  // namespace

const Kernels& training_avx2() {
  static constexpr Kernels kernels = level_kernels<Vectors>();
  return kernels;
}

}  // namespace edgetwin::host::training
