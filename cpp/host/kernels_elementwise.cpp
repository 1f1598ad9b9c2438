#include "calls/registry_elementwise.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_elementwise_kernels(std::vector<KernelEntry>& entries) {
  calls::for_each_elementwise_call([&](auto call) { entries.push_back(core_entry<decltype(call)>()); });
}

}  // namespace edgetwin::host
