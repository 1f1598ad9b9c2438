// 2-D max and average pooling of int8 or int16. Input and output share their quantization: there is no requantization.
#ifndef EDGETWIN_POOL_HPP_
#define EDGETWIN_POOL_HPP_

#include "edgetwin/rows.hpp"

namespace edgetwin {

struct Pool2dParams {
  int32_t batches;         ///< >= 1
  int32_t input_h;         ///< >= 1
  int32_t input_w;         ///< >= 1
  int32_t channels;        ///< >= 1
  int32_t output_h;        ///< >= 1
  int32_t output_w;        ///< >= 1
  int32_t pool_h;          ///< >= 1; pool_h * pool_w < 2^22, of int16 < 2^15
  int32_t pool_w;          ///< >= 1
  int32_t stride_h;        ///< >= 1
  int32_t stride_w;        ///< >= 1
  int32_t pad_top;         ///< [0, pool_h); rows of padding before the input, the rest follows from output_h
  int32_t pad_left;        ///< [0, pool_w)
  int32_t activation_min;  ///< at most activation_max
  int32_t activation_max;  ///< both are codes of the element
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_pool_2d_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("channels", p.channels);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
  visit("pool_h", p.pool_h);
  visit("pool_w", p.pool_w);
  visit("stride_h", p.stride_h);
  visit("stride_w", p.stride_w);
  visit("pad_top", p.pad_top);
  visit("pad_left", p.pad_left);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
}

/// Every window must hold at least one element of the input; stride * output is below 2^31.
template <class Element>
[[nodiscard]] constexpr Status pool_2d_check(const Pool2dParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.channels)) return Status::kBadShape;
  if (!fits_int32(p.batches, p.output_h, p.output_w, p.channels)) return Status::kBadShape;
  // The average's count and sum stay in int32: fewer than 2^22 elements of at most 2^7, or 2^15 of at most 2^15.
  constexpr int32_t kPerElement = sizeof(Element) == 1 ? 1 << 9 : 1 << 16;
  if (!fits_int32(p.pool_h, p.pool_w, kPerElement)) return Status::kBadShape;
  if (!fits_int32(p.stride_h, p.output_h) || !fits_int32(p.stride_w, p.output_w)) return Status::kBadStride;
  if (p.pad_top < 0 || p.pad_left < 0 || p.pad_top >= p.pool_h || p.pad_left >= p.pool_w) return Status::kBadPadding;
  const int64_t last_y = static_cast<int64_t>(p.output_h - 1) * p.stride_h - p.pad_top;
  const int64_t last_x = static_cast<int64_t>(p.output_w - 1) * p.stride_w - p.pad_left;
  if (last_y >= p.input_h || last_x >= p.input_w) return Status::kBadPadding;
  return check_activation<Element>(p.activation_min, p.activation_max);
}

namespace detail {

/// Elements from begin to end, end left out.
struct WindowPart {
  int32_t begin;
  int32_t end;
};

/// The part of `size` elements from `first` on that lies in [0, limit).
[[nodiscard]] constexpr WindowPart window_part(int32_t first, int32_t size, int32_t limit) {
  // Compared at the window's first element: first + size may pass 2^31 - 1.
  return {max_of(first, int32_t{0}), min_of(first, limit - size) + size};
}

/// Calls reduce(rows of the window, columns of the window) for every window of output row oy, from left to right.
template <class Reduce>
inline void for_each_window_of_row(const Pool2dParams& p, int32_t oy, Reduce&& reduce) {
  const WindowPart y = window_part(oy * p.stride_h - p.pad_top, p.pool_h, p.input_h);
  for (int32_t ox = 0; ox < p.output_w; ++ox) {
    reduce(y, window_part(ox * p.stride_w - p.pad_left, p.pool_w, p.input_w));
  }
}

/// Calls row(rows of the sample, oy, output row) for every row of the output.
template <class Element, class Row>
inline void for_each_pooled_row(const Pool2dParams& p, const Element* input, Element* output, Row&& row) {
  const int32_t input_row = p.input_w * p.channels;
  const int32_t output_row = p.output_w * p.channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    const Rows<const Element> rows = {input + static_cast<ptrdiff_t>(b) * p.input_h * input_row, input_row, p.input_h};
    for (int32_t oy = 0; oy < p.output_h; ++oy) {
      row(rows, oy, output);
      output += output_row;
    }
  }
}

}  // namespace detail

/// Row `oy` of max_pool_2d's output, for one sample: p.batches is not read.
///
/// input      rows [input_w, channels] Element, of which those that the output row needs are there
/// output_row [output_w, channels] Element
template <class Element>
inline void max_pool_2d_row(const Pool2dParams& p, Rows<const Element> input, int32_t oy, Element* output_row) {
  detail::for_each_window_of_row(p, oy, [&](detail::WindowPart rows, detail::WindowPart columns) {
    for (int32_t c = 0; c < p.channels; ++c) {
      int32_t largest = std::numeric_limits<Element>::min();
      for (int32_t y = rows.begin; y < rows.end; ++y) {
        const Element* row = input.row(y) + c;
        for (int32_t x = columns.begin; x < columns.end; ++x) {
          largest = max_of(largest, int32_t{row[static_cast<ptrdiff_t>(x) * p.channels]});
        }
      }
      *output_row++ = static_cast<Element>(clamp(largest, p.activation_min, p.activation_max));
    }
  });
}

/// output = clamp(largest element of each window).
///
/// input  [batches, input_h, input_w, channels] Element, int8 or int16; padding takes no part
/// output [batches, output_h, output_w, channels] Element
/// `p` passed pool_2d_check<Element>; no scratch.
template <class Element>
inline void max_pool_2d(const Pool2dParams& p, const Element* input, Element* output) {
  detail::for_each_pooled_row(p, input, output, [&](Rows<const Element> rows, int32_t oy, Element* output_row) {
    max_pool_2d_row(p, rows, oy, output_row);
  });
}

/// Row `oy` of average_pool_2d's output, for one sample: p.batches is not read.
///
/// input      rows [input_w, channels] Element, of which those that the output row needs are there
/// output_row [output_w, channels] Element
template <class Element>
inline void average_pool_2d_row(const Pool2dParams& p, Rows<const Element> input, int32_t oy, Element* output_row) {
  detail::for_each_window_of_row(p, oy, [&](detail::WindowPart rows, detail::WindowPart columns) {
    const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
    for (int32_t c = 0; c < p.channels; ++c) {
      int32_t sum = 0;
      for (int32_t y = rows.begin; y < rows.end; ++y) {
        const Element* row = input.row(y) + c;
        for (int32_t x = columns.begin; x < columns.end; ++x) sum += row[static_cast<ptrdiff_t>(x) * p.channels];
      }
      const int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
      *output_row++ = static_cast<Element>(clamp(mean, p.activation_min, p.activation_max));
    }
  });
}

/// output = clamp(mean of each window's elements that are not padding, rounded half away from zero).
///
/// input  [batches, input_h, input_w, channels] Element
/// output [batches, output_h, output_w, channels] Element
/// `p` passed pool_2d_check<Element>; no scratch.
template <class Element>
inline void average_pool_2d(const Pool2dParams& p, const Element* input, Element* output) {
  detail::for_each_pooled_row(p, input, output, [&](Rows<const Element> rows, int32_t oy, Element* output_row) {
    average_pool_2d_row(p, rows, oy, output_row);
  });
}

}  // namespace edgetwin

#endif  // EDGETWIN_POOL_HPP_
