// Reductions of activations. Means and sums are of int8 or int16; int16 is symmetric: its zero points are 0.
#ifndef EDGETWIN_REDUCE_HPP_
#define EDGETWIN_REDUCE_HPP_

#include "edgetwin/requantize.hpp"

namespace edgetwin {

/// Six dimensions, outermost first; unused leading ones are 1 and not reduced.
struct MeanParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1; the input's shape
  int32_t reduced;                                   ///< bit i: dimension i is summed over
  int32_t input_zero_point;                          ///< [-128, 127]; 0 for int16
  int32_t output_zero_point;                         ///< [-128, 127]; 0 for int16
  int32_t multiplier;  ///< >= 0; input scale / output scale; a mean's / number of elements
  int32_t shift;       ///< [-31, 30], positive = left
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

/// What is reduced without arithmetic on scales. Six dimensions as in MeanParams.
struct ReduceParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1; the input's shape
  int32_t reduced;                                   ///< bit i: dimension i is reduced
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_reduce_fields(Params& p, Visitor&& visit) {
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("reduced", p.reduced);
}

namespace detail {

struct ReducedAxes {
  int64_t dims[6];
  int64_t stride[6];  ///< elements of the output from one index of a dimension to the next; 0 where it is reduced
  int64_t inputs;     ///< elements of the input
  int64_t outputs;    ///< elements of the output
};

/// Of parameters whose dimensions passed fits_int32.
template <class Params>
[[nodiscard]] constexpr ReducedAxes reduced_axes(const Params& p) {
  ReducedAxes a = {{p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5}, {}, 1, 1};
  for (int i = 5; i >= 0; --i) {
    const bool reduced = ((p.reduced >> i) & 1) != 0;
    a.stride[i] = reduced ? 0 : a.outputs;
    a.inputs *= a.dims[i];
    a.outputs *= reduced ? 1 : a.dims[i];
  }
  return a;
}

template <class Params>
[[nodiscard]] constexpr Status reduced_axes_check(const Params& p) {
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5)) return Status::kBadShape;
  return p.reduced < 0 || p.reduced > 63 ? Status::kBadParameter : Status::kOk;
}

/// Calls visit(source, target) for every element of the input, in order, with that of the output it is reduced into.
template <class Visitor>
constexpr void for_each_reduced(const ReducedAxes& a, Visitor&& visit) {
  const int64_t rows = a.inputs / a.dims[5];
  int64_t index[5] = {};
  int64_t source = 0, target = 0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < a.dims[5]; ++i) visit(source++, target + i * a.stride[5]);
    for (int d = 4; d >= 0; --d) {
      target += a.stride[d];
      if (++index[d] < a.dims[d]) break;
      target -= a.stride[d] * a.dims[d];
      index[d] = 0;
    }
  }
}

}  // namespace detail

template <class Element>
[[nodiscard]] constexpr Status mean_check(const MeanParams& p) {
  const Status status = detail::reduced_axes_check(p);
  if (status != Status::kOk) return status;
  const detail::ReducedAxes a = detail::reduced_axes(p);
  // A sum less its zero points is at most 255 a term, or 2^15 of int16.
  constexpr int32_t kTerm = sizeof(Element) == 1 ? 255 : 1 << 15;
  if (a.inputs / a.outputs > kInt32Max / kTerm) return Status::kTooLarge;
  if (!are_zero_points<Element>(p.input_zero_point, p.output_zero_point)) return Status::kBadZeroPoint;
  if (!is_rounding(p.rounding)) return Status::kBadRounding;
  return check_requantize(&p.multiplier, &p.shift, 1);
}

[[nodiscard]] constexpr int64_t mean_scratch_bytes(const MeanParams& p) {
  return detail::reduced_axes(p).outputs * static_cast<int64_t>(sizeof(int32_t));
}

/// output = clamp(requantize(sum(input - input_zero_point)) + output_zero_point): a mean with the count inside the
/// multiplier, a sum without.
///
/// input   [dim_0, ..., dim_5] Element, int8 or int16
/// output  the dimensions that are not reduced, Element
/// scratch mean_scratch_bytes(p) bytes, aligned to 4
/// `p` passed mean_check<Element>.
template <class Element>
inline void mean(const MeanParams& p, const Element* input, Element* output, int32_t* scratch) {
  const detail::ReducedAxes a = detail::reduced_axes(p);
  for (int64_t i = 0; i < a.outputs; ++i) scratch[i] = 0;
  detail::for_each_reduced(
      a, [&](int64_t source, int64_t target) { scratch[target] += input[source] - p.input_zero_point; });
  for (int64_t i = 0; i < a.outputs; ++i) {
    const int32_t value = wrapping_add(requantize(scratch[i], p.multiplier, p.shift, p.rounding), p.output_zero_point);
    output[i] = saturate<Element>(value);
  }
}

[[nodiscard]] constexpr Status reduce_check(const ReduceParams& p) { return detail::reduced_axes_check(p); }

/// output = the largest code: input and output share scale and zero point.
///
/// input   [dim_0, ..., dim_5] int8
/// output  the dimensions that are not reduced, int8
/// `p` passed reduce_check; no scratch.
inline void reduce_max_s8(const ReduceParams& p, const int8_t* input, int8_t* output) {
  const detail::ReducedAxes a = detail::reduced_axes(p);
  for (int64_t i = 0; i < a.outputs; ++i) output[i] = static_cast<int8_t>(kInt8Min);
  detail::for_each_reduced(
      a, [&](int64_t source, int64_t target) { output[target] = max_of(output[target], input[source]); });
}

/// output = the smallest code; arguments as of reduce_max_s8.
inline void reduce_min_s8(const ReduceParams& p, const int8_t* input, int8_t* output) {
  const detail::ReducedAxes a = detail::reduced_axes(p);
  for (int64_t i = 0; i < a.outputs; ++i) output[i] = static_cast<int8_t>(kInt8Max);
  detail::for_each_reduced(
      a, [&](int64_t source, int64_t target) { output[target] = min_of(output[target], input[source]); });
}

/// output = whether all are true, 1 or 0; a truth value is a byte, true unless 0.
///
/// input   [dim_0, ..., dim_5], one byte an element
/// output  the dimensions that are not reduced, one byte an element
/// `p` passed reduce_check; no scratch.
inline void reduce_all_bool(const ReduceParams& p, const uint8_t* input, uint8_t* output) {
  const detail::ReducedAxes a = detail::reduced_axes(p);
  for (int64_t i = 0; i < a.outputs; ++i) output[i] = 1;
  detail::for_each_reduced(a, [&](int64_t source, int64_t target) {
    if (input[source] == 0) output[target] = 0;
  });
}

}  // namespace edgetwin

#endif  // EDGETWIN_REDUCE_HPP_
