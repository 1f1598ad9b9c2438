// Arithmetic of numbers as they are, int32 without quantization: shapes, indices and counters that converters compute.
#ifndef EDGETWIN_INTEGER_HPP_
#define EDGETWIN_INTEGER_HPP_

#include "edgetwin/broadcast.hpp"

namespace edgetwin {

/// The output's shape, which both operands broadcast to: six dimensions, unused leading ones are 1.
struct IntegerParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t activation_min;                            ///< <= activation_max
  int32_t activation_max;                            ///< >= activation_min
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_integer_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("activation_min", p.activation_min);
  visit("activation_max", p.activation_max);
}

[[nodiscard]] constexpr Status integer_check(const IntegerParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  return p.activation_min <= p.activation_max ? Status::kOk : Status::kBadActivation;
}

/// The operations of numbers; sums, differences and products wrap.
struct AddNumbers {
  [[nodiscard]] constexpr int32_t operator()(int32_t x, int32_t y) const { return wrapping_add(x, y); }
};

struct SubNumbers {
  [[nodiscard]] constexpr int32_t operator()(int32_t x, int32_t y) const { return wrapping_sub(x, y); }
};

struct MulNumbers {
  [[nodiscard]] constexpr int32_t operator()(int32_t x, int32_t y) const { return wrapping_mul(x, y); }
};

struct SquaredDifferenceOfNumbers {
  [[nodiscard]] constexpr int32_t operator()(int32_t x, int32_t y) const {
    const int32_t difference = wrapping_sub(x, y);
    return wrapping_mul(difference, difference);
  }
};

/// The quotient, cut towards zero. Where it is undefined, and TFLite Micro on a PC dies, it is what Arm's SDIV gives: a
/// divisor of 0 gives 0, and INT32_MIN / -1 wraps.
struct DivNumbers {
  [[nodiscard]] constexpr int32_t operator()(int32_t x, int32_t y) const {
    if (y == 0) return 0;
    return y == -1 ? wrapping_sub(0, x) : x / y;
  }
};

/// output = clamp(Operation of x and y) with broadcasting.
///
/// x, y   int32, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5] int32
/// `p` passed integer_check; no scratch.
template <class Operation>
inline void compute(const IntegerParams& p, const int32_t* x, const int32_t* y, int32_t* output) {
  broadcast(p, x, y, output,
            [&p](int32_t a, int32_t b) { return clamp(Operation{}(a, b), p.activation_min, p.activation_max); });
}

}  // namespace edgetwin

#endif  // EDGETWIN_INTEGER_HPP_
