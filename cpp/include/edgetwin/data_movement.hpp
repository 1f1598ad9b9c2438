// Padding: elements of one, two or four bytes are moved, none is computed.
#ifndef EDGETWIN_DATA_MOVEMENT_HPP_
#define EDGETWIN_DATA_MOVEMENT_HPP_

#include "edgetwin/rows.hpp"
#include "edgetwin/types.hpp"

namespace edgetwin {

/// Six dimensions, outermost first; unused leading ones are 1 without padding.
struct PadParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;                    ///< >= 1; the input's shape
  int32_t before_0, before_1, before_2, before_3, before_4, before_5;  ///< >= 0
  int32_t after_0, after_1, after_2, after_3, after_4, after_5;        ///< >= 0
  int32_t value;                                                       ///< inside the range of the element
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_pad_fields(Params& p, Visitor&& visit) {
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("before_0", p.before_0);
  visit("before_1", p.before_1);
  visit("before_2", p.before_2);
  visit("before_3", p.before_3);
  visit("before_4", p.before_4);
  visit("before_5", p.before_5);
  visit("after_0", p.after_0);
  visit("after_1", p.after_1);
  visit("after_2", p.after_2);
  visit("after_3", p.after_3);
  visit("after_4", p.after_4);
  visit("after_5", p.after_5);
  visit("value", p.value);
}

namespace detail {

struct PadAxes {
  int64_t dims[6];
  int64_t before[6];
  int64_t output[6];
};

[[nodiscard]] constexpr PadAxes pad_axes(const PadParams& p) {
  PadAxes a = {{p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5},
               {p.before_0, p.before_1, p.before_2, p.before_3, p.before_4, p.before_5},
               {p.after_0, p.after_1, p.after_2, p.after_3, p.after_4, p.after_5}};
  for (int i = 0; i < 6; ++i) a.output[i] += a.dims[i] + a.before[i];
  return a;
}

}  // namespace detail

template <class Element>
[[nodiscard]] constexpr Status pad_check(const PadParams& p) {
  const detail::PadAxes a = detail::pad_axes(p);
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5)) return Status::kBadShape;
  for (int i = 0; i < 6; ++i) {
    if (a.before[i] < 0 || a.output[i] < a.dims[i] + a.before[i]) return Status::kBadPadding;
  }
  if (!fits_int32(a.output[0], a.output[1], a.output[2], a.output[3], a.output[4], a.output[5])) {
    return Status::kBadShape;
  }
  return saturate<Element>(p.value) == p.value ? Status::kOk : Status::kBadZeroPoint;
}

/// output = input surrounded by `value`.
///
/// input  [dim_0, ..., dim_5] Element: int8, int16, int32, or the bits of anything as large
/// output [before_i + dim_i + after_i] Element
/// `p` passed pad_check<Element>; no scratch.
template <class Element>
inline void pad(const PadParams& p, const Element* input, Element* output) {
  const detail::PadAxes a = detail::pad_axes(p);
  const Element value = static_cast<Element>(p.value);
  int64_t rows = 1;
  for (int i = 0; i < 5; ++i) rows *= a.output[i];
  int64_t index[5] = {};
  for (int64_t row = 0; row < rows; ++row) {
    bool inside = true;
    for (int d = 0; d < 5; ++d) inside = inside && index[d] >= a.before[d] && index[d] < a.before[d] + a.dims[d];
    int64_t i = 0;
    if (inside) {
      // Rows that hold input are visited in the input's own order.
      for (; i < a.before[5]; ++i) *output++ = value;
      for (; i < a.before[5] + a.dims[5]; ++i) *output++ = *input++;
    }
    for (; i < a.output[5]; ++i) *output++ = value;
    for (int d = 4; d >= 0 && ++index[d] == a.output[d]; --d) index[d] = 0;
  }
}

/// Row y of pad's output, alone: rows are along the outermost axis that has more than one element there.
///
/// input  rows of the input along that axis, of which that of row y is there, if it has one
/// row    one row of the output
template <class Element>
inline void pad_row(const PadParams& p, Rows<const Element> input, int32_t y, Element* row) {
  PadParams one = p;
  int32_t* const dims[] = {&one.dim_0, &one.dim_1, &one.dim_2, &one.dim_3, &one.dim_4};
  int32_t* const before[] = {&one.before_0, &one.before_1, &one.before_2, &one.before_3, &one.before_4};
  int32_t* const after[] = {&one.after_0, &one.after_1, &one.after_2, &one.after_3, &one.after_4};
  int32_t axis = 0;
  while (axis < 4 && *before[axis] + *dims[axis] + *after[axis] == 1) ++axis;
  const int32_t inside = y - *before[axis];
  const bool is_input = inside >= 0 && inside < *dims[axis];
  *dims[axis] = 1;
  *before[axis] = *after[axis] = 0;
  if (is_input) return pad(one, input.row(inside), row);
  const detail::PadAxes a = detail::pad_axes(one);
  int64_t count = 1;
  for (const int64_t size : a.output) count *= size;
  for (int64_t i = 0; i < count; ++i) row[i] = static_cast<Element>(p.value);
}

}  // namespace edgetwin

#endif  // EDGETWIN_DATA_MOVEMENT_HPP_
