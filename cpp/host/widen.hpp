// int8 activations as the host's kernels take them: int16 with the zero point taken off, so that zeros are padding.
#ifndef EDGETWIN_HOST_WIDEN_HPP_
#define EDGETWIN_HOST_WIDEN_HPP_

#include <algorithm>
#include <cstdint>

namespace edgetwin::host {

/// codes and target [count]; zero_point in [-128, 127].
inline void widen(const int8_t* codes, int64_t count, int32_t zero_point, int16_t* target) {
  const int16_t zero = static_cast<int16_t>(zero_point);
  for (int64_t i = 0; i < count; ++i) target[i] = static_cast<int16_t>(codes[i] - zero);
}

/// A row of `padded` elements, zero from `count` on.
inline void widen_row(const int8_t* codes, int64_t count, int32_t zero_point, int16_t* row, int64_t padded) {
  widen(codes, count, zero_point, row);
  std::fill(row + count, row + padded, int16_t{0});
}

/// Size in pixels of what a convolution's windows cover, padding included: [h, w]. Both are below 2^32.
struct PaddedPlane {
  int64_t h;
  int64_t w;

  template <class Params>
  explicit PaddedPlane(const Params& p)
      : h(int64_t{p.output_h - 1} * p.stride_h + int64_t{p.kernel_h - 1} * p.dilation_h + 1),
        w(int64_t{p.output_w - 1} * p.stride_w + int64_t{p.kernel_w - 1} * p.dilation_w + 1) {}

  /// Real, since h * w may leave 64 bits where a kernel has yet to decide against the plane.
  [[nodiscard]] double pixels() const { return static_cast<double>(h) * static_cast<double>(w); }

  /// Calls visit(first element of the input, first pixel of the plane, elements) for every run of input that lies in
  /// the plane: windows may leave the input's last rows and columns out.
  template <class Params, class Visitor>
  void for_each_row(const Params& p, Visitor&& visit) const {
    const int64_t rows = std::min<int64_t>(p.input_h, h - p.pad_top);
    const int64_t columns = std::min<int64_t>(p.input_w, w - p.pad_left);
    if (columns <= 0) return;
    for (int64_t y = 0; y < rows; ++y) {
      visit(y * p.input_w * p.input_c, (y + p.pad_top) * w + p.pad_left, columns * p.input_c);
    }
  }
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_WIDEN_HPP_
