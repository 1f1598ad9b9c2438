// The calls of kernels that compute what LiteRT computes with its default delegate; only the host has them.
#ifndef EDGETWIN_HOST_XNNPACK_REGISTRY_HPP_
#define EDGETWIN_HOST_XNNPACK_REGISTRY_HPP_

#include "host/xnnpack/elementwise.hpp"
#include "host/xnnpack/linear.hpp"
#include "host/xnnpack/quantize.hpp"
#include "host/xnnpack/reduce.hpp"
#include "host/xnnpack/resize.hpp"
#include "host/xnnpack/softmax.hpp"

namespace edgetwin::host::xnnpack {

/// Those that run as they are; the others have steps of their own.
template <class Visitor>
void for_each_call(Visitor&& visit) {
  visit(AddS8{});
  visit(MulS8{});
  visit(SumS8{});
  visit(QuantizeF32S8{});
  visit(TransposeConvS8{});
  visit(BatchMatmulS8{});
  visit(ResizeBilinearS8{});
  visit(SoftmaxS8{});
  visit(SoftmaxS8S16{});
  visit(LogSoftmaxS8{});
}

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_REGISTRY_HPP_
