// The float32 calls of sums of products, pools and recurrent operators. Only the host has them.
#ifndef EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_
#define EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_

#include "host/float32/conv.hpp"
#include "host/float32/depthwise_conv.hpp"
#include "host/float32/fully_connected.hpp"
#include "host/float32/pool.hpp"

namespace edgetwin::host::float32 {

template <class Visitor>
void for_each_linear_call(Visitor&& visit) {
  visit(Conv2dF32{});
  visit(DepthwiseConv2dF32{});
  visit(FullyConnectedF32{});
  visit(MaxPool2dF32{});
  visit(AveragePool2dF32{});
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_
