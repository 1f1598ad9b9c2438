// Truth values: and, or, not, and a choice between two activations. A truth value is a byte, true unless 0.
#ifndef EDGETWIN_LOGICAL_HPP_
#define EDGETWIN_LOGICAL_HPP_

#include "edgetwin/broadcast.hpp"

namespace edgetwin {

/// output = x and y with broadcasting, 1 or 0.
///
/// x, y   one byte an element, row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5], one byte an element
/// `p` passed broadcast_check; no scratch.
inline void logical_and_bool(const BroadcastParams& p, const uint8_t* x, const uint8_t* y, uint8_t* output) {
  broadcast(p, x, y, output, [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a != 0 && b != 0 ? 1 : 0); });
}

/// output = x or y; arrays as of logical_and_bool.
inline void logical_or_bool(const BroadcastParams& p, const uint8_t* x, const uint8_t* y, uint8_t* output) {
  broadcast(p, x, y, output, [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a != 0 || b != 0 ? 1 : 0); });
}

struct LogicalNotParams {
  int32_t size;  ///< >= 1; elements
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_logical_not_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
}

[[nodiscard]] constexpr Status logical_not_check(const LogicalNotParams& p) {
  return p.size >= 1 ? Status::kOk : Status::kBadShape;
}

/// output = not input, 1 or 0.
///
/// input, output [size], one byte an element
/// `p` passed logical_not_check; no scratch.
inline void logical_not_bool(const LogicalNotParams& p, const uint8_t* input, uint8_t* output) {
  for (ptrdiff_t i = 0; i < p.size; ++i) output[i] = static_cast<uint8_t>(input[i] == 0 ? 1 : 0);
}

/// The output's shape, which the condition and both operands broadcast to: six dimensions, unused leading ones are 1.
struct SelectParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
  int32_t condition_broadcast;                       ///< bit i: the condition has size 1 along dimension i
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_select_fields(Params& p, Visitor&& visit) {
  visit_broadcast_fields(p, visit);
  visit("condition_broadcast", p.condition_broadcast);
}

[[nodiscard]] constexpr Status select_check(const SelectParams& p) {
  const Status status = broadcast_check(p);
  if (status != Status::kOk) return status;
  return p.condition_broadcast < 0 || p.condition_broadcast > 63 ? Status::kBadParameter : Status::kOk;
}

/// output = condition ? x : y, the codes as they are.
///
/// condition one byte an element; x, y Element; row-major, the output's shape with 1 for the broadcast dimensions
/// output    [dim_0, ..., dim_5] Element
/// `p` passed select_check; no scratch.
template <class Element>
inline void select(const SelectParams& p, const uint8_t* condition, const Element* x, const Element* y,
                   Element* output) {
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  const int32_t broadcast[3] = {p.condition_broadcast, p.x_broadcast, p.y_broadcast};
  ptrdiff_t stride[3][6] = {};
  ptrdiff_t rows = 1;
  for (int operand = 0; operand < 3; ++operand) {
    ptrdiff_t size = 1;
    for (int i = 5; i >= 0; --i) {
      const bool one = ((broadcast[operand] >> i) & 1) != 0;
      stride[operand][i] = one ? 0 : size;
      size *= one ? 1 : dims[i];
    }
  }
  for (int i = 0; i < 5; ++i) rows *= dims[i];
  int32_t index[5] = {};
  ptrdiff_t at[3] = {};
  for (ptrdiff_t row = 0; row < rows; ++row) {
    for (ptrdiff_t i = 0; i < dims[5]; ++i) {
      const bool chosen = condition[at[0] + i * stride[0][5]] != 0;
      *output++ = chosen ? x[at[1] + i * stride[1][5]] : y[at[2] + i * stride[2][5]];
    }
    for (int d = 4; d >= 0; --d) {
      const bool inside = ++index[d] < dims[d];
      for (int operand = 0; operand < 3; ++operand) {
        at[operand] += stride[operand][d] * (inside ? 1 : 1 - dims[d]);
      }
      if (inside) break;
      index[d] = 0;
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_LOGICAL_HPP_
