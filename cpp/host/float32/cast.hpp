// Casts from float32, and to it from what boards do not cast.
#ifndef EDGETWIN_HOST_FLOAT32_CAST_HPP_
#define EDGETWIN_HOST_FLOAT32_CAST_HPP_

#include <cmath>
#include <limits>

#include "calls/cast.hpp"
#include "host/float32/elementwise.hpp"

namespace edgetwin::host::float32 {

/// To an integer: the fraction is cut off, what is out of range gives the nearest end, NaN the highest, as in LiteRT.
template <class Out>
struct ToInteger {
  Out operator()(float x) const {
    using Range = std::numeric_limits<Out>;
    // The highest is one below a power of two, to which it may be rounded here.
    if (std::isnan(x) || x >= static_cast<float>(Range::max())) return Range::max();
    return x <= static_cast<float>(Range::min()) ? Range::min() : static_cast<Out>(x);
  }
};

struct ToInt8 : ToInteger<int8_t> {
  static constexpr const char* kName = "cast_f32_s8";
};
struct ToUint8 : ToInteger<uint8_t> {
  static constexpr const char* kName = "cast_f32_u8";
};
struct ToInt16 : ToInteger<int16_t> {
  static constexpr const char* kName = "cast_f32_s16";
};
struct ToInt32 : ToInteger<int32_t> {
  static constexpr const char* kName = "cast_f32_s32";
};
struct ToUint32 : ToInteger<uint32_t> {
  static constexpr const char* kName = "cast_f32_u32";
};
struct ToInt64 : ToInteger<int64_t> {
  static constexpr const char* kName = "cast_f32_s64";
};
/// To a truth value, one byte: what is not zero is true, NaN too.
struct ToBool {
  static constexpr const char* kName = "cast_f32_bool";
  uint8_t operator()(float x) const { return x != 0.0F ? 1 : 0; }
};

/// Of truth values, too: 1 or 0.
struct CastU8F32 : calls::Cast<uint8_t, float> {
  static constexpr const char* kName = "cast_u8_f32";
};
struct CastS64F32 : calls::Cast<int64_t, float> {
  static constexpr const char* kName = "cast_s64_f32";
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_CAST_HPP_
