// A step that calls the device core through its Call adapter: the readable truth for every operator.
#ifndef EDGETWIN_HOST_CORE_STEP_HPP_
#define EDGETWIN_HOST_CORE_STEP_HPP_

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "host/step.hpp"

namespace edgetwin::host {

/// Copies each constant to aligned memory of its own, in the order of the call's slots.
class Constants {
 public:
  Constants(const std::string& kernel, const calls::SlotNames& slots, const calls::Layout& layout,
            const ConstantMap& given);
  [[nodiscard]] const void* const* pointers() const { return pointers_; }
  /// Frees constant `slot`, which a packed form has replaced.
  void release(int slot);

 private:
  AlignedBytes storage_[calls::kMaxSlots];
  const void* pointers_[calls::kMaxSlots] = {};
};

[[noreturn]] void throw_status(const std::string& kernel, Status status);

/// Reads every field of a kernel's parameters; a missing, unknown or out-of-range one throws.
template <class Call>
[[nodiscard]] typename Call::Params read_params(const ParamMap& given) {
  typename Call::Params params = {};
  size_t known = 0;
  Call::fields(params, [&](const char* name, auto& field) {
    using Field = std::decay_t<decltype(field)>;
    const auto found = given.find(name);
    if (found == given.end()) throw ShapeFault(std::string(Call::kName) + ": parameter '" + name + "' is missing");
    ++known;
    if constexpr (std::is_same_v<Field, float>) {
      const double value = std::visit([](auto v) { return static_cast<double>(v); }, found->second);
      field = static_cast<float>(value);
      if (!std::isfinite(field)) {
        throw QuantizationFault(std::string(Call::kName) + ": parameter '" + name + "' is not a finite float32");
      }
    } else {
      const int64_t* value = std::get_if<int64_t>(&found->second);
      if (value == nullptr || *value < std::numeric_limits<int32_t>::min() ||
          *value > std::numeric_limits<int32_t>::max()) {
        throw ShapeFault(std::string(Call::kName) + ": parameter '" + name + "' is not an int32");
      }
      field = static_cast<Field>(static_cast<int32_t>(*value));
    }
  });
  if (known != given.size()) {
    for (const auto& [name, value] : given) {
      bool found = false;
      Call::fields(params, [&, &key = name](const char* field, auto&) { found = found || key == field; });
      if (!found) throw ShapeFault(std::string(Call::kName) + ": unknown parameter '" + name + "'");
    }
  }
  return params;
}

/// Checked parameters and owned constants of a call; a derived class runs it.
template <class Call>
class BoundStep : public Step {
 public:
  using Params = typename Call::Params;

  BoundStep(const ParamMap& params, const ConstantMap& constants)
      : params_(checked(params)),
        layout_(Call::layout(params_)),
        constants_(Call::kName, Call::kSlots, layout_, constants) {
    const Status status = Call::check_constants(params_, constants_.pointers());
    if (status != Status::kOk) throw_status(Call::kName, status);
  }

  [[nodiscard]] const calls::Layout& layout() const override { return layout_; }

  /// Reads and checks parameters.
  [[nodiscard]] static Params checked(const ParamMap& given) {
    const Params params = read_params<Call>(given);
    const Status status = Call::check(params);
    if (status != Status::kOk) throw_status(Call::kName, status);
    return params;
  }

 protected:
  Params params_;
  calls::Layout layout_;
  Constants constants_;
};

template <class Call>
class CoreStep : public BoundStep<Call> {
 public:
  using BoundStep<Call>::BoundStep;

  void run(const calls::Operands& operands) const override {
    calls::Operands full = operands;
    std::memcpy(full.constants, this->constants_.pointers(), sizeof(full.constants));
    Call::run(this->params_, full);
  }
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_CORE_STEP_HPP_
