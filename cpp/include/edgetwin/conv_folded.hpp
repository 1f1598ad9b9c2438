// 2-D convolution of int8 with the input's zero point folded into the bias, as fast as the core allows.
#ifndef EDGETWIN_CONV_FOLDED_HPP_
#define EDGETWIN_CONV_FOLDED_HPP_

#include "edgetwin/conv.hpp"
#include "edgetwin/dot.hpp"

namespace edgetwin {
namespace detail {

/// The window of one group in the input, as columns hold it.
struct ConvWindow {
  const Conv2dParams& p;
  Rows<const int8_t> input;
  int32_t first_c;
  int32_t group_c;
  int32_t depth;
  int32_t last_y;  ///< the highest y0 of a window that lies in the input, negative if none does
  int32_t last_x;
  bool joined;   ///< taps side by side are side by side in memory
  bool by_four;  ///< every tap has a multiple of four codes, or there is one tap

  ConvWindow(const Conv2dParams& params, Rows<const int8_t> rows, int32_t group)
      : p(params),
        input(rows),
        first_c(group * (params.input_c / params.groups)),
        group_c(params.input_c / params.groups),
        depth(params.kernel_h * params.kernel_w * group_c),
        last_y(params.input_h - 1 - (params.kernel_h - 1) * params.dilation_h),
        last_x(params.input_w - 1 - (params.kernel_w - 1) * params.dilation_w),
        joined(params.groups == 1 && (params.dilation_w == 1 || params.kernel_w == 1)),
        by_four(group_c % 4 == 0 || params.kernel_h * params.kernel_w == 1) {}

  [[nodiscard]] bool is_inside(int32_t y0, int32_t x0) const {
    return y0 >= 0 && y0 <= last_y && x0 >= 0 && x0 <= last_x;
  }

  /// The window's codes where they lie in a row, or null if they lie apart or beyond the input's edge.
  [[nodiscard]] const int8_t* in_place(int32_t y0, int32_t x0) const {
    if (!joined || p.kernel_h != 1 || !is_inside(y0, x0)) return nullptr;
    return input.row(y0) + static_cast<ptrdiff_t>(x0) * p.input_c;
  }

  template <class Columns>
  void put(int32_t y0, int32_t x0, Columns& columns) const {
    const int32_t row_codes = p.kernel_w * group_c;
    if (joined && is_inside(y0, x0)) {
      int32_t k = 0;
      for (int32_t ky = 0; ky < p.kernel_h; ++ky) {
        columns.put(k, input.row(y0) + static_cast<ptrdiff_t>(x0) * group_c, row_codes);
        k += row_codes;
        y0 += p.dilation_h;
      }
      return;
    }
    const int8_t outside = static_cast<int8_t>(p.input_zero_point);
    for (int32_t ky = 0; ky < p.kernel_h; ++ky) {
      const int64_t y = y0 + static_cast<int64_t>(ky) * p.dilation_h;
      const int32_t k = ky * row_codes;
      if (y < 0 || y >= p.input_h) {
        columns.fill(k, outside, row_codes);
      } else {
        put_row(input.row(static_cast<int32_t>(y)) + first_c, x0, k, columns);
      }
    }
  }

