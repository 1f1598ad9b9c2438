// The kernels of a level, as a table. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_
#define EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_

#include "host/training/gemm.hpp"

namespace edgetwin::host::training {
namespace {

/// V has Batch, a vector of floats as xsimd's, fused(a, b, c) = a * b + c of them, and kRegisters. It is local to its
/// file, and so is what is instantiated with it.
template <class V>
constexpr Kernels level_kernels() {
  Kernels kernels = {};
  kernels.gemm = &gemm<V>;
  return kernels;
}

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_
