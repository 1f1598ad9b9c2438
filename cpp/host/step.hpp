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
#include "edgetwin/pool.hpp"
#include "host/code_plane.hpp"

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

  /// The most samples that run_block() takes, 1 where run() is all there is.
  [[nodiscard]] virtual int64_t block_samples() const { return 1; }
  /// As run() for samples that follow each other without gaps in input 0 and output 0; there are no others.
  virtual void run_block(const calls::Operands& operands, int64_t /*samples*/) const { run(operands); }

  // What a plan may arrange between a step and its neighbours before it runs, in this order. By default nothing.

  /// Takes a max pooling that directly follows into this step, whose output is then the pooling's.
  [[nodiscard]] virtual bool absorb_max_pool(const Pool2dParams&) { return false; }
  /// The parameters of a step that is such a pooling, else null.
  [[nodiscard]] virtual const Pool2dParams* max_pool() const { return nullptr; }
  /// The codes in which input 0 may come instead of int8, else null.
  [[nodiscard]] virtual const CodePlane* input_codes() const { return nullptr; }
  /// Has output 0 written as the codes, border included, of a plane that some step's input_codes() asks for.
  [[nodiscard]] virtual bool write_codes(const CodePlane&) { return false; }
  /// From now on input 0 is input_codes().
  virtual void read_codes() {}
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
