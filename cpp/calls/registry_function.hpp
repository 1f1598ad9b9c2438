// The calls of functions of rows, windows and axes.
#ifndef EDGETWIN_CALLS_REGISTRY_FUNCTION_HPP_
#define EDGETWIN_CALLS_REGISTRY_FUNCTION_HPP_

#include "arg_min_max.hpp"
#include "cumsum.hpp"
#include "nonlinear.hpp"
#include "pool.hpp"
#include "reduce.hpp"
#include "resize.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_function_call(Visitor&& visit) {
  visit(MaxPool2dS8{});
  visit(AveragePool2dS8{});
  visit(SoftmaxS8{});
  visit(SoftmaxS8S16{});
  visit(LogisticS8{});
  visit(TanhS8{});
  visit(MeanS8{});
  visit(HardSwishS8{});
  visit(RsqrtS8{});
  visit(LookupS8{});
  visit(LogSoftmaxS8{});
  visit(L2NormalizationS8{});
  visit(ReduceMaxS8{});
  visit(ReduceMinS8{});
  visit(ArgMaxS8{});
  visit(ArgMinS8{});
  visit(ResizeNearestNeighborS8{});
  visit(ResizeBilinearS8{});
  visit(ReduceAllBool{});
  visit(RsqrtS16{});
  visit(SoftmaxS16{});
  visit(LogisticS16{});
  visit(TanhS16{});
  visit(MaxPool2dS16{});
  visit(AveragePool2dS16{});
  visit(MeanS16{});
  visit(ResizeNearestNeighborS16{});
  visit(ResizeNearestNeighborS32{});
  visit(CumsumS8{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_FUNCTION_HPP_
