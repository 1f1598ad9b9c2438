// The float32 kernels of a level, as a table. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_KERNELS_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_KERNELS_HPP_

#include "host/simd/float_elementwise.hpp"
#include "host/simd/float_gemm.hpp"
#include "host/simd/float_windows.hpp"

namespace edgetwin::host::simd {

/// Of V they take Arch, xsimd's architecture, and kRegisters.
template <class V>
constexpr FloatKernels float_kernels() {
  FloatKernels kernels = {};
  kernels.lanes = xsimd::batch<float, typename V::Arch>::size;
  kernels.gemm = &float_gemm<V>;
  kernels.depthwise = &float_depthwise<V>;
  kernels.max_pool = &float_pool<V, MaxRule>;
  kernels.average_pool = &float_pool<V, AverageRule>;
  kernels.add = &float_add<V>;
  kernels.sub = &float_sub<V>;
  kernels.mul = &float_mul<V>;
  kernels.div = &float_div<V>;
  kernels.maximum = &float_maximum<V>;
  kernels.minimum = &float_minimum<V>;
  kernels.squared_difference = &float_squared_difference<V>;
  kernels.prelu = &float_prelu<V>;
  kernels.limit = &float_limit<V>;
  kernels.leaky_relu = &float_leaky_relu<V>;
  kernels.hard_swish = &float_hard_swish<V>;
  return kernels;
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_KERNELS_HPP_
