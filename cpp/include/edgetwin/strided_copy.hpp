// One copy between two arrays of up to six strided axes: transpose, slice, split, pack, concatenation, depth_to_space,
// broadcast_to and their kin are calls of it.
#ifndef EDGETWIN_STRIDED_COPY_HPP_
#define EDGETWIN_STRIDED_COPY_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// All in elements, axes outermost first; unused leading axes have one element and stride 0.
struct StridedCopyParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1; elements copied along each axis
  int32_t input_stride_0, input_stride_1, input_stride_2, input_stride_3, input_stride_4, input_stride_5;  ///< any
  int32_t output_stride_0, output_stride_1, output_stride_2, output_stride_3, output_stride_4, output_stride_5;
  int32_t input_offset, output_offset;  ///< of the first element; all elements touched lie inside their arrays
  int32_t input_size, output_size;      ///< >= 1
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_strided_copy_fields(Params& p, Visitor&& visit) {
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("input_stride_0", p.input_stride_0);
  visit("input_stride_1", p.input_stride_1);
  visit("input_stride_2", p.input_stride_2);
  visit("input_stride_3", p.input_stride_3);
  visit("input_stride_4", p.input_stride_4);
  visit("input_stride_5", p.input_stride_5);
  visit("output_stride_0", p.output_stride_0);
  visit("output_stride_1", p.output_stride_1);
  visit("output_stride_2", p.output_stride_2);
  visit("output_stride_3", p.output_stride_3);
  visit("output_stride_4", p.output_stride_4);
  visit("output_stride_5", p.output_stride_5);
  visit("input_offset", p.input_offset);
  visit("output_offset", p.output_offset);
  visit("input_size", p.input_size);
  visit("output_size", p.output_size);
}

namespace detail {

struct CopyAxes {
  int32_t dims[6];
  int32_t input[6];
  int32_t output[6];
};

[[nodiscard]] constexpr CopyAxes copy_axes(const StridedCopyParams& p) {
  return {{p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5},
          {p.input_stride_0, p.input_stride_1, p.input_stride_2, p.input_stride_3, p.input_stride_4, p.input_stride_5},
          {p.output_stride_0, p.output_stride_1, p.output_stride_2, p.output_stride_3, p.output_stride_4,
           p.output_stride_5}};
}

/// True if every element touched lies in [0, size). The dims' product is below 2^31, so the sums are below 2^62.
[[nodiscard]] constexpr bool stays_inside(const int32_t* dims, const int32_t* strides, int32_t offset, int32_t size) {
  int64_t low = offset, high = offset;
  for (int i = 0; i < 6; ++i) {
    const int64_t reach = (int64_t{dims[i]} - 1) * strides[i];
    low += min_of<int64_t>(reach, 0);
    high += max_of<int64_t>(reach, 0);
  }
  return low >= 0 && high < size;
}

}  // namespace detail

[[nodiscard]] constexpr Status strided_copy_check(const StridedCopyParams& p) {
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5) || p.input_size < 1 || p.output_size < 1) {
    return Status::kBadShape;
  }
  const detail::CopyAxes a = detail::copy_axes(p);
  return detail::stays_inside(a.dims, a.input, p.input_offset, p.input_size) &&
                 detail::stays_inside(a.dims, a.output, p.output_offset, p.output_size)
             ? Status::kOk
             : Status::kBadStride;
}

/// output[output_offset + sum of i_k output_stride_k] = input[input_offset + sum of i_k input_stride_k] for all i.
///
/// input  [input_size], of elements of one size
/// output [output_size]; what no index reaches keeps its value
/// The arrays do not overlap. `p` passed strided_copy_check; no scratch.
template <class T>
inline void strided_copy(const StridedCopyParams& p, const T* input, T* output) {
  const detail::CopyAxes a = detail::copy_axes(p);
  // The check bounds every single axis's way by 2^31: positions are kept inside the arrays, none is one too far.
  int32_t from = p.input_offset, to = p.output_offset;
  int32_t index[5] = {};
  const int32_t length = a.dims[5], step_in = a.input[5], step_out = a.output[5];
  for (;;) {
    if (step_in == 1 && step_out == 1) {
      for (int32_t i = 0; i < length; ++i) output[to + i] = input[from + i];
    } else {
      for (int32_t i = 0; i < length; ++i) output[to + i * step_out] = input[from + i * step_in];
    }
    int d = 4;
    for (; d >= 0 && index[d] == a.dims[d] - 1; --d) {
      from -= index[d] * a.input[d];
      to -= index[d] * a.output[d];
      index[d] = 0;
    }
    if (d < 0) return;
    ++index[d];
    from += a.input[d];
    to += a.output[d];
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_STRIDED_COPY_HPP_
