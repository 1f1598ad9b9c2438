#ifndef EDGETWIN_CALLS_NONLINEAR_HPP_
#define EDGETWIN_CALLS_NONLINEAR_HPP_

#include "edgetwin/activation.hpp"
#include "edgetwin/hard_swish.hpp"
#include "edgetwin/l2_normalization.hpp"
#include "edgetwin/log_softmax.hpp"
#include "edgetwin/lookup.hpp"
#include "edgetwin/rsqrt.hpp"
#include "edgetwin/softmax.hpp"
#include "quantize.hpp"

namespace edgetwin::calls {

/// What kernels over the rows of one array share.
template <class Element, class P>
struct RowsCall {
  using Params = P;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{p.rows} * p.depth * static_cast<int64_t>(sizeof(Element));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

template <class Out>
struct Softmax {
  using Params = SoftmaxParams;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_softmax_fields(p, visit);
  }
  static Status check(const Params& p) { return softmax_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.rows} * p.depth;
    l.outputs[0] = l.inputs[0] * static_cast<int64_t>(sizeof(Out));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    softmax<Out>(p, as<int8_t>(o.inputs[0]), as<Out>(o.outputs[0]));
  }
};

struct SoftmaxS8 : Softmax<int8_t> {
  static constexpr const char* kName = "softmax_s8";
};
struct SoftmaxS8S16 : Softmax<int16_t> {
  static constexpr const char* kName = "softmax_s8_s16";
};

struct SoftmaxS16 : RowsCall<int16_t, TableSoftmaxParams> {
  static constexpr const char* kName = "softmax_s16";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_table_softmax_fields(p, visit);
  }
  static Status check(const Params& p) { return table_softmax_check(p); }
  static void run(const Params& p, const Operands& o) {
    softmax_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.outputs[0]));
  }
};

struct CurveS8 : UnaryCall<int8_t, int8_t, CurveParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_curve_fields(p, visit);
  }
  static Status check(const Params& p) { return curve_check(p); }
};

struct LogisticS8 : CurveS8 {
  static constexpr const char* kName = "logistic_s8";
  static void run(const Params& p, const Operands& o) {
    logistic_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct TanhS8 : CurveS8 {
  static constexpr const char* kName = "tanh_s8";
  static void run(const Params& p, const Operands& o) { tanh_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0])); }
};

struct TableCurveS16 : UnaryCall<int16_t, int16_t, TableCurveParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_table_curve_fields(p, visit);
  }
  static Status check(const Params& p) { return table_curve_check(p); }
};

struct LogisticS16 : TableCurveS16 {
  static constexpr const char* kName = "logistic_s16";
  static void run(const Params& p, const Operands& o) {
    logistic_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.outputs[0]));
  }
};

struct TanhS16 : TableCurveS16 {
  static constexpr const char* kName = "tanh_s16";
  static void run(const Params& p, const Operands& o) {
    tanh_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.outputs[0]));
  }
};

struct HardSwishS8 : UnaryCall<int8_t, int8_t, HardSwishParams> {
  static constexpr const char* kName = "hard_swish_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_hard_swish_fields(p, visit);
  }
  static Status check(const Params& p) { return hard_swish_check(p); }
  static void run(const Params& p, const Operands& o) {
    hard_swish_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

template <class Element>
struct Rsqrt : UnaryCall<Element, Element, RsqrtParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_rsqrt_fields(p, visit);
  }
  static Status check(const RsqrtParams& p) { return rsqrt_check<Element>(p); }
  static void run(const RsqrtParams& p, const Operands& o) {
    rsqrt(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]));
  }
};

struct RsqrtS8 : Rsqrt<int8_t> {
  static constexpr const char* kName = "rsqrt_s8";
};

struct RsqrtS16 : Rsqrt<int16_t> {
  static constexpr const char* kName = "rsqrt_s16";
};

struct LookupS8 : UnaryCall<int8_t, int8_t, LookupParams> {
  static constexpr const char* kName = "lookup_s8";
  static constexpr SlotNames kSlots = {{"input"}, {"table"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_lookup_fields(p, visit);
  }
  static Status check(const Params& p) { return lookup_check(p); }
  static Layout layout(const Params& p) {
    Layout l = UnaryCall::layout(p);
    l.constants[0] = 256;
    return l;
  }
  static void run(const Params& p, const Operands& o) {
    lookup_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.constants[0]), as<int8_t>(o.outputs[0]));
  }
};

struct LogSoftmaxS8 : RowsCall<int8_t, LogSoftmaxParams> {
  static constexpr const char* kName = "log_softmax_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_log_softmax_fields(p, visit);
  }
  static Status check(const Params& p) { return log_softmax_check(p); }
  static void run(const Params& p, const Operands& o) {
    log_softmax_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

struct L2NormalizationS8 : RowsCall<int8_t, L2NormalizationParams> {
  static constexpr const char* kName = "l2_normalization_s8";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_l2_normalization_fields(p, visit);
  }
  static Status check(const Params& p) { return l2_normalization_check(p); }
  static void run(const Params& p, const Operands& o) {
    l2_normalization_s8(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_NONLINEAR_HPP_
