// The calls of sums of products.
#ifndef EDGETWIN_CALLS_REGISTRY_LINEAR_HPP_
#define EDGETWIN_CALLS_REGISTRY_LINEAR_HPP_

#include "batch_matmul.hpp"
#include "conv.hpp"
#include "depthwise_conv.hpp"
#include "fully_connected.hpp"
#include "recurrent.hpp"
#include "transpose_conv.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_linear_call(Visitor&& visit) {
  visit(Conv2dS8{});
  visit(DepthwiseConv2dS8{});
  visit(FullyConnectedS8{});
  visit(SvdfS8{});
  visit(LstmS8{});
  visit(TransposeConvS8{});
  visit(BatchMatmulS8{});
  visit(Conv2dS16{});
  visit(Conv2dS16Sum32{});
  visit(DepthwiseConv2dS16{});
  visit(FullyConnectedS16{});
  visit(FullyConnectedS16Sum32{});
  visit(TransposeConvS16{});
  visit(BatchMatmulS16{});
  visit(SvdfS8S16{});
  visit(LstmS16{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_LINEAR_HPP_
