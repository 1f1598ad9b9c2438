#include "host/conv_step.hpp"
#include "host/depthwise_conv_step.hpp"
#include "host/fully_connected_step.hpp"
#include "host/kernel_entry.hpp"
#include "host/lstm_step.hpp"
#include "host/xnnpack/linear.hpp"
#include "host/xnnpack/lstm.hpp"
#include "host/xnnpack/registry.hpp"

namespace edgetwin::host {

void add_xnnpack_kernels(std::vector<KernelEntry>& entries) {
  using namespace xnnpack;
  entries.push_back(core_entry<Conv2dS8, ConvStep<Conv2dS8, FloatOutput>>(true));
  entries.push_back(core_entry<DepthwiseConv2dS8, DepthwiseConvStep<DepthwiseConv2dS8, FloatOutput>>(true));
  entries.push_back(core_entry<FullyConnectedS8, FullyConnectedStep<FullyConnectedS8, FloatOutput>>(true));
  entries.push_back(core_entry<LstmS8, LstmStep<LstmS8, LstmCell>>(true));
  for_each_call([&](auto call) { entries.push_back(core_entry<decltype(call)>(true)); });
}

}  // namespace edgetwin::host
