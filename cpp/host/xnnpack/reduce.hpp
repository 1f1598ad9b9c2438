// mean and sum of int8 as XNNPACK computes them.
#ifndef EDGETWIN_HOST_XNNPACK_REDUCE_HPP_
#define EDGETWIN_HOST_XNNPACK_REDUCE_HPP_

#include <algorithm>

#include "calls/call.hpp"
#include "edgetwin/reduce.hpp"
#include "host/xnnpack/requantize.hpp"

namespace edgetwin::host::xnnpack {

/// Six dimensions, outermost first; unused leading ones are 1 and not reduced.
struct SumParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1; the input's shape
  int32_t reduced;                                   ///< bit i: dimension i is summed over
  float scale;                                       ///< input scale / output scale; a mean's / number of elements
  float offset;  ///< output zero point - number of elements * input zero point * scale
};

/// output = nearest(float32(sum of codes) * scale + offset), ties to even, saturated.
///
/// input  [dim_0, ..., dim_5] int8
/// output [the dimensions that are not reduced] int8
/// Scratch: one int32 an output.
struct SumS8 {
  using Params = SumParams;
  static constexpr const char* kName = "sum_s8_xnnpack";
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_reduce_fields(p, visit);
    visit("scale", p.scale);
    visit("offset", p.offset);
  }
  static Status check(const Params& p) {
    const Status status = edgetwin::detail::reduced_axes_check(p);
    if (status != Status::kOk) return status;
    const edgetwin::detail::ReducedAxes a = edgetwin::detail::reduced_axes(p);
    return a.inputs / a.outputs > kInt32Max / 128 ? Status::kTooLarge : Status::kOk;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    const edgetwin::detail::ReducedAxes a = edgetwin::detail::reduced_axes(p);
    l.inputs[0] = a.inputs;
    l.outputs[0] = a.outputs;
    l.scratch = a.outputs * static_cast<int64_t>(sizeof(int32_t));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const int8_t* const input = calls::as<int8_t>(o.inputs[0]);
    int8_t* const output = calls::as<int8_t>(o.outputs[0]);
    int32_t* const sums = calls::as<int32_t>(o.scratch);
    const edgetwin::detail::ReducedAxes a = edgetwin::detail::reduced_axes(p);
    std::fill_n(sums, a.outputs, 0);
    edgetwin::detail::for_each_reduced(a, [&](int64_t source, int64_t target) { sums[target] += input[source]; });
    const CodeRange range(kInt8Min, kInt8Max, 0);
    for (int64_t i = 0; i < a.outputs; ++i) output[i] = range(static_cast<float>(sums[i]) * p.scale + p.offset);
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_REDUCE_HPP_
