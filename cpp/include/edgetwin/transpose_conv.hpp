// 2-D transpose convolution, int8 or int16 activations with int8 weights: every input pixel is spread over the outputs
// under a kernel at its place.
#ifndef EDGETWIN_TRANSPOSE_CONV_HPP_
#define EDGETWIN_TRANSPOSE_CONV_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

struct TransposeConvParams {
  int32_t batches;            ///< >= 1
  int32_t input_h;            ///< >= 1
  int32_t input_w;            ///< >= 1
  int32_t input_c;            ///< >= 1
  int32_t output_h;           ///< >= 1
  int32_t output_w;           ///< >= 1
  int32_t output_c;           ///< >= 1
  int32_t kernel_h;           ///< >= 1
  int32_t kernel_w;           ///< >= 1
  int32_t stride_h;           ///< >= 1
  int32_t stride_w;           ///< >= 1
  int32_t pad_top;            ///< >= 0; rows cut off before the output, the rest follows from output_h
  int32_t pad_left;           ///< >= 0
  int32_t input_zero_point;   ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;  ///< [-128, 127]; 0 for int16
  int32_t activation_min;     ///< [lowest code, activation_max]
  int32_t activation_max;     ///< [activation_min, highest code]
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_transpose_conv_fields(Params& p, Visitor&& visit) {
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
  visit("pad_top", p.pad_top);
  visit("pad_left", p.pad_left);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
  visit("rounding", p.rounding);
}

/// Every array has fewer than 2^31 elements, stride * input is below 2^31.
template <class Element = int8_t>
[[nodiscard]] constexpr Status transpose_conv_check(const TransposeConvParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.input_c)) return Status::kBadShape;
  if (!fits_int32(p.batches, p.output_h, p.output_w, p.output_c)) return Status::kBadShape;
  if (!fits_int32(p.kernel_h, p.kernel_w, p.input_c, p.output_c)) return Status::kBadShape;
  if (!fits_int32(p.stride_h, p.input_h) || !fits_int32(p.stride_w, p.input_w)) return Status::kBadStride;
  if (p.pad_top < 0 || p.pad_left < 0) return Status::kBadPadding;
  if (!is_zero_point<Element>(p.input_zero_point) || !is_zero_point<Element>(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

/// transpose_conv with requantized(sum, output channel) in place of requantize.
template <class Element, class Sum, class Requantized>
inline void transpose_conv_with(const TransposeConvParams& p, const Element* input, const int8_t* weights,
                                const Sum* bias, Requantized&& requantized, Element* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      for (int32_t ox = 0; ox < p.output_w; ++ox) {
        // Position in the grid of spread pixels: input y lies at y * stride_h.
        const int64_t grid_y = static_cast<int64_t>(oy) + p.pad_top;
        const int64_t grid_x = static_cast<int64_t>(ox) + p.pad_left;
        for (int32_t oc = 0; oc < p.output_c; ++oc) {
          const int8_t* taps = weights + static_cast<ptrdiff_t>(oc) * p.kernel_h * p.kernel_w * p.input_c;
          Sum acc = bias != nullptr ? bias[oc] : 0;
          // Only every stride-th tap meets an input pixel.
          for (int64_t ky = grid_y % p.stride_h; ky < p.kernel_h && ky <= grid_y; ky += p.stride_h) {
            const int64_t y = (grid_y - ky) / p.stride_h;
            if (y >= p.input_h) continue;
            for (int64_t kx = grid_x % p.stride_w; kx < p.kernel_w && kx <= grid_x; kx += p.stride_w) {
              const int64_t x = (grid_x - kx) / p.stride_w;
              if (x >= p.input_w) continue;
              const Element* pixel = input + ((static_cast<ptrdiff_t>(b) * p.input_h + y) * p.input_w + x) * p.input_c;
              const int8_t* tap = taps + (ky * p.kernel_w + kx) * p.input_c;
              for (int32_t c = 0; c < p.input_c; ++c) {
                acc = wrapping_add(acc, Sum{(pixel[c] - p.input_zero_point) * tap[c]});
              }
            }
          }
          const int32_t value = wrapping_add(requantized(acc, oc), p.output_zero_point);
          *output++ = static_cast<Element>(clamp(value, p.activation_min, p.activation_max));
        }
      }
    }
  }
}

/// output = clamp(requantize(sum((input - input_zero_point) * weights) + bias) + output_zero_point), where input pixel
/// (y, x) and tap (ky, kx) add to output pixel (y * stride_h + ky - pad_top, x * stride_w + kx - pad_left).
///
/// Element and Sum are int8 and int32, int16 and int64.
/// input   [batches, input_h, input_w, input_c] Element
/// weights [output_c, kernel_h, kernel_w, input_c] int8 (OHWI), zero point 0
/// bias    [output_c] Sum, or null for none
/// multiplier, shift [output_c] int32: multiplier >= 0, shift in [-31, kMaxShift<Sum>], positive = left
/// output  [batches, output_h, output_w, output_c] Element; what falls outside it is dropped, what nothing reaches is
/// bias. The accumulator is a Sum and wraps, so that the order of its terms does not matter: they are gathered output
/// by output, without the reference's scratch of one Sum an output. `p` passed transpose_conv_check.
template <class Element, class Sum>
inline void transpose_conv(const TransposeConvParams& p, const Element* input, const int8_t* weights, const Sum* bias,
                           const int32_t* multiplier, const int32_t* shift, Element* output) {
  transpose_conv_with(
      p, input, weights, bias,
      [&](Sum sum, int32_t oc) { return requantize(sum, multiplier[oc], shift[oc], p.rounding); }, output);
}

}  // namespace edgetwin

#endif  // EDGETWIN_TRANSPOSE_CONV_HPP_
