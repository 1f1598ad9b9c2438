// Every kernel of a level, as a table. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_
#define EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_

#include "host/simd/gemm.hpp"
#include "host/simd/kernels.hpp"
#include "host/simd/pool.hpp"

namespace edgetwin::host::simd {

/// V is in an anonymous namespace, so that what is instantiated with it stays in its file and never runs elsewhere.
template <class V>
constexpr Kernels level_kernels() {
  Kernels kernels = {};
  kernels.form = V::kForm;
  kernels.lanes = V::kLanes;
  kernels.group = V::kGroup;
  kernels.code_bytes = V::kCodeBytes;
  kernels.registers = V::kRegisters;
  kernels.to_codes = &V::to_codes;
  kernels.gemm = &gemm<V>;
  kernels.max_pool = &max_pool<V>;
  return kernels;
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_
