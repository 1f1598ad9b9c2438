// A function of two operands that broadcast, run by run.
#ifndef EDGETWIN_HOST_PAIR_STEP_HPP_
#define EDGETWIN_HOST_PAIR_STEP_HPP_

#include <algorithm>
#include <cstring>

#include "host/core_step.hpp"
#include "host/pair_runs.hpp"
#include "host/uniform_scale.hpp"

namespace edgetwin::host {

/// Runs a kernel of `Task`, simd::PairTask or one with the same operands of another dtype. A derived class fills task_
/// and chooses kernel_.
template <class Call, class Task>
class PairStep : public BoundStep<Call> {
 public:
  PairStep(const ParamMap& params, const ConstantMap& constants, const OutputScale& scale, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants), scales_(uniform_scales(kernels, scale)), runs_(this->params_) {
    const PairAxis& run = runs_.run();
    task_.count = run.count;
    task_.x_is_one = run.x_is_one;
    task_.y_is_one = run.y_is_one;
    if (runs_.count() != 2 || run.x_is_one || run.y_is_one || run.count >= kLongRun) return;
    if (runs_.axis(1).x_is_one == runs_.axis(1).y_is_one) return;
    repeats_ = std::min(runs_.axis(1).count, kLongRun / run.count);
    this->layout_.scratch = repeats_ * run.count * static_cast<int64_t>(sizeof(Element));
  }

  void run(const calls::Operands& operands) const override {
    Task task = task_;
    const Element* const x = calls::as<Element>(operands.inputs[0]);
    const Element* const y = calls::as<Element>(operands.inputs[1]);
    Element* const output = calls::as<Element>(operands.outputs[0]);
    if (repeats_ > 1) return run_repeated(task, x, y, output, calls::as<Element>(operands.scratch));
    runs_.for_each([&](int64_t x_offset, int64_t y_offset, int64_t output_offset) {
      task.x = x + x_offset;
      task.y = y + y_offset;
      task.output = output + output_offset;
      kernel_(task);
    });
  }

 protected:
  using Element = typename Call::Element;

  PackedScales scales_;  ///< of the output
  Task task_ = {};
  void (*kernel_)(const Task&) = nullptr;

 private:
  static constexpr int64_t kLongRun = 512;

  /// Short runs of one operand against the same values of the other, a vector of channels for example: these are
  /// repeated, so that the runs get longer.
  void run_repeated(Task& task, const Element* x, const Element* y, Element* output, Element* repeated) const {
    const int64_t run = task.count, all = runs_.axis(1).count;
    const bool x_is_one = runs_.axis(1).x_is_one;
    for (int64_t i = 0; i < repeats_; ++i) {
      std::memcpy(repeated + i * run, x_is_one ? x : y, static_cast<size_t>(run) * sizeof(Element));
    }
    for (int64_t done = 0; done < all; done += repeats_) {
      task.x = x_is_one ? repeated : x + done * run;
      task.y = x_is_one ? y + done * run : repeated;
      task.output = output + done * run;
      task.count = std::min(repeats_, all - done) * run;
      kernel_(task);
    }
  }

  PairRuns runs_;
  int64_t repeats_ = 1;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PAIR_STEP_HPP_
