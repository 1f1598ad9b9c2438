// Depthwise 2-D convolution, int8 or int16 activations with int8 weights: every input channel has filters of its own.
#ifndef EDGETWIN_DEPTHWISE_CONV_HPP_
#define EDGETWIN_DEPTHWISE_CONV_HPP_

#include "edgetwin/requantize.hpp"
#include "edgetwin/rows.hpp"

namespace edgetwin {

struct DepthwiseConv2dParams {
  int32_t batches;            ///< >= 1
  int32_t input_h;            ///< >= 1
  int32_t input_w;            ///< >= 1
  int32_t input_c;            ///< >= 1
  int32_t output_h;           ///< >= 1
  int32_t output_w;           ///< >= 1
  int32_t output_c;           ///< input_c * depth multiplier
  int32_t kernel_h;           ///< >= 1
  int32_t kernel_w;           ///< >= 1
  int32_t stride_h;           ///< >= 1
  int32_t stride_w;           ///< >= 1
  int32_t dilation_h;         ///< >= 1
  int32_t dilation_w;         ///< >= 1
  int32_t pad_top;            ///< >= 0; rows of padding before the input, the rest follows from output_h
  int32_t pad_left;           ///< >= 0
  int32_t input_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t activation_min;     ///< [lowest code, activation_max]
  int32_t activation_max;     ///< [activation_min, highest code]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_depthwise_conv_2d_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("input_c", p.input_c);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
  visit("output_c", p.output_c);
  visit("kernel_h", p.kernel_h);
  visit("kernel_w", p.kernel_w);
  visit("stride_h", p.stride_h);
  visit("stride_w", p.stride_w);
  visit("dilation_h", p.dilation_h);
  visit("dilation_w", p.dilation_w);
  visit("pad_top", p.pad_top);
  visit("pad_left", p.pad_left);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

/// Every array has fewer than 2^31 elements, stride * output and dilation * kernel are below 2^31.
template <class Element = int8_t>
[[nodiscard]] constexpr Status depthwise_conv_2d_check(const DepthwiseConv2dParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.input_c)) return Status::kBadShape;
  if (!fits_int32(p.batches, p.output_h, p.output_w, p.output_c)) return Status::kBadShape;
  if (!fits_int32(p.kernel_h, p.kernel_w, p.output_c)) return Status::kBadShape;
  if (p.output_c % p.input_c != 0) return Status::kBadGroups;
  if (!fits_int32(p.stride_h, p.output_h) || !fits_int32(p.stride_w, p.output_w)) return Status::kBadStride;
  if (!fits_int32(p.dilation_h, p.kernel_h) || !fits_int32(p.dilation_w, p.kernel_w)) return Status::kBadStride;
  if (p.pad_top < 0 || p.pad_left < 0) return Status::kBadPadding;
  if (!is_zero_point<Element>(p.input_zero_point) || !is_zero_point<Element>(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

/// Row `oy` of depthwise_conv_2d's output, for one sample: p.batches is not read.
///
/// input      rows [input_w, input_c] Element, of which those that the output row needs are there
/// output_row [output_w, output_c] Element
/// The other arguments are depthwise_conv_2d's.
template <class Element, class Sum>
inline void depthwise_conv_2d_row(const DepthwiseConv2dParams& p, Rows<const Element> input, const int8_t* weights,
                                  const Sum* bias, const int32_t* multiplier, const int32_t* shift, int32_t oy,
                                  Element* output_row) {
  const int32_t repeat = p.output_c / p.input_c;
  const int64_t y0 = static_cast<int64_t>(oy) * p.stride_h - p.pad_top;
  for (int32_t ox = 0; ox < p.output_w; ++ox) {
    const int64_t x0 = static_cast<int64_t>(ox) * p.stride_w - p.pad_left;
    for (int32_t oc = 0; oc < p.output_c; ++oc) {
      Sum acc = bias != nullptr ? bias[oc] : 0;
      for (int32_t ky = 0; ky < p.kernel_h; ++ky) {
        const int64_t y = y0 + static_cast<int64_t>(ky) * p.dilation_h;
        if (y < 0 || y >= p.input_h) continue;
        const Element* row = input.row(static_cast<int32_t>(y)) + oc / repeat;
        for (int32_t kx = 0; kx < p.kernel_w; ++kx) {
          const int64_t x = x0 + static_cast<int64_t>(kx) * p.dilation_w;
          if (x < 0 || x >= p.input_w) continue;
          const int8_t tap = weights[(static_cast<ptrdiff_t>(ky) * p.kernel_w + kx) * p.output_c + oc];
          acc = wrapping_add(acc, Sum{(row[static_cast<ptrdiff_t>(x) * p.input_c] - p.input_zero_point) * tap});
        }
      }
      const int32_t value = wrapping_add(requantize(acc, multiplier[oc], shift[oc], p.rounding), p.output_zero_point);
      *output_row++ = static_cast<Element>(clamp(value, p.activation_min, p.activation_max));
    }
  }
}

/// output[c] = clamp(requantize(sum((input[c / multiplier] - input_zero_point) * weights[c]) + bias[c]) +
/// output_zero_point), with multiplier = output_c / input_c.
///
/// Element and Sum are int8 and int32, int16 and int64.
/// input   [batches, input_h, input_w, input_c] Element; positions outside it contribute nothing
/// weights [1, kernel_h, kernel_w, output_c] int8 (1HWO), zero point 0
/// bias    [output_c] Sum, or null for none
/// multiplier, shift [output_c] int32: multiplier >= 0, shift in [-31, kMaxShift<Sum>], positive = left
/// output  [batches, output_h, output_w, output_c] Element
/// The accumulator is a Sum and wraps. `p` passed depthwise_conv_2d_check; no scratch.
template <class Element, class Sum>
inline void depthwise_conv_2d(const DepthwiseConv2dParams& p, const Element* input, const int8_t* weights,
                              const Sum* bias, const int32_t* multiplier, const int32_t* shift, Element* output) {
  const int32_t input_row = p.input_w * p.input_c;
  const int32_t output_row = p.output_w * p.output_c;
  for (int32_t b = 0; b < p.batches; ++b) {
    const Rows<const Element> rows = {input + static_cast<ptrdiff_t>(b) * p.input_h * input_row, input_row, p.input_h};
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      depthwise_conv_2d_row(p, rows, weights, bias, multiplier, shift, oy, output);
      output += output_row;
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_DEPTHWISE_CONV_HPP_
