// Two operands whose shapes broadcast to the output's: what all binary element-wise operators share.
//
// Params of such an operator begin with
//   int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;   the output's six dimensions, outermost first, >= 1
//   int32_t x_broadcast, y_broadcast;                   [0, 63]; bit i: the operand has size 1 along dimension i
#ifndef EDGETWIN_BROADCAST_HPP_
#define EDGETWIN_BROADCAST_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// What binary operators take that know nothing of their operands but the shapes. Unused leading dimensions are 1.
struct BroadcastParams {
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4, dim_5;  ///< >= 1
  int32_t x_broadcast;                               ///< bit i: x has size 1 along dimension i
  int32_t y_broadcast;                               ///< bit i: y has size 1 along dimension i
};

/// Calls visit(name, field) for the fields that all binary operators begin with, in their order.
template <class Params, class Visitor>
constexpr void visit_broadcast_fields(Params& p, Visitor&& visit) {
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("dim_5", p.dim_5);
  visit("x_broadcast", p.x_broadcast);
  visit("y_broadcast", p.y_broadcast);
}

template <class Params>
[[nodiscard]] constexpr Status broadcast_check(const Params& p) {
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5)) return Status::kBadShape;
  if (p.x_broadcast < 0 || p.x_broadcast > 63 || p.y_broadcast < 0 || p.y_broadcast > 63) return Status::kBadParameter;
  return Status::kOk;
}

/// output = element(x, y) for every element, with broadcasting.
///
/// x, y   row-major; the output's shape with 1 for the broadcast dimensions
/// output [dim_0, ..., dim_5]
/// `p` passed broadcast_check; no scratch.
template <class Params, class X, class Y, class Out, class Element>
inline void broadcast(const Params& p, const X* x, const Y* y, Out* output, Element&& element) {
  const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
  ptrdiff_t x_stride[6] = {}, y_stride[6] = {};
  ptrdiff_t x_size = 1, y_size = 1, rows = 1;
  for (int i = 5; i >= 0; --i) {
    const bool x_one = ((p.x_broadcast >> i) & 1) != 0;
    const bool y_one = ((p.y_broadcast >> i) & 1) != 0;
    x_stride[i] = x_one ? 0 : x_size;
    y_stride[i] = y_one ? 0 : y_size;
    x_size *= x_one ? 1 : dims[i];
    y_size *= y_one ? 1 : dims[i];
    if (i < 5) rows *= dims[i];
  }
  int32_t index[5] = {};
  ptrdiff_t xi = 0, yi = 0;
  for (ptrdiff_t row = 0; row < rows; ++row) {
    for (ptrdiff_t i = 0; i < dims[5]; ++i) *output++ = element(x[xi + i * x_stride[5]], y[yi + i * y_stride[5]]);
    for (int d = 4; d >= 0; --d) {
      xi += x_stride[d];
      yi += y_stride[d];
      if (++index[d] < dims[d]) break;
      xi -= x_stride[d] * dims[d];
      yi -= y_stride[d] * dims[d];
      index[d] = 0;
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_BROADCAST_HPP_
