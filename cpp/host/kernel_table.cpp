#include "host/kernel_table.hpp"

#include <new>
#include <set>

#include "calls/registry.hpp"
#include "host/core_step.hpp"
#include "host/fast_steps.hpp"

namespace edgetwin::host {

void AlignedBytes::Free::operator()(std::byte* pointer) const noexcept {
  ::operator delete[](pointer, std::align_val_t{kAlignment});
}

AlignedBytes::AlignedBytes(size_t bytes) : size_(bytes) {
  data_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{kAlignment})));
  std::memset(data_.get(), 0, bytes);
}

void throw_status(const std::string& kernel, Status status) {
  const std::string message = kernel + ": " + status_name(status);
  switch (status) {
    case Status::kBadZeroPoint:
    case Status::kBadActivation:
    case Status::kBadMultiplier:
    case Status::kBadShift:
    case Status::kBadParameter:
    case Status::kBadRounding: throw QuantizationFault(message);
    case Status::kOk:
    case Status::kBadShape:
    case Status::kBadStride:
    case Status::kBadPadding:
    case Status::kBadGroups:
    case Status::kTooLarge: throw ShapeFault(message);
  }
  throw ShapeFault(message);
}

Constants::Constants(const std::string& kernel, const calls::SlotNames& slots, const calls::Layout& layout,
                     const ConstantMap& given) {
  std::set<std::string> known;
  for (int i = 0; i < calls::kMaxSlots && slots.constants[i] != nullptr; ++i) {
    const std::string name = slots.constants[i];
    const auto found = given.find(name);
    known.insert(name);
    if (found == given.end() || found->second.data == nullptr) {
      if (layout.optional[i]) continue;
      throw ShapeFault(kernel + ": constant '" + name + "' is missing");
    }
    if (found->second.bytes != layout.constants[i]) {
      throw ShapeFault(kernel + ": constant '" + name + "' has " + std::to_string(found->second.bytes) +
                       " bytes, expected " + std::to_string(layout.constants[i]));
    }
    storage_[i] = AlignedBytes(static_cast<size_t>(layout.constants[i]));
    std::memcpy(storage_[i].data(), found->second.data, storage_[i].size());
    pointers_[i] = storage_[i].data();
  }
  for (const auto& [name, view] : given) {
    if (known.count(name) == 0) throw ShapeFault(kernel + ": unknown constant '" + name + "'");
  }
}

void Constants::release(int slot) {
  storage_[slot] = AlignedBytes();
  pointers_[slot] = nullptr;
}

namespace {

std::vector<std::string> names_of(const char* const* names, int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count && names[i] != nullptr; ++i) result.emplace_back(names[i]);
  return result;
}

std::vector<KernelInfo> collect_infos() {
  std::vector<KernelInfo> infos;
  calls::for_each_call([&](auto call) {
    using Call = decltype(call);
    KernelInfo info;
    info.name = Call::kName;
    typename Call::Params params = {};
    Call::fields(params, [&](const char* name, auto& field) {
      constexpr bool is_float = std::is_same_v<std::decay_t<decltype(field)>, float>;
      info.fields.emplace_back(name, is_float ? "float" : "int");
    });
    info.inputs = names_of(Call::kSlots.inputs, 4);
    info.constants = names_of(Call::kSlots.constants, calls::kMaxSlots);
    info.state = names_of(Call::kSlots.state, 4);
    info.outputs = names_of(Call::kSlots.outputs, 4);
    infos.push_back(std::move(info));
  });
  return infos;
}

}  // namespace

const std::vector<KernelInfo>& kernel_infos() {
  static const std::vector<KernelInfo> infos = collect_infos();
  return infos;
}

calls::Layout kernel_layout(const std::string& kernel, const ParamMap& params) {
  bool found = false;
  calls::Layout layout = {};
  calls::for_each_call([&](auto call) {
    using Call = decltype(call);
    if (kernel == Call::kName) {
      layout = Call::layout(CoreStep<Call>::checked(params));
      found = true;
    }
  });
  if (!found) throw ShapeFault("unknown kernel '" + kernel + "'");
  return layout;
}

std::unique_ptr<Step> make_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                bool fast) {
  if (fast) {
    if (std::unique_ptr<Step> step = make_fast_step(kernel, params, constants)) return step;
  }
  std::unique_ptr<Step> step;
  calls::for_each_call([&](auto call) {
    using Call = decltype(call);
    if (kernel == Call::kName) step = std::make_unique<CoreStep<Call>>(params, constants);
  });
  if (!step) throw ShapeFault("unknown kernel '" + kernel + "'");
  return step;
}

}  // namespace edgetwin::host
