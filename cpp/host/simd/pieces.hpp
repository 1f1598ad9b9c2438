// xsimd batches of int8 for any level, and arrays cut into them. xsimd's functions are always inlined, so that a
// level's file emits none under a name that another file has. Its wrappers of NEON's intrinsics are emitted: one
// instruction of the first AArch64 each, at either level's flags.
#ifndef EDGETWIN_HOST_SIMD_PIECES_HPP_
#define EDGETWIN_HOST_SIMD_PIECES_HPP_

#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace edgetwin::host::simd {
namespace {

/// Batches of so many bytes, void where the level has none.
template <int Bytes>
using BytesOf = xsimd::make_sized_batch_t<int8_t, Bytes>;
using Bytes16 = BytesOf<16>;

/// Stands for a type of batch as an argument.
template <class B>
struct Piece {
  using Batch = B;
};

/// Calls body(Piece<B>, first) for pieces that cover [0, count). The last one may cover some elements again: only for
/// work that gives the same when it is done twice. False where count is below a piece.
template <class B, class Body>
[[gnu::always_inline]] inline bool cover(int64_t count, Body&& body) {
  if constexpr (std::is_void_v<B>) {
    return false;
  } else {
    constexpr int64_t size = B::size;
    if (count < size) return false;
    int64_t first = 0;
    for (; first + size <= count; first += size) body(Piece<B>{}, first);
    if (first < count) body(Piece<B>{}, count - size);
    return true;
  }
}

/// cover() by the widest batch of bytes that fits.
template <class Body>
[[gnu::always_inline]] inline bool cover_bytes(int64_t count, Body&& body) {
  return cover<BytesOf<64>>(count, body) || cover<BytesOf<32>>(count, body) || cover<Bytes16>(count, body);
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_PIECES_HPP_
