// A step that calls the device core through its Call adapter: the readable truth for every operator.
#ifndef EDGETWIN_HOST_CORE_STEP_HPP_
#define EDGETWIN_HOST_CORE_STEP_HPP_

#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/step.hpp"

namespace edgetwin::host {

/// Copies each constant to aligned memory of its own, in the order of the call's slots.
class Constants {
 public:
  Constants(const std::string& kernel, const calls::SlotNames& slots, const calls::Layout& layout,
            const ConstantMap& given);
  ~Constants();
  Constants(const Constants&) = delete;
  Constants& operator=(const Constants&) = delete;
  [[nodiscard]] const void* const* pointers() const { return pointers_; }
  /// Frees constant `slot`, which a packed form has replaced.
  void release(int slot);

 private:
  AlignedBytes storage_[calls::kMaxSlots];
  const void* pointers_[calls::kMaxSlots] = {};
};

[[noreturn]] void throw_status(const std::string& kernel, Status status);

/// What reading parameters shares over all kernels: one copy, not one a kernel.
class ParamReader {
 public:
  ParamReader(const char* kernel, const ParamMap& given) : kernel_(kernel), given_(given) {}
  void read(const char* name, float& field);
  /// Whole numbers and enumerations of them, which have 32 bits at most.
  [[nodiscard]] int32_t whole(const char* name);
  /// Throws where there are more parameters than were read.
  void finish() const;

 private:
  const ParamMap::mapped_type& found(const char* name);

  const char* kernel_;
  const ParamMap& given_;
  std::vector<const char*> read_;
};

/// Reads every field of a kernel's parameters; a missing, unknown or out-of-range one throws.
template <class Call>
[[nodiscard, gnu::cold]] typename Call::Params read_params(const ParamMap& given) {
  typename Call::Params params = {};
  ParamReader reader(Call::kName, given);
  Call::fields(params, [&](const char* name, auto& field) {
    using Field = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, float>) {
      reader.read(name, field);
    } else {
      field = static_cast<Field>(reader.whole(name));
    }
  });
  reader.finish();
  return params;
}

/// Checked parameters and owned constants of a call; a derived class runs it.
template <class Call>
class BoundStep : public Step {
 public:
  using Params = typename Call::Params;

  [[gnu::cold]] BoundStep(const ParamMap& params, const ConstantMap& constants)
      : params_(checked(params)),
        layout_(Call::layout(params_)),
        constants_(Call::kName, Call::kSlots, layout_, constants) {
    const Status status = Call::check_constants(params_, constants_.pointers());
    if (status != Status::kOk) throw_status(Call::kName, status);
  }

  [[nodiscard]] const calls::Layout& layout() const override { return layout_; }

  /// Reads and checks parameters.
  [[nodiscard, gnu::cold]] static Params checked(const ParamMap& given) {
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
