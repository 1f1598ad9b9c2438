// The kernels of a level, as a table. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_
#define EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_

#include "host/training/element_kernels.hpp"
#include "host/training/gemm.hpp"

namespace edgetwin::host::training {
namespace {

/// V is what XsimdLanes is; it is local to its file, and so is what is instantiated with it.
template <class V>
constexpr Kernels level_kernels() {
  Kernels kernels = {};
  kernels.gemm = &gemm<V>;
  kernels.transpose = &transpose<V>;
  kernels.relu = &relu<V>;
  kernels.relu_gradient = &relu_gradient<V>;
  kernels.max_pool = &max_pool<V>;
  kernels.max_pool_gradient = &max_pool_gradient<V>;
  kernels.depthwise = &depthwise<V>;
  kernels.depthwise_gradient = &depthwise_gradient<V>;
  kernels.add = &add<V>;
  kernels.add_rows = &add_rows<V>;
  kernels.all_finite = &all_finite<V>;
  kernels.sgd = &sgd<V>;
  kernels.adam = &adam<V>;
  return kernels;
}

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_LEVEL_KERNELS_HPP_
