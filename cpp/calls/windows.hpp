#ifndef EDGETWIN_CALLS_WINDOWS_HPP_
#define EDGETWIN_CALLS_WINDOWS_HPP_

#include "call.hpp"
#include "edgetwin/window.hpp"

namespace edgetwin::calls {

/// A block of samples, cut into windows; values are any 32 bits.
struct WindowF32 {
  struct Params {
    WindowParams window;
    int32_t size;  ///< >= 1; samples of the block
  };
  static constexpr const char* kName = "window_f32";
  // counts [2] int32: windows that ended, and samples of the one that has begun, which follows in `begun` with zeros
  // behind it.
  static constexpr SlotNames kSlots = {{"samples"}, {}, {"state", "ring"}, {"windows", "counts", "begun"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_window_fields(p.window, visit);
    visit("size", p.size);
  }
  /// The most windows that end in a block.
  static int32_t capacity(const Params& p) { return (p.size - 1) / p.window.hop + 1; }
  static Status check(const Params& p) {
    const Status status = window_check(p.window);
    if (status != Status::kOk) return status;
    if (!fits_int32(p.size, p.window.axes, 4)) return Status::kBadShape;
    return fits_int32(capacity(p), p.window.length, p.window.axes, 4) ? Status::kOk : Status::kBadShape;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    const int64_t window = int64_t{4} * p.window.length * p.window.axes;
    l.inputs[0] = int64_t{4} * p.size * p.window.axes;
    l.state[0] = sizeof(WindowState);
    l.state[1] = l.outputs[2] = window;
    l.outputs[0] = window * capacity(p);
    l.outputs[1] = 2 * sizeof(int32_t);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    const WindowParams& w = p.window;
    WindowState& state = *as<WindowState>(o.state[0]);
    int32_t* const ring = as<int32_t>(o.state[1]);
    const int32_t* samples = as<int32_t>(o.inputs[0]);
    int32_t* windows = as<int32_t>(o.outputs[0]);
    int32_t* const counts = as<int32_t>(o.outputs[1]);
    counts[0] = 0;
    for (int32_t left = p.size; left > 0;) {
      const int32_t taken = window_push(w, state, ring, samples, left);
      samples += taken * w.axes;
      left -= taken;
      if (!window_is_ready(w, state)) continue;
      window_copy(w, state, ring, w.length, int32_t{0}, windows);
      windows += w.length * w.axes;
      ++counts[0];
    }
    counts[1] = window_begun(w, state);
    window_copy(w, state, ring, counts[1], int32_t{0}, as<int32_t>(o.outputs[2]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_WINDOWS_HPP_
