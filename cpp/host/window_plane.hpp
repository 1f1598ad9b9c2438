// The planes of codes between operators that slide windows over an image.
#ifndef EDGETWIN_HOST_WINDOW_PLANE_HPP_
#define EDGETWIN_HOST_WINDOW_PLANE_HPP_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "host/packed_weights.hpp"
#include "host/simd/kernels.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// The plane that the windows of `p` lie in, borders included. Windows may end before the input does; a plane holds all
/// of it, so that it may be written as a whole.
template <class Params>
[[nodiscard]] CodePlane window_plane(const Params& p, const simd::Kernels& kernels) {
  const int64_t h = std::max(int64_t{p.output_h - 1} * p.stride_h + int64_t{p.kernel_h - 1} * p.dilation_h + 1,
                             int64_t{p.pad_top} + p.input_h);
  const int64_t w = std::max(int64_t{p.output_w - 1} * p.stride_w + int64_t{p.kernel_w - 1} * p.dilation_w + 1,
                             int64_t{p.pad_left} + p.input_w);
  return {p.input_h,
          int64_t{p.input_w} * p.input_c,
          (p.pad_top * w + p.pad_left) * p.input_c,
          w * p.input_c,
          h * w * p.input_c,
          padding_byte(kernels, p.input_zero_point),
          p.input_zero_point,
          kernels.code_bytes};
}

/// Bytes of that plane at most; real, since they may leave 64 bits where a step has yet to decide against the plane.
template <class Params>
[[nodiscard]] double window_plane_bytes(const Params& p, const simd::Kernels& kernels) {
  const double h = static_cast<double>(p.output_h) * p.stride_h + static_cast<double>(p.kernel_h) * p.dilation_h +
                   p.pad_top + p.input_h;
  const double w = static_cast<double>(p.output_w) * p.stride_w + static_cast<double>(p.kernel_w) * p.dilation_w +
                   p.pad_left + p.input_w;
  return h * w * p.input_c * kernels.code_bytes;
}

/// Writes int8 values and the border into a plane.
void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int8_t* values, std::byte* codes);
/// The same for int16 values, which are their own codes.
void fill_plane(const simd::Kernels& kernels, const CodePlane& plane, const int16_t* values, std::byte* codes);

/// Where a step writes the lines of its output: int8 without gaps, until it is told to write codes into a plane.
struct OutputLines {
  int64_t first;
  int64_t line;           ///< elements from a line to the next
  CodePlane border = {};  ///< with elements where there is a border to write

  /// False, and nothing changes, where `lines` lines of `run` values do not fit the plane.
  [[nodiscard]] bool move_to(const CodePlane& plane, int64_t lines, int64_t run);
  void write_border(const simd::Kernels& kernels, void* output) const;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_WINDOW_PLANE_HPP_
