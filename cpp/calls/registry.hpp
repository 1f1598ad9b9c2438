// All calls: the lists that name every kernel of the device core, one after the other.
#ifndef EDGETWIN_CALLS_REGISTRY_HPP_
#define EDGETWIN_CALLS_REGISTRY_HPP_

#include "registry_elementwise.hpp"
#include "registry_function.hpp"
#include "registry_linear.hpp"
#include "registry_movement.hpp"
#include "registry_signal.hpp"

namespace edgetwin::calls {

/// Calls visit(Call{}) for every call. The position in this order is the call's number in a runner's job.
template <class Visitor>
void for_each_call(Visitor&& visit) {
  for_each_linear_call(visit);
  for_each_elementwise_call(visit);
  for_each_function_call(visit);
  for_each_movement_call(visit);
  for_each_signal_call(visit);
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_HPP_
