// The float32 calls of operators on elements, rows, axes and images. Only the host has them.
#ifndef EDGETWIN_HOST_FLOAT32_REGISTRY_ELEMENTWISE_HPP_
#define EDGETWIN_HOST_FLOAT32_REGISTRY_ELEMENTWISE_HPP_

#include "host/float32/cast.hpp"
#include "host/float32/elementwise.hpp"
#include "host/float32/functions.hpp"
#include "host/float32/reduce.hpp"
#include "host/float32/resize.hpp"
#include "host/float32/rows.hpp"

namespace edgetwin::host::float32 {

/// Calls visit with a `Call` of each of the functions.
template <template <class...> class Call, class... Functions, class Visitor>
void for_each_of(Visitor&& visit) {
  (visit(Call<Functions>{}), ...);
}

template <class Visitor>
void for_each_elementwise_call(Visitor&& visit) {
  for_each_of<Unary, Abs, Neg, Square, Sqrt, Rsqrt, Exp, Log, Sin, Cos, Floor, Ceil, Round, Sign>(visit);
  for_each_of<Unary, Relu, Relu6, ReluN1To1, Relu0To1, Elu, Gelu, GeluTanh, HardSwish, Logistic, Tanh>(visit);
  visit(LeakyReluF32{});
  for_each_of<Binary, Add, Sub, Mul, Div, Maximum, Minimum, SquaredDifference, Pow, Prelu>(visit);
  for_each_of<Binary, Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual>(visit);
  visit(SoftmaxF32{});
  visit(LogSoftmaxF32{});
  visit(L2NormalizationF32{});
  for_each_of<Reduce, Sum, Mean, ReduceProd, ReduceMax, ReduceMin>(visit);
  visit(CumsumF32{});
  visit(ArgMaxF32{});
  visit(ArgMinF32{});
  visit(ResizeBilinearF32{});
  visit(Unary<ToInt8, float, int8_t>{});
  visit(Unary<ToUint8, float, uint8_t>{});
  visit(Unary<ToInt16, float, int16_t>{});
  visit(Unary<ToInt32, float, int32_t>{});
  visit(Unary<ToUint32, float, uint32_t>{});
  visit(Unary<ToInt64, float, int64_t>{});
  visit(Unary<ToBool, float, uint8_t>{});
  visit(CastU8F32{});
  visit(CastS64F32{});
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_REGISTRY_ELEMENTWISE_HPP_
