#include "host/kernel_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <set>

#include "host/fast_steps.hpp"
#include "host/kernel_entry.hpp"

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

KernelInfo kernel_info(const char* name, const calls::SlotNames& slots, bool host_only) {
  const auto names_of = [](const char* const* names, int count) {
    std::vector<std::string> result;
    for (int i = 0; i < count && names[i] != nullptr; ++i) result.emplace_back(names[i]);
    return result;
  };
  KernelInfo info = {};
  info.name = name;
  info.host_only = host_only;
  info.inputs = names_of(slots.inputs, 4);
  info.constants = names_of(slots.constants, calls::kMaxSlots);
  info.state = names_of(slots.state, 4);
  info.outputs = names_of(slots.outputs, 4);
  return info;
}

void add_field(KernelInfo& info, const char* name, bool is_float) {
  info.fields.emplace_back(name, is_float ? "float" : "int");
}

const ParamMap::mapped_type& ParamReader::found(const char* name) {
  const auto place = given_.find(name);
  if (place == given_.end()) throw ShapeFault(std::string(kernel_) + ": parameter '" + name + "' is missing");
  read_.push_back(name);
  return place->second;
}

void ParamReader::read(const char* name, float& field) {
  field = static_cast<float>(std::visit([](auto v) { return static_cast<double>(v); }, found(name)));
  if (!std::isfinite(field)) {
    throw QuantizationFault(std::string(kernel_) + ": parameter '" + name + "' is not a finite float32");
  }
}

int32_t ParamReader::whole(const char* name) {
  const int64_t* value = std::get_if<int64_t>(&found(name));
  if (value == nullptr || *value < std::numeric_limits<int32_t>::min() ||
      *value > std::numeric_limits<int32_t>::max()) {
    throw ShapeFault(std::string(kernel_) + ": parameter '" + name + "' is not an int32");
  }
  return static_cast<int32_t>(*value);
}

void ParamReader::finish() const {
  if (read_.size() == given_.size()) return;
  for (const auto& [name, value] : given_) {
    const auto is_name = [&given = name](const char* field) { return given == field; };
    if (std::none_of(read_.begin(), read_.end(), is_name)) {
      throw ShapeFault(std::string(kernel_) + ": unknown parameter '" + name + "'");
    }
  }
}

Constants::~Constants() = default;

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

std::vector<KernelEntry> collect_entries() {
  std::vector<KernelEntry> entries;
  // In the order of calls::for_each_call: a position is also a number in a runner's job.
  add_linear_kernels(entries);
  add_elementwise_kernels(entries);
  add_function_kernels(entries);
  add_movement_kernels(entries);
  add_signal_kernels(entries);
  add_float32_linear_kernels(entries);
  add_float32_elementwise_kernels(entries);
  add_xnnpack_kernels(entries);
  return entries;
}

const std::vector<KernelEntry>& kernel_entries() {
  static const std::vector<KernelEntry> entries = collect_entries();
  return entries;
}

const KernelEntry& entry_of(const std::string& kernel) {
  for (const KernelEntry& entry : kernel_entries()) {
    if (entry.info.name == kernel) return entry;
  }
  throw ShapeFault("unknown kernel '" + kernel + "'");
}

}  // namespace

std::vector<KernelInfo> kernel_infos() {
  std::vector<KernelInfo> infos;
  for (const KernelEntry& entry : kernel_entries()) infos.push_back(entry.info);
  return infos;
}

calls::Layout kernel_layout(const std::string& kernel, const ParamMap& params) {
  return entry_of(kernel).layout(params);
}

std::unique_ptr<Step> make_step(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                std::optional<Level> level) {
  if (level) {
    if (std::unique_ptr<Step> step = make_fast_step(kernel, params, constants, *level)) return step;
  }
  return entry_of(kernel).make(params, constants);
}

}  // namespace edgetwin::host
