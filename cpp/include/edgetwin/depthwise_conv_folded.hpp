// 2-D depthwise convolution of int8 with the input's zero point folded into the bias, as fast as the core allows.
#ifndef EDGETWIN_DEPTHWISE_CONV_FOLDED_HPP_
#define EDGETWIN_DEPTHWISE_CONV_FOLDED_HPP_

#include "edgetwin/depthwise_conv.hpp"
#include "edgetwin/dot.hpp"

namespace edgetwin {
namespace detail {

/// Adds the products of one tap for channels [first, first + n). `pixel` is null outside the input, where codes are the
/// zero point.
inline void add_tap(const DepthwiseConv2dParams& p, const int8_t* pixel, const int8_t* weights, int32_t first,
                    int32_t n, int32_t* sums) {
  const int32_t repeat = p.output_c / p.input_c;
  if (pixel != nullptr && repeat == 1) {
    core::add_products(pixel + first, weights + first, n, sums);
    return;
  }
  for (int32_t i = 0; i < n; ++i) {
    const int32_t code = pixel != nullptr ? pixel[(first + i) / repeat] : p.input_zero_point;
    sums[i] = wrapping_add(sums[i], code * weights[first + i]);
  }
}

}  // namespace detail

/// bias - input_zero_point * sum of a channel's taps, as fold_zero_point makes it of other weights.
///
/// weights [1, kernel_h, kernel_w, output_c] int8 (1HWO), `taps` of them a channel
/// bias    [output_c] int32, or null for none
/// folded  [output_c] int32; may be bias
constexpr void fold_zero_point_of_taps(const int8_t* weights, const int32_t* bias, int32_t output_c, int32_t taps,
                                       int32_t input_zero_point, int32_t* folded) {
  for (int32_t o = 0; o < output_c; ++o) {
    int32_t sum = 0;
    for (int32_t i = 0; i < taps; ++i)
      sum = wrapping_add(sum, int32_t{weights[static_cast<ptrdiff_t>(i) * output_c + o]});
    folded[o] = wrapping_sub(bias != nullptr ? bias[o] : 0, wrapping_mul(input_zero_point, sum));
  }
}

/// Rows [first_row, first_row + row_count) of depthwise_conv_2d's output, for one sample: p.batches is not read.
///
/// p       passed depthwise_conv_2d_check
/// input   rows [input_w, input_c] int8, of which those that the output rows need are there
/// weights [1, kernel_h, kernel_w, output_c] int8 (1HWO)
/// folded  [output_c] int32: fold_zero_point_of_taps of weights and bias
/// multiplier, shift [output_c] int32: multiplier >= 0, shift in [-31, 30], positive = left
/// output  rows [output_w, output_c] int8
/// No scratch.
inline void depthwise_conv_2d_folded(const DepthwiseConv2dParams& p, Rows<const int8_t> input, const int8_t* weights,
                                     const int32_t* folded, const int32_t* multiplier, const int32_t* shift,
                                     int32_t first_row, int32_t row_count, Rows<int8_t> output) {
  namespace core = detail::core;
  constexpr int32_t kBlock = 32;
  const detail::OutputCodes codes = {p.output_zero_point, p.activation_min, p.activation_max, p.rounding};
  for (int32_t oy = first_row; oy < first_row + row_count; ++oy) {
    const int64_t y0 = static_cast<int64_t>(oy) * p.stride_h - p.pad_top;
    int8_t* const output_row = output.row(oy);
    for (int32_t ox = 0; ox < p.output_w; ++ox) {
      const int64_t x0 = static_cast<int64_t>(ox) * p.stride_w - p.pad_left;
      for (int32_t first = 0; first < p.output_c; first += kBlock) {
        const int32_t n = min_of(kBlock, p.output_c - first);
        int32_t sums[kBlock];
        for (int32_t i = 0; i < n; ++i) sums[i] = folded[first + i];
        const int8_t* tap = weights;
        for (int32_t ky = 0; ky < p.kernel_h; ++ky) {
          const int64_t y = y0 + static_cast<int64_t>(ky) * p.dilation_h;
          const int8_t* const row = y < 0 || y >= p.input_h ? nullptr : input.row(static_cast<int32_t>(y));
          for (int32_t kx = 0; kx < p.kernel_w; ++kx) {
            const int64_t x = x0 + static_cast<int64_t>(kx) * p.dilation_w;
            const bool outside = row == nullptr || x < 0 || x >= p.input_w;
            const int8_t* const pixel = outside ? nullptr : row + static_cast<ptrdiff_t>(x) * p.input_c;
            detail::add_tap(p, pixel, tap, first, n, sums);
            tap += p.output_c;
          }
        }
        core::put_codes(sums, multiplier + first, shift + first, n, codes,
                        output_row + static_cast<ptrdiff_t>(ox) * p.output_c + first);
      }
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_DEPTHWISE_CONV_FOLDED_HPP_
