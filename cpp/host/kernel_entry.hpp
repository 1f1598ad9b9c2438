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

/// `Made` is the step that runs the call: BoundStep<Call> or derived from it.
template <class Call, class Made = CoreStep<Call>>
[[nodiscard]] KernelEntry core_entry(bool host_only = false) {
  const auto names_of = [](const char* const* names, int count) {
    std::vector<std::string> result;
    for (int i = 0; i < count && names[i] != nullptr; ++i) result.emplace_back(names[i]);
    return result;
  };
  KernelEntry entry = {};
  entry.info.name = Call::kName;
  entry.info.host_only = host_only;
  typename Call::Params params = {};
  Call::fields(params, [&](const char* name, auto& field) {
    constexpr bool is_float = std::is_same_v<std::decay_t<decltype(field)>, float>;
    entry.info.fields.emplace_back(name, is_float ? "float" : "int");
  });
  entry.info.inputs = names_of(Call::kSlots.inputs, 4);
  entry.info.constants = names_of(Call::kSlots.constants, calls::kMaxSlots);
  entry.info.state = names_of(Call::kSlots.state, 4);
  entry.info.outputs = names_of(Call::kSlots.outputs, 4);
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
