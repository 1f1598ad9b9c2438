// The device core's windows of a stream, in memory of their own, for blocks of any size.
#ifndef EDGETWIN_HOST_SIGNAL_WINDOWS_STREAM_HPP_
#define EDGETWIN_HOST_SIGNAL_WINDOWS_STREAM_HPP_

#include <algorithm>
#include <mutex>
#include <vector>

#include "edgetwin/window.hpp"

namespace edgetwin::host::signal {

/// Calls may come from several threads, one after the other.
template <class Value>
class WindowStream {
 public:
  /// `params` passed window_check. `padding` follows windows that are cut short.
  WindowStream(const WindowParams& params, Value padding)
      : params_(params), padding_(padding), ring_(static_cast<size_t>(window_values())) {}

  [[nodiscard]] const WindowParams& params() const { return params_; }
  [[nodiscard]] int64_t window_values() const { return int64_t{params_.length} * params_.axes; }
  /// The most windows that end in so many samples.
  [[nodiscard]] int64_t capacity(int64_t count) const { return (count + params_.hop - 1) / params_.hop; }

  /// Returns how many windows ended and were written.
  int64_t push(const Value* samples, int64_t count, Value* windows) {
    const std::lock_guard lock(mutex_);
    int64_t ended = 0;
    while (count > 0) {
      const int32_t most = static_cast<int32_t>(std::min<int64_t>(count, kMostAtOnce));
      const int32_t taken = window_push(params_, state_, ring_.data(), samples, most);
      samples += int64_t{taken} * params_.axes;
      count -= taken;
      if (!window_is_ready(params_, state_)) continue;
      window_copy(params_, state_, ring_.data(), params_.length, padding_, windows + ended * window_values());
      ++ended;
    }
    return ended;
  }

  /// Writes the window that has begun; false where there is none. Then the stream is as new.
  bool finish(Value* window) {
    const std::lock_guard lock(mutex_);
    const int32_t begun = window_begun(params_, state_);
    if (begun > 0) window_copy(params_, state_, ring_.data(), begun, padding_, window);
    state_ = {};
    return begun > 0;
  }

 private:
  /// Products with axes stay in int32: the ring's values do, and a block has no more samples than that or a few.
  static constexpr int64_t kMostAtOnce = 4096;

  WindowParams params_;
  Value padding_;
  WindowState state_ = {};
  std::vector<Value> ring_;
  std::mutex mutex_;
};

}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_WINDOWS_STREAM_HPP_
