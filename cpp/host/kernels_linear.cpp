#include "calls/registry_linear.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_linear_kernels(std::vector<KernelEntry>& entries) {
  calls::for_each_linear_call([&](auto call) { entries.push_back(core_entry<decltype(call)>()); });
}

}  // namespace edgetwin::host
