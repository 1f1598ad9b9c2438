#include "host/float32/registry_elementwise.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_float32_elementwise_kernels(std::vector<KernelEntry>& entries) {
  float32::for_each_elementwise_call([&](auto call) { entries.push_back(core_entry<decltype(call)>(true)); });
}

}  // namespace edgetwin::host
