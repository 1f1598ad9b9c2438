// How the codes of one activation lie in memory when a kernel of a SIMD level reads them.
#ifndef EDGETWIN_HOST_CODE_PLANE_HPP_
#define EDGETWIN_HOST_CODE_PLANE_HPP_

#include <cstdint>

namespace edgetwin::host {

/// Bytes after a plane's codes: a kernel reads whole groups of 32 bits.
constexpr int64_t kPlaneSlack = 64;

/// Rows of values inside a border of padding. Positions and distances are in codes.
struct CodePlane {
  int64_t rows;
  int64_t run;       ///< values of a row, contiguous
  int64_t first;     ///< position of the first value
  int64_t pitch;     ///< from a row to the next
  int64_t elements;  ///< of the whole plane
  int32_t padding;   ///< the byte that fills what is not a value
  int32_t zero_point;
  int32_t code_bytes;

  [[nodiscard]] int64_t bytes() const { return elements * code_bytes; }
  /// Whether there is nothing but values, so that they may be seen as rows of any length.
  [[nodiscard]] bool is_dense() const { return first == 0 && elements == rows * run; }
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_CODE_PLANE_HPP_
