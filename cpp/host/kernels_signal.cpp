#include "calls/registry_signal.hpp"
#include "host/kernel_entry.hpp"

namespace edgetwin::host {

void add_signal_kernels(std::vector<KernelEntry>& entries) {
  calls::for_each_signal_call([&](auto call) { entries.push_back(core_entry<decltype(call)>()); });
}

}  // namespace edgetwin::host
