// Comparisons to bool: of two int8 activations of different scales, and of numbers as they are.
#ifndef EDGETWIN_COMPARISON_HPP_
#define EDGETWIN_COMPARISON_HPP_

#include "edgetwin/elementwise.hpp"

namespace edgetwin {

/// The output's shape, which both operands broadcast to: six dimensions, unused leading ones are 1.
struct ComparisonParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t x_zero_point;                              ///< [-128, 127]
  int32_t x_multiplier;                              ///< >= 0; x's scale
  int32_t x_shift;                                   ///< [-31, 0]
  int32_t y_zero_point;                              ///< [-128, 127]
  int32_t y_multiplier;                              ///< >= 0; y's scale
  int32_t y_shift;                                   ///< [-31, 0]
  int32_t left_shift;                                ///< [0, 22]; TFLite uses 8
  Rounding rounding;
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_comparison_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("x_zero_point", p.x_zero_point);
  visit("x_multiplier", p.x_multiplier);
  visit("x_shift", p.x_shift);
  visit("y_zero_point", p.y_zero_point);
  visit("y_multiplier", p.y_multiplier);
  visit("y_shift", p.y_shift);
  visit("left_shift", p.left_shift);
  visit("rounding", p.rounding);
}

[[nodiscard]] constexpr Status comparison_check(const ComparisonParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  if (!in_int8(p.x_zero_point) || !in_int8(p.y_zero_point)) return Status::kBadZeroPoint;
  if (p.x_multiplier < 0 || p.y_multiplier < 0) return Status::kBadMultiplier;
  // |x - zero point| <= 255 = 2^8 - 1, so 22 more bits stay inside int32.
  if (p.left_shift < 0 || p.left_shift > 22) return Status::kBadShift;
  if (p.x_shift < -31 || p.x_shift > 0 || p.y_shift < -31 || p.y_shift > 0) return Status::kBadShift;
  return is_rounding(p.rounding) ? Status::kOk : Status::kBadRounding;
}

/// The relations; each is a kernel's name.
struct Equal {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a == b;
  }
};

struct NotEqual {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a != b;
  }
};

struct Greater {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a > b;
  }
};

struct GreaterEqual {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a >= b;
  }
};

struct Less {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a < b;
  }
};

struct LessEqual {
  template <class T>
  [[nodiscard]] constexpr bool operator()(T a, T b) const {
    return a <= b;
  }
};

/// output = whether x and y stand for values of this Relation, 1 or 0, with broadcasting. Both are compared in units of
/// 2^-left_shift: codes whose real values differ by less may be equal.
///
/// x, y   int8, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5], one byte an element
/// `p` passed comparison_check; no scratch.
template <class Relation>
inline void compare_s8(const ComparisonParams& p, const int8_t* x, const int8_t* y, uint8_t* output) {
  broadcast(p, x, y, output, [&p](int8_t a, int8_t b) {
    const int32_t left = detail::common_x(p, a, p.rounding), right = detail::common_y(p, b, p.rounding);
    return static_cast<uint8_t>(Relation{}(left, right) ? 1 : 0);
  });
}

/// output = whether the numbers x and y are of this Relation, 1 or 0, with broadcasting.
///
/// x, y   Element: int32, int64, or bool in one byte, 1 or 0; row-major, shapes as of compare_s8
/// output [dim_0, ..., dim_5], one byte an element
/// `p` passed broadcast_check; no scratch.
template <class Relation, class Element>
inline void compare(const BroadcastParams& p, const Element* x, const Element* y, uint8_t* output) {
  broadcast(p, x, y, output, [](Element a, Element b) { return static_cast<uint8_t>(Relation{}(a, b) ? 1 : 0); });
}

}  // namespace edgetwin

#endif  // EDGETWIN_COMPARISON_HPP_
