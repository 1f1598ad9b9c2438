// The float32 calls of sums of products, pools and recurrent operators. Only the host has them.
#ifndef EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_
#define EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_

#include "host/float32/batch_matmul.hpp"
#include "host/float32/conv.hpp"
#include "host/float32/depthwise_conv.hpp"
#include "host/float32/fully_connected.hpp"
#include "host/float32/lstm.hpp"
#include "host/float32/pool.hpp"
#include "host/float32/svdf.hpp"
#include "host/float32/transpose_conv.hpp"

namespace edgetwin::host::float32 {

template <class Visitor>
void for_each_linear_call(Visitor&& visit) {
  visit(Conv2dF32{});
  visit(DepthwiseConv2dF32{});
  visit(FullyConnectedF32{});
  visit(MaxPool2dF32{});
  visit(AveragePool2dF32{});
  visit(TransposeConvF32{});
  visit(BatchMatmulF32{});
  visit(SvdfF32{});
  visit(LstmF32{});
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_REGISTRY_LINEAR_HPP_
