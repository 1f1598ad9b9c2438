// What the kernel table knows of one kernel, made from its Call. One source file a list of calls, so that a change in
// the device core compiles only what includes it.
#ifndef EDGETWIN_HOST_KERNEL_ENTRY_HPP_
#define EDGETWIN_HOST_KERNEL_ENTRY_HPP_

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "host/core_step.hpp"
#include "host/kernel_table.hpp"

namespace edgetwin::host {

struct KernelEntry {
  KernelInfo info;
  calls::Layout (*layout)(const ParamMap&);
  std::unique_ptr<Step> (*make)(const ParamMap&, const ConstantMap&);
};

[[nodiscard]] KernelInfo kernel_info(const char* name, const calls::SlotNames& slots, bool host_only);
void add_field(KernelInfo& info, const char* name, bool is_float);

/// `Made` is the step that runs the call: BoundStep<Call> or derived from it.
template <class Call, class Made = CoreStep<Call>>
[[nodiscard, gnu::cold]] KernelEntry core_entry(bool host_only = false) {
  KernelEntry entry = {};
  entry.info = kernel_info(Call::kName, Call::kSlots, host_only);
  typename Call::Params params = {};
  Call::fields(params, [&](const char* name, auto& field) {
    add_field(entry.info, name, std::is_same_v<std::decay_t<decltype(field)>, float>);
  });
  entry.layout = [](const ParamMap& given) { return Call::layout(BoundStep<Call>::checked(given)); };
  entry.make = [](const ParamMap& given, const ConstantMap& constants) -> std::unique_ptr<Step> {
    return std::make_unique<Made>(given, constants);
  };
  return entry;
}

void add_linear_kernels(std::vector<KernelEntry>& entries);
void add_elementwise_kernels(std::vector<KernelEntry>& entries);
void add_function_kernels(std::vector<KernelEntry>& entries);
void add_movement_kernels(std::vector<KernelEntry>& entries);
void add_signal_kernels(std::vector<KernelEntry>& entries);
// Only the host has these.
void add_xnnpack_kernels(std::vector<KernelEntry>& entries);
void add_float32_linear_kernels(std::vector<KernelEntry>& entries);
void add_float32_elementwise_kernels(std::vector<KernelEntry>& entries);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_KERNEL_ENTRY_HPP_
