// Reductions of int8 activations.
#ifndef EDGETWIN_REDUCE_HPP_
#define EDGETWIN_REDUCE_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// Six dimensions, outermost first; unused leading ones are 1 and not reduced.
struct MeanParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1; the input's shape
  int32_t reduced;                                   ///< bit i: dimension i is averaged over
  int32_t input_zero_point;                          ///< [-128, 127]
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t multiplier;                                ///< >= 0; input scale / output scale / number of elements
  int32_t shift;                                     ///< [-31, 30], positive = left
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_mean_fields(Params& p, Visitor&& visit) {
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("reduced", p.reduced);
  visit("input_zero_point", p.input_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("multiplier", p.multiplier);
  visit("shift", p.shift);
  visit("rounding", p.rounding);
}

namespace detail {

struct MeanAxes {
  int64_t dims[6];
  int64_t inputs;   ///< elements of the input
  int64_t outputs;  ///< elements of the output
};

[[nodiscard]] constexpr MeanAxes mean_axes(const MeanParams& p) {
  MeanAxes a = {{p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5}, 1, 1};
  for (int i = 0; i < 6; ++i) {
    a.inputs *= a.dims[i];
    if (((p.reduced >> i) & 1) == 0) a.outputs *= a.dims[i];
  }
  return a;
}

}  // namespace detail

[[nodiscard]] constexpr Status mean_check(const MeanParams& p) {
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5)) return Status::kBadShape;
  if (p.reduced < 0 || p.reduced > 63) return Status::kBadParameter;
  const detail::MeanAxes a = detail::mean_axes(p);
  // A sum less its zero points is at most 255 a term.
  if (a.inputs / a.outputs > kInt32Max / 255) return Status::kTooLarge;
  if (!in_int8(p.input_zero_point) || !in_int8(p.output_zero_point)) return Status::kBadZeroPoint;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

[[nodiscard]] constexpr int64_t mean_scratch_bytes(const MeanParams& p) {
  return detail::mean_axes(p).outputs * static_cast<int64_t>(sizeof(int32_t));
}

/// output = clamp(requantize(sum(input - input_zero_point)) + output_zero_point), the count inside the multiplier.
///
/// input   [dim_0, ..., dim_5] int8
/// output  the dimensions that are not reduced, int8
/// scratch mean_scratch_bytes(p) bytes, aligned to 4
/// `p` passed mean_check.
inline void mean_s8(const MeanParams& p, const int8_t* input, int8_t* output, int32_t* scratch) {
  const detail::MeanAxes a = detail::mean_axes(p);
  int64_t stride[6] = {};
  int64_t size = 1;
  for (int i = 5; i >= 0; --i) {
    const bool reduced = ((p.reduced >> i) & 1) != 0;
    stride[i] = reduced ? 0 : size;
    size *= reduced ? 1 : a.dims[i];
  }
  for (int64_t i = 0; i < a.outputs; ++i) scratch[i] = 0;
  const int64_t rows = a.inputs / a.dims[5];
  int64_t index[5] = {};
  int64_t target = 0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < a.dims[5]; ++i) scratch[target + i * stride[5]] += *input++ - p.input_zero_point;
    for (int d = 4; d >= 0; --d) {
      target += stride[d];
      if (++index[d] < a.dims[d]) break;
      target -= stride[d] * a.dims[d];
      index[d] = 0;
    }
  }
  for (int64_t i = 0; i < a.outputs; ++i) {
    const int32_t value = wrapping_add(requantize(scratch[i], p.multiplier, p.shift, p.rounding), p.output_zero_point);
    output[i] = static_cast<int8_t>(clamp(value, kInt8Min, kInt8Max));
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_REDUCE_HPP_
