#ifndef EDGETWIN_CALLS_CAST_HPP_
#define EDGETWIN_CALLS_CAST_HPP_

#include "edgetwin/cast.hpp"
#include "quantize.hpp"

namespace edgetwin::calls {

template <class In, class Out>
struct Cast : UnaryCall<In, Out, CastParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_cast_fields(p, visit);
  }
  static Status check(const CastParams& p) { return cast_check(p); }
  static void run(const CastParams& p, const Operands& o) {
    cast_codes<In, Out>(p, as<In>(o.inputs[0]), as<Out>(o.outputs[0]));
  }
};

struct CastS8S16 : Cast<int8_t, int16_t> {
  static constexpr const char* kName = "cast_s8_s16";
};
struct CastS8S32 : Cast<int8_t, int32_t> {
  static constexpr const char* kName = "cast_s8_s32";
};
struct CastS8F32 : Cast<int8_t, float> {
  static constexpr const char* kName = "cast_s8_f32";
};
struct CastS16S8 : Cast<int16_t, int8_t> {
  static constexpr const char* kName = "cast_s16_s8";
};
struct CastS16S32 : Cast<int16_t, int32_t> {
  static constexpr const char* kName = "cast_s16_s32";
};
struct CastS16F32 : Cast<int16_t, float> {
  static constexpr const char* kName = "cast_s16_f32";
};
struct CastS32S8 : Cast<int32_t, int8_t> {
  static constexpr const char* kName = "cast_s32_s8";
};
struct CastS32S16 : Cast<int32_t, int16_t> {
  static constexpr const char* kName = "cast_s32_s16";
};
struct CastS32F32 : Cast<int32_t, float> {
  static constexpr const char* kName = "cast_s32_f32";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_CAST_HPP_
