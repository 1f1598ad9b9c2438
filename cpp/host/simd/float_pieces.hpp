// Pieces of float32 arithmetic for any level. A product and a sum are two roundings, here as in TFLite Micro's wheel:
// never a fused multiply-add, so that every level gives its bytes.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_PIECES_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_PIECES_HPP_

#include <cstdint>
#include <xsimd/xsimd.hpp>

#include "host/simd/pieces.hpp"

namespace edgetwin::host::simd {
namespace {

template <int Count>
using FloatsOf = xsimd::make_sized_batch_t<float, Count>;

/// a > b ? a : b, hence b where one is NaN: not the maximum of every instruction set.
template <class B>
[[gnu::always_inline]] inline B larger(const B& a, const B& b) {
  return xsimd::select(a > b, a, b);
}

/// As Clamp of host/float32/activation.hpp: NaN stays NaN.
template <class B>
[[gnu::always_inline]] inline B clamped(const B& x, const B& low, const B& high) {
  const B raised = xsimd::select(x < low, low, x);
  return xsimd::select(high < raised, high, raised);
}

template <class B>
[[gnu::always_inline]] inline void store_some(const B& x, float* place, int64_t count) {
  alignas(64) float whole[B::size];
  x.store_aligned(whole);
  for (int64_t i = 0; i < count; ++i) place[i] = whole[i];
}

/// cover() by the widest batch of floats that fits; not for fewer than kLeastFloatChannels.
template <class Body>
[[gnu::always_inline]] inline void cover_floats(int64_t count, Body&& body) {
  if (!cover<FloatsOf<16>>(count, body) && !cover<FloatsOf<8>>(count, body)) cover<FloatsOf<4>>(count, body);
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_PIECES_HPP_
