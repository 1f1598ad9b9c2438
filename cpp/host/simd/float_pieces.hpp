// Pieces of float32 arithmetic for any level. A product and a sum are two roundings, here as in TFLite Micro's wheel:
// never a fused multiply-add, so that every level gives its bytes.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_PIECES_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_PIECES_HPP_

#include <cstdint>
#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "host/simd/pieces.hpp"

namespace edgetwin::host::simd {
namespace {

template <int Count>
using FloatsOf = xsimd::make_sized_batch_t<float, Count>;

/// Whether xsimd's maximum and minimum of (b, a) are x86's of (a, b): a > b ? a : b and a < b ? a : b.
template <class B>
constexpr bool kPicksSecond = !std::is_base_of_v<xsimd::neon, typename B::arch_type>;

/// a > b ? a : b, hence b where one is NaN, or where both are zero.
template <class B>
[[gnu::always_inline]] inline B larger(const B& a, const B& b) {
  if constexpr (kPicksSecond<B>) return xsimd::max(b, a);
  return xsimd::select(a > b, a, b);
}

/// a < b ? a : b.
template <class B>
[[gnu::always_inline]] inline B smaller(const B& a, const B& b) {
  if constexpr (kPicksSecond<B>) return xsimd::min(b, a);
  return xsimd::select(a < b, a, b);
}

/// As Clamp of host/float32/activation.hpp: NaN stays NaN.
template <class B>
[[gnu::always_inline]] inline B clamped(const B& x, const B& low, const B& high) {
  return smaller(high, larger(low, x));
}

/// The nearest quotient. xsimd's own division approximates reciprocals on NEON.
template <class B>
[[gnu::always_inline]] inline B divided(const B& a, const B& b) {
  return B(a.data / b.data);
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
