// Integers of any width in memory as lanes of int32, for any level.
#ifndef EDGETWIN_HOST_SIMD_WORDS_HPP_
#define EDGETWIN_HOST_SIMD_WORDS_HPP_

#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace edgetwin::host::simd {
namespace {

/// The first `count` values, 0 in the other lanes. Whole vectors have a loop of their own, which becomes one
/// instruction.
template <class V, class T>
[[gnu::always_inline]] inline xsimd::batch<int32_t, typename V::Arch> load_words(const T* words, int64_t count) {
  alignas(64) int32_t lanes[V::kLanes] = {};
  if (count >= V::kLanes) {
    for (int i = 0; i < V::kLanes; ++i) lanes[i] = words[i];
  } else {
    for (int64_t i = 0; i < count; ++i) lanes[i] = words[i];
  }
  return xsimd::batch<int32_t, typename V::Arch>::load_aligned(lanes);
}

/// The first `count` lanes, each within T.
template <class V, class T>
[[gnu::always_inline]] inline void store_words(xsimd::batch<int32_t, typename V::Arch> x, T* words, int64_t count) {
  alignas(64) int32_t lanes[V::kLanes];
  x.store_aligned(lanes);
  if (count >= V::kLanes) {
    for (int i = 0; i < V::kLanes; ++i) words[i] = static_cast<T>(lanes[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) words[i] = static_cast<T>(lanes[i]);
  }
}

/// Calls body(first, count) for whole vectors, then for the rest.
template <class V, class Body>
[[gnu::always_inline]] inline void for_vectors(int64_t count, Body&& body) {
  int64_t first = 0;
  for (; first + V::kLanes <= count; first += V::kLanes) body(first, int64_t{V::kLanes});
  if (first < count) body(first, count - first);
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_WORDS_HPP_
