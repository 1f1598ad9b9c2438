#include "host/window_plane.hpp"

#include <cstring>

namespace edgetwin::host {
namespace {

void fill_border(const simd::Kernels& kernels, const CodePlane& plane, std::byte* codes) {
  const int64_t code = plane.code_bytes;
  const auto fill = [&](int64_t begin, int64_t end) {
    std::memset(codes + begin * code, plane.padding, static_cast<size_t>((end - begin) * code));
  };
  // What lies behind a gap is a row, whose values come later.
  if (plane.run * code < simd::kMostBehindGap) {
    fill(0, plane.elements);
    return;
  }
  fill(0, plane.first);
  const int64_t gap = plane.first + plane.run;
  kernels.fill_gaps(
      {codes + gap * code, (plane.pitch - plane.run) * code, plane.pitch * code, plane.rows - 1, plane.padding});
  fill(gap + (plane.rows - 1) * plane.pitch, plane.elements);
}

/// `write(values, count, codes)` turns values into codes.
template <class Element, class Write>
void fill(const simd::Kernels& kernels, const CodePlane& plane, const Element* values, std::byte* codes, Write write) {
  if (plane.is_dense()) {
    write(values, plane.rows * plane.run, codes);
    return;
  }
  fill_border(kernels, plane, codes);
  for (int64_t row = 0; row < plane.rows; ++row) {
    write(values + row * plane.run, plane.run, codes + (plane.first + row * plane.pitch) * plane.code_bytes);
  }
}

}  // namespace

void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int8_t* values, std::byte* codes) {
  fill(kernels, plane, values, codes,
       [&](const int8_t* from, int64_t count, std::byte* to) { kernels.to_codes(from, count, plane.zero_point, to); });
}

void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int16_t* values, std::byte* codes) {
  fill(kernels, plane, values, codes, [](const int16_t* from, int64_t count, std::byte* to) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(int16_t));
  });
}

bool OutputLines::move_to(const CodePlane& plane, int64_t lines, int64_t run) {
  const bool same_rows = plane.rows == lines && plane.run == run;
  if (plane.rows * plane.run != lines * run || (!same_rows && !plane.is_dense())) return false;
  first = plane.first;
  line = same_rows ? plane.pitch : run;
  if (!plane.is_dense()) border = plane;
  return true;
}

void OutputLines::write_border(const simd::Kernels& kernels, void* output) const {
  if (border.elements != 0) fill_border(kernels, border, static_cast<std::byte*>(output));
}

}  // namespace edgetwin::host
