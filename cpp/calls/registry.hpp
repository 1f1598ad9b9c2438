// The list of all calls: the one place that names every kernel of the device core.
#ifndef EDGETWIN_CALLS_REGISTRY_HPP_
#define EDGETWIN_CALLS_REGISTRY_HPP_

#include "conv.hpp"
#include "depthwise_conv.hpp"
#include "fully_connected.hpp"
#include "pool.hpp"

namespace edgetwin::calls {

/// Calls visit(Call{}) for every call. The position in this list is the call's number in a runner's job.
template <class Visitor>
void for_each_call(Visitor&& visit) {
  visit(Conv2dS8{});
  visit(DepthwiseConv2dS8{});
  visit(FullyConnectedS8{});
  visit(MaxPool2dS8{});
  visit(AveragePool2dS8{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_HPP_
