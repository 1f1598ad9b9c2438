// Float32 reductions, and positions of extremes.
#ifndef EDGETWIN_HOST_FLOAT32_REDUCE_HPP_
#define EDGETWIN_HOST_FLOAT32_REDUCE_HPP_

#include <limits>

#include "calls/arg_min_max.hpp"
#include "calls/call.hpp"
#include "edgetwin/reduce.hpp"

namespace edgetwin::host::float32 {

struct Sum {
  static constexpr const char* kName = "sum_f32";
  static constexpr float kStart = 0.0F;
  static float join(float whole, float value) { return whole + value; }
  static float finish(float whole, int64_t) { return whole; }
};
struct Mean {
  static constexpr const char* kName = "mean_f32";
  static constexpr float kStart = 0.0F;
  static float join(float whole, float value) { return whole + value; }
  static float finish(float whole, int64_t count) { return whole / static_cast<float>(count); }
};
struct ReduceProd {
  static constexpr const char* kName = "reduce_prod_f32";
  static constexpr float kStart = 1.0F;
  static float join(float whole, float value) { return whole * value; }
  static float finish(float whole, int64_t) { return whole; }
};
/// NaN is taken, and then what comes after it.
struct ReduceMax {
  static constexpr const char* kName = "reduce_max_f32";
  static constexpr float kStart = -std::numeric_limits<float>::infinity();
  static float join(float whole, float value) { return whole > value ? whole : value; }
  static float finish(float whole, int64_t) { return whole; }
};
/// NaN as by ReduceMax.
struct ReduceMin {
  static constexpr const char* kName = "reduce_min_f32";
  static constexpr float kStart = std::numeric_limits<float>::infinity();
  static float join(float whole, float value) { return whole < value ? whole : value; }
  static float finish(float whole, int64_t) { return whole; }
};

/// Every output joins what is reduced into it, in the order of the input.
///
/// input  [dim_0, ..., dim_5] float32
/// output the dimensions that are not reduced, float32
template <class Reducer>
struct Reduce {
  using Params = ReduceParams;
  static constexpr const char* kName = Reducer::kName;
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_reduce_fields(p, visit);
  }
  static Status check(const Params& p) { return reduce_check(p); }
  static calls::Layout layout(const Params& p) {
    constexpr int64_t element = sizeof(float);
    const detail::ReducedAxes a = detail::reduced_axes(p);
    calls::Layout l = {};
    l.inputs[0] = element * a.inputs;
    l.outputs[0] = element * a.outputs;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    float* output = calls::as<float>(o.outputs[0]);
    const detail::ReducedAxes a = detail::reduced_axes(p);
    for (int64_t i = 0; i < a.outputs; ++i) output[i] = Reducer::kStart;
    detail::for_each_reduced(
        a, [&](int64_t source, int64_t target) { output[target] = Reducer::join(output[target], input[source]); });
    for (int64_t i = 0; i < a.outputs; ++i) output[i] = Reducer::finish(output[i], a.inputs / a.outputs);
  }
};

/// The axes in front of the one that is summed along, that axis, and those behind it.
struct CumsumF32Params {
  int32_t outer;      ///< >= 1
  int32_t size;       ///< >= 1
  int32_t inner;      ///< >= 1
  int32_t exclusive;  ///< 1: sums leave their own element out
  int32_t reverse;    ///< 1: from the end
};

/// output = the sum of the elements so far.
///
/// input, output [outer, size, inner] float32
struct CumsumF32 {
  using Params = CumsumF32Params;
  static constexpr const char* kName = "cumsum_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("outer", p.outer);
    visit("size", p.size);
    visit("inner", p.inner);
    visit("exclusive", p.exclusive);
    visit("reverse", p.reverse);
  }
  static Status check(const Params& p) {
    if (p.exclusive < 0 || p.exclusive > 1 || p.reverse < 0 || p.reverse > 1) return Status::kBadParameter;
    return fits_int32(p.outer, p.size, p.inner) ? Status::kOk : Status::kBadShape;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.outer} * p.size * p.inner * static_cast<int64_t>(sizeof(float));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    const float* input = calls::as<float>(o.inputs[0]);
    float* output = calls::as<float>(o.outputs[0]);
    for (int64_t outer = 0; outer < p.outer; ++outer) {
      for (int64_t inner = 0; inner < p.inner; ++inner) {
        float sum = 0.0F;
        for (int32_t i = 0; i < p.size; ++i) {
          const int64_t at = (outer * p.size + (p.reverse != 0 ? p.size - 1 - i : i)) * p.inner + inner;
          const float before = sum;
          sum += input[at];
          output[at] = p.exclusive != 0 ? before : sum;
        }
      }
    }
  }
};

struct ArgMaxF32 : calls::ArgMinMaxCall<float, arg_max<float>> {
  static constexpr const char* kName = "arg_max_f32";
};

struct ArgMinF32 : calls::ArgMinMaxCall<float, arg_min<float>> {
  static constexpr const char* kName = "arg_min_f32";
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_REDUCE_HPP_
