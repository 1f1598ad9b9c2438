#include "calls/registry_movement.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_movement_kernels(std::vector<KernelEntry>& entries) {
  calls::for_each_movement_call([&](auto call) { entries.push_back(core_entry<decltype(call)>()); });
}

}  // namespace edgetwin::host
