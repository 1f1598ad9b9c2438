// Sums of short rows of int16 products in SSE registers. Include only in files compiled for AVX2 or more.
#ifndef EDGETWIN_HOST_SIMD_ROWS_X86_HPP_
#define EDGETWIN_HOST_SIMD_ROWS_X86_HPP_

#include <immintrin.h>

#include <cstdint>

namespace edgetwin::host::simd {
namespace {

/// What row_products.hpp takes of V, for every level of x86.
struct RowsX86 {
  using Four = __m128i;

  [[gnu::always_inline]] static inline void add_eight(Four& sums, const int8_t* values, const int16_t* weights) {
    add(sums, _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(values))), weights);
  }
  [[gnu::always_inline]] static inline void add_eight(Four& sums, const int16_t* values, const int16_t* weights) {
    add(sums, _mm_loadu_si128(reinterpret_cast<const __m128i*>(values)), weights);
  }
  [[gnu::always_inline]] static inline Four totals(const Four (&rows)[4]) {
    return _mm_hadd_epi32(_mm_hadd_epi32(rows[0], rows[1]), _mm_hadd_epi32(rows[2], rows[3]));
  }

 private:
  /// A pair of products may be 2^31, which wraps as every sum does.
  [[gnu::always_inline]] static inline void add(Four& sums, __m128i values, const int16_t* weights) {
    const __m128i w = _mm_loadu_si128(reinterpret_cast<const __m128i*>(weights));
    sums = _mm_add_epi32(sums, _mm_madd_epi16(values, w));
  }
};

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ROWS_X86_HPP_
