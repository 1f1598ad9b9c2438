// add, sub and mul of int8 as XNNPACK computes them.
#ifndef EDGETWIN_HOST_XNNPACK_ELEMENTWISE_HPP_
#define EDGETWIN_HOST_XNNPACK_ELEMENTWISE_HPP_

#include "calls/elementwise.hpp"
#include "host/xnnpack/requantize.hpp"

namespace edgetwin::host::xnnpack {

/// What both kernels take. Shape as of the device core's AddParams.
struct BinaryParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t output_zero_point;                         ///< [-128, 127]
  int32_t activation_min;                            ///< [-128, activation_max]
  int32_t activation_max;                            ///< [activation_min, 127]
};

template <class Params, class Visitor>
constexpr void visit_binary_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("y_zero_point", p.y_zero_point);
  visit("output_zero_point", p.output_zero_point);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
}

[[nodiscard]] constexpr Status binary_check(const BinaryParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point) || !in_int8(p.output_zero_point)) {
    return Status::kBadZeroPoint;
  }
  return check_activation_s8(p.activation_min, p.activation_max);
}

/// Both operands times a fixed-point scale, added, rounded once.
struct AddParams : BinaryParams {
  int32_t x_multiplier;  ///< [0, 2^21]; input scale / output scale * 2^shift
  int32_t y_multiplier;  ///< [-2^21, 2^21]; negative for a difference
  int32_t shift;         ///< [12, 30]
};

/// output = clamp(((x - x_zero_point) * x_multiplier + (y - y_zero_point) * y_multiplier + 2^(shift-1)) >> shift
/// + output_zero_point). Arrays as of the device core's; no term passes 2^29.
inline void add_s8(const AddParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  const int32_t half = 1 << (p.shift - 1);
  const int32_t start = half - p.x_multiplier * p.x_zero_point - p.y_multiplier * p.y_zero_point;
  broadcast(p, x, y, output, [&](int8_t a, int8_t b) {
    const int32_t sum = start + a * p.x_multiplier + b * p.y_multiplier;
    return static_cast<int8_t>(clamp((sum >> p.shift) + p.output_zero_point, p.activation_min, p.activation_max));
  });
}

struct AddS8 : calls::BinaryCall<add_s8> {
  static constexpr const char* kName = "add_s8_xnnpack";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_binary_fields(p, visit);
    visit("x_multiplier", p.x_multiplier);
    visit("y_multiplier", p.y_multiplier);
    visit("shift", p.shift);
  }
  static Status check(const AddParams& p) {
    constexpr int32_t limit = 1 << 21;
    if (p.x_multiplier < 0 || p.x_multiplier > limit) return Status::kBadMultiplier;
    if (p.y_multiplier < -limit || p.y_multiplier > limit) return Status::kBadMultiplier;
    return p.shift < 12 || p.shift > 30 ? Status::kBadShift : binary_check(p);
  }
};

struct MulParams : BinaryParams {
  float scale;  ///< as of check_scales; the product of the inputs' / the output's
};

/// output = clamp(nearest(float32((x - x_zero_point) * (y - y_zero_point)) * scale) + output_zero_point), ties to even.
/// Arrays as of add_s8.
inline void mul_s8(const MulParams& p, const int8_t* x, const int8_t* y, int8_t* output) {
  const CodeRange range(p.activation_min, p.activation_max, p.output_zero_point);
  broadcast(p, x, y, output, [&](int8_t a, int8_t b) {
    const int32_t product = (a - p.x_zero_point) * (b - p.y_zero_point);
    return range(static_cast<float>(product) * p.scale);
  });
}

struct MulS8 : calls::BinaryCall<mul_s8> {
  static constexpr const char* kName = "mul_s8_xnnpack";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_binary_fields(p, visit);
    visit("scale", p.scale);
  }
  static Status check(const MulParams& p) {
    const Status status = check_scales(&p.scale, 1);
    return status != Status::kOk ? status : binary_check(p);
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_ELEMENTWISE_HPP_
