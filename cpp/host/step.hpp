// One executable operator of a plan: parameters checked, constants owned and packed, immutable.
#ifndef EDGETWIN_HOST_STEP_HPP_
#define EDGETWIN_HOST_STEP_HPP_

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "calls/call.hpp"

namespace edgetwin::host {

/// A kernel was given shapes, strides or array sizes that do not fit together.
struct ShapeFault : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// A kernel was given quantization parameters outside their range.
struct QuantizationFault : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Parameter values by field name, as a caller gives them: integers and reals.
using ParamMap = std::map<std::string, std::variant<int64_t, double>>;

/// A caller's constant array: null data for an absent one. Only read while a step is made.
struct ConstantView {
  const void* data = nullptr;
  int64_t bytes = 0;
};
using ConstantMap = std::map<std::string, ConstantView>;

class Step {
 public:
  virtual ~Step() = default;
  /// Bytes of every array that run() touches.
  [[nodiscard]] virtual const calls::Layout& layout() const = 0;
  virtual void run(const calls::Operands& operands) const = 0;
};

/// Bytes at an address aligned for every vector load; value-initialised to zero.
class AlignedBytes {
 public:
  static constexpr size_t kAlignment = 64;
  AlignedBytes() = default;
  explicit AlignedBytes(size_t bytes);
  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* pointer) const noexcept;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_STEP_HPP_