 private:
  template <class Columns>
  void put_row(const int8_t* row, int64_t x0, int32_t k, Columns& columns) const {
    const int8_t outside = static_cast<int8_t>(p.input_zero_point);
    if (joined) {
      const int32_t begin = static_cast<int32_t>(clamp<int64_t>(-x0, 0, p.kernel_w));
      const int32_t end = static_cast<int32_t>(clamp<int64_t>(p.input_w - x0, begin, p.kernel_w));
      if (begin > 0) columns.fill(k, outside, begin * group_c);
      if (end > begin) {
        columns.put(k + begin * group_c, row + static_cast<ptrdiff_t>(x0 + begin) * group_c, (end - begin) * group_c);
      }
      if (end < p.kernel_w) columns.fill(k + end * group_c, outside, (p.kernel_w - end) * group_c);
      return;
    }
    for (int32_t kx = 0; kx < p.kernel_w; ++kx) {
      const int64_t x = x0 + static_cast<int64_t>(kx) * p.dilation_w;
      if (x < 0 || x >= p.input_w) {
        columns.fill(k, outside, group_c);
      } else {
        columns.put(k, row + static_cast<ptrdiff_t>(x) * p.input_c, group_c);
      }
      k += group_c;
    }
  }
};

}  // namespace detail

/// Bytes of scratch on the core that this is compiled for.
[[nodiscard]] constexpr int32_t conv_2d_folded_scratch_bytes(const Conv2dParams& p) {
  const int32_t group_c = p.input_c / p.groups;
  const int32_t taps = p.kernel_h * p.kernel_w;
  const int32_t pixels = detail::core::most_pixels(taps * group_c);
  return detail::core::column_bytes(taps * group_c, pixels, group_c % 4 == 0 || taps == 1);
}

/// Rows [first_row, first_row + row_count) of conv_2d's output, for one sample: p.batches is not read.
///
/// p       passed conv_2d_check
/// input   rows [input_w, input_c] int8, of which those that the output rows need are there
/// weights [output_c, kernel_h, kernel_w, input_c / groups] int8 (OHWI)
/// folded  [output_c] int32: fold_zero_point of weights and bias
/// multiplier, shift [output_c] int32: multiplier >= 0, shift in [-31, 30], positive = left
/// output  rows [output_w, output_c] int8
/// scratch conv_2d_folded_scratch_bytes(p), aligned to 8
inline void conv_2d_folded(const Conv2dParams& p, Rows<const int8_t> input, const int8_t* weights,
                           const int32_t* folded, const int32_t* multiplier, const int32_t* shift, int32_t first_row,
                           int32_t row_count, Rows<int8_t> output, void* scratch) {
  namespace core = detail::core;
  const int32_t group_out = p.output_c / p.groups;
  const int32_t pixel_count = row_count * p.output_w;
  const detail::OutputCodes codes = {p.output_zero_point, p.activation_min, p.activation_max, p.rounding};
  core::Columns columns = {static_cast<core::Code*>(scratch)};
  for (int32_t group = 0; group < p.groups; ++group) {
    const detail::ConvWindow window(p, input, group);
    const int32_t first_o = group * group_out;
    const detail::Channels channels = {weights + static_cast<ptrdiff_t>(first_o) * window.depth,
                                       folded + first_o,
                                       multiplier + first_o,
                                       shift + first_o,
                                       group_out,
                                       window.depth,
                                       core::are_usual(multiplier + first_o, shift + first_o, group_out, p.rounding)};
    int32_t oy = first_row, ox = 0, pixels = core::most_pixels(window.depth);
    for (int32_t pixel = 0; pixel < pixel_count; pixel += pixels) {
      while (pixels > pixel_count - pixel) pixels /= 2;
      const core::Code* column = columns.codes;
      int8_t* outputs[core::kPixels] = {};
      for (int32_t i = 0; i < pixels; ++i) {
        const int32_t y0 = oy * p.stride_h - p.pad_top;
        const int32_t x0 = ox * p.stride_w - p.pad_left;
        outputs[i] = output.row(oy) + static_cast<ptrdiff_t>(ox) * p.output_c + first_o;
        if (++ox == p.output_w) {
          ox = 0;
          ++oy;
        }
        if (const core::Code* const codes_in_place = core::in_place(window.in_place(y0, x0))) {
          column = codes_in_place;
          continue;
        }
        columns.begin(i, pixels, window.depth, window.by_four);
        window.put(y0, x0, columns);
        columns.end();
      }
      core::put_pixels(column, pixels, channels, codes, outputs);
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_CONV_FOLDED_HPP_
