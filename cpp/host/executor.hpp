// Runs a plan on batches: on as many threads as pay, in slices between which a run can be given up.
#ifndef EDGETWIN_HOST_EXECUTOR_HPP_
#define EDGETWIN_HOST_EXECUTOR_HPP_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "host/plan.hpp"

namespace edgetwin::host {

/// A run was given up because its caller wished so.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

class Executor {
 public:
  explicit Executor(Plan plan) : plan_(std::move(plan)) {}

  [[nodiscard]] const Plan& plan() const { return plan_; }

  /// Whether so many samples are known to take only a few microseconds.
  [[nodiscard]] bool is_brief(int64_t samples) const;

  /// As Plan::run for samples 0 to `samples`, on at most `threads` threads. Every now and then, some 20 times a second,
  /// it asks `interrupted` on the caller's thread, between samples; at true it throws Interrupted. Whatever it throws,
  /// `state` is as before the call where the run was longer than one such time, and outputs are written in part.
  void run(int64_t samples, const SampleArray* inputs, const SampleArray* outputs, SampleArray state, int threads,
           const std::function<bool()>& interrupted) const;

 private:
  void run_slice(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs, SampleArray state,
                 int threads) const;

  Plan plan_;
  /// Time that one sample took on one thread when last measured; 0: not yet.
  mutable std::atomic<int64_t> sample_ns_{0};
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_EXECUTOR_HPP_
