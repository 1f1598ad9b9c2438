// How firmware that is not ours shows its operators to the check protocol.
#ifndef EDGETWIN_RUNNER_AGENT_ADAPTERS_HPP_
#define EDGETWIN_RUNNER_AGENT_ADAPTERS_HPP_

#include <cstdint>

#include "edgetwin/check.hpp"

namespace edgetwin::agent {

/// An operator of the model file: its output tensor and how many bytes that has.
struct Operator {
  int32_t tensor;
  int32_t bytes;
};

/// Bare kernel calls: call it after the kernel of operator `op`, before anything writes over its output.
inline void show(const Observer* observer, int32_t op, const void* output, int32_t bytes) {
  if (observer != nullptr) observer->see(observer->context, op, 0, output, bytes);
}

/// TFLite Micro's profiler as a hook: the interpreter calls it around each operator, when the operator's output still
/// lies in the arena. `Profiler` is tflite::MicroProfilerInterface; `Interpreter` has `const void* tensor(int32_t)`.
template <class Profiler, class Interpreter>
class OperatorHook : public Profiler {
 public:
  OperatorHook(const Operator* operators, int32_t count) : operators_(operators), count_(count) {}

  /// Before each Invoke.
  void begin(Interpreter* interpreter, const Observer* observer) {
    interpreter_ = interpreter;
    observer_ = observer;
    next_ = 0;
  }

  uint32_t BeginEvent(const char*) override { return 0; }

  void EndEvent(uint32_t) override {
    if (next_ >= count_ || observer_ == nullptr) return;
    const Operator& done = operators_[next_];
    show(observer_, next_++, interpreter_->tensor(done.tensor), done.bytes);
  }

 private:
  const Operator* operators_;
  int32_t count_, next_ = 0;
  Interpreter* interpreter_ = nullptr;
  const Observer* observer_ = nullptr;
};

}  // namespace edgetwin::agent

#endif  // EDGETWIN_RUNNER_AGENT_ADAPTERS_HPP_
