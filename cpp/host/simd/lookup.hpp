// Any function of one int8 code for any level: a table of 256 bytes as sixteen vectors.
#ifndef EDGETWIN_HOST_SIMD_LOOKUP_HPP_
#define EDGETWIN_HOST_SIMD_LOOKUP_HPP_

#include <cstdint>
#include <xsimd/xsimd.hpp>

#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// output[i] = table[input[i]], by the code's bits. Each sixteenth of the table answers for the codes that lie in it
/// and gives 0 for all others, so that the answers are joined by "or".
template <class V>
void look_up(const int8_t* input, int64_t count, const int8_t* table, int8_t* output) {
  using Bytes = xsimd::batch<uint8_t, typename V::Arch>;
  constexpr int64_t size = Bytes::size;
  const uint8_t* const codes = reinterpret_cast<const uint8_t*>(input);
  uint8_t* const target = reinterpret_cast<uint8_t*>(output);
  int64_t i = 0;
  for (; i + 2 * size <= count; i += 2 * size) {
    // Two at a time, for each part of the table that is loaded.
    Bytes x0 = Bytes::load_unaligned(codes + i), x1 = Bytes::load_unaligned(codes + i + size);
    Bytes y0(uint8_t{0}), y1(uint8_t{0});
    const Bytes sixteen(uint8_t{16});
    unroll<16>([&](auto part) __attribute__((always_inline)) {
      const auto entries = V::repeated16(table + 16 * part);
      y0 |= Bytes(V::entries(entries, x0));
      y1 |= Bytes(V::entries(entries, x1));
      x0 -= sixteen;
      x1 -= sixteen;
    });
    y0.store_unaligned(target + i);
    y1.store_unaligned(target + i + size);
  }
  for (; i < count; ++i) output[i] = table[codes[i]];
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_LOOKUP_HPP_
