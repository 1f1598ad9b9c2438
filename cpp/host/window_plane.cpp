#include "host/window_plane.hpp"

#include <cstring>

namespace edgetwin::host {
namespace {

void fill_border(const CodePlane& plane, std::byte* codes) {
  // Short rows are filled with everything between them: many small calls would take longer.
  constexpr int64_t long_row_bytes = 1024;
  const int64_t code = plane.code_bytes;
  const auto fill = [&](int64_t begin, int64_t end) {
    std::memset(codes + begin * code, plane.padding, static_cast<size_t>((end - begin) * code));
  };
  if (plane.pitch * code < long_row_bytes) {
    fill(0, plane.elements);
    return;
  }
  int64_t begin = 0;
  for (int64_t row = 0; row < plane.rows; ++row) {
    const int64_t values = plane.first + row * plane.pitch;
    fill(begin, values);
    begin = values + plane.run;
  }
  fill(begin, plane.elements);
}

}  // namespace

void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int8_t* values, std::byte* codes) {
  const int64_t code = kernels.code_bytes;
  if (plane.is_dense()) {
    kernels.to_codes(values, plane.rows * plane.run, plane.zero_point, codes);
    return;
  }
  fill_border(plane, codes);
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
  if (border.elements != 0) fill_border(border, static_cast<std::byte*>(output));
}

}  // namespace edgetwin::host
