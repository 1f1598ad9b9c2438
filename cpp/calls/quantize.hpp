#ifndef EDGETWIN_CALLS_QUANTIZE_HPP_
#define EDGETWIN_CALLS_QUANTIZE_HPP_

#include "call.hpp"
#include "edgetwin/quantize.hpp"

namespace edgetwin::calls {

/// What all kernels of one input, one output and no constants share; a derived call names, checks and runs the kernel.
template <class In, class Out, class P>
struct UnaryCall {
  using Params = P;
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{p.size} * static_cast<int64_t>(sizeof(In));
    l.outputs[0] = int64_t{p.size} * static_cast<int64_t>(sizeof(Out));
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
};

template <class Out>
struct QuantizeF32 : UnaryCall<float, Out, QuantizeParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_quantize_fields(p, visit);
  }
  static Status check(const QuantizeParams& p) { return quantize_check<Out>(p); }
  static void run(const QuantizeParams& p, const Operands& o) {
    quantize_f32<Out>(p, as<float>(o.inputs[0]), as<Out>(o.outputs[0]));
  }
};

template <class In>
struct DequantizeF32 : UnaryCall<In, float, QuantizeParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_quantize_fields(p, visit);
  }
  static Status check(const QuantizeParams& p) { return quantize_check<In>(p); }
  static void run(const QuantizeParams& p, const Operands& o) {
    dequantize_f32<In>(p, as<In>(o.inputs[0]), as<float>(o.outputs[0]));
  }
};

template <class In, class Out>
struct Requantize : UnaryCall<In, Out, RequantizeParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_requantize_fields(p, visit);
  }
  static Status check(const RequantizeParams& p) { return requantize_check<In, Out>(p); }
  static void run(const RequantizeParams& p, const Operands& o) {
    requantize_codes<In, Out>(p, as<In>(o.inputs[0]), as<Out>(o.outputs[0]));
  }
};

struct QuantizeF32S8 : QuantizeF32<int8_t> {
  static constexpr const char* kName = "quantize_f32_s8";
};
struct QuantizeF32S16 : QuantizeF32<int16_t> {
  static constexpr const char* kName = "quantize_f32_s16";
};
struct DequantizeS8F32 : DequantizeF32<int8_t> {
  static constexpr const char* kName = "dequantize_s8_f32";
};
struct DequantizeU8F32 : DequantizeF32<uint8_t> {
  static constexpr const char* kName = "dequantize_u8_f32";
};
struct DequantizeS16F32 : DequantizeF32<int16_t> {
  static constexpr const char* kName = "dequantize_s16_f32";
};
struct RequantizeS8S8 : Requantize<int8_t, int8_t> {
  static constexpr const char* kName = "requantize_s8_s8";
};
struct RequantizeS8U8 : Requantize<int8_t, uint8_t> {
  static constexpr const char* kName = "requantize_s8_u8";
};
struct RequantizeU8S8 : Requantize<uint8_t, int8_t> {
  static constexpr const char* kName = "requantize_u8_s8";
};
struct RequantizeS8S16 : Requantize<int8_t, int16_t> {
  static constexpr const char* kName = "requantize_s8_s16";
};
struct RequantizeS8S32 : Requantize<int8_t, int32_t> {
  static constexpr const char* kName = "requantize_s8_s32";
};
struct RequantizeS16S8 : Requantize<int16_t, int8_t> {
  static constexpr const char* kName = "requantize_s16_s8";
};
struct RequantizeS16S16 : Requantize<int16_t, int16_t> {
  static constexpr const char* kName = "requantize_s16_s16";
};
struct RequantizeS16S32 : Requantize<int16_t, int32_t> {
  static constexpr const char* kName = "requantize_s16_s32";
};
struct RequantizeS32S8 : Requantize<int32_t, int8_t> {
  static constexpr const char* kName = "requantize_s32_s8";
};
struct RequantizeS32S16 : Requantize<int32_t, int16_t> {
  static constexpr const char* kName = "requantize_s32_s16";
};

template <class Element>
struct Clamp : UnaryCall<Element, Element, ClampParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_clamp_fields(p, visit);
  }
  static Status check(const ClampParams& p) { return clamp_check<Element>(p); }
  static void run(const ClampParams& p, const Operands& o) {
    clamp_codes(p, as<Element>(o.inputs[0]), as<Element>(o.outputs[0]));
  }
};

struct ClampS8 : Clamp<int8_t> {
  static constexpr const char* kName = "clamp_s8";
};

struct ClampS16 : Clamp<int16_t> {
  static constexpr const char* kName = "clamp_s16";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_QUANTIZE_HPP_
