#include "calls/registry_function.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_function_kernels(std::vector<KernelEntry>& entries) {
  calls::for_each_function_call([&](auto call) { entries.push_back(core_entry<decltype(call)>()); });
}

}  // namespace edgetwin::host
