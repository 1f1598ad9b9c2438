// Loops that are gone before the optimizer runs.
#ifndef EDGETWIN_HOST_SIMD_UNROLL_HPP_
#define EDGETWIN_HOST_SIMD_UNROLL_HPP_

#include <utility>

namespace edgetwin::host::simd {
namespace {

template <int I>
struct Index {
  constexpr operator int() const { return I; }  // NOLINT: stands for its number
};

template <class Body, int... I>
[[gnu::always_inline]] inline void unroll_indices(Body&& body, std::integer_sequence<int, I...>) {
  (body(Index<I>{}), ...);
}

/// Calls body(Index<0>), ..., body(Index<N - 1>). Arrays of vectors that are indexed so live in registers: GCC decides
/// what may live there before it unrolls loops, and keeps arrays indexed by loop variables on the stack.
template <int N, class Body>
[[gnu::always_inline]] inline void unroll(Body&& body) {
  unroll_indices(static_cast<Body&&>(body), std::make_integer_sequence<int, N>{});
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_UNROLL_HPP_
