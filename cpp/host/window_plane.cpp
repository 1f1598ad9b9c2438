#include "host/window_plane.hpp"

#include <cstring>

namespace edgetwin::host {

void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int8_t* values, std::byte* codes) {
  const int64_t code = kernels.code_bytes;
  if (plane.is_dense()) {
    kernels.to_codes(values, plane.rows * plane.run, plane.zero_point, codes);
    return;
  }
  std::memset(codes, plane.padding, static_cast<size_t>(plane.bytes()));
  for (int64_t row = 0; row < plane.rows; ++row) {
    kernels.to_codes(values + row * plane.run, plane.run, plane.zero_point,
                     codes + (plane.first + row * plane.pitch) * code);
  }
}

bool OutputLines::move_to(const CodePlane& plane, int64_t lines, int64_t run) {
  const bool same_rows = plane.rows == lines && plane.run == run;
  if (plane.rows * plane.run != lines * run || (!same_rows && !plane.is_dense())) return false;
  first = plane.first;
  line = same_rows ? plane.pitch : run;
  if (!plane.is_dense()) border = plane;
  return true;
}

void OutputLines::write_border(void* output) const {
  if (border.elements == 0) return;
  std::memset(output, border.padding, static_cast<size_t>(border.bytes()));
}

}  // namespace edgetwin::host
