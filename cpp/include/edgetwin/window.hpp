// Windows of a signal that comes sample by sample: a ring of its last samples in caller memory.
#ifndef EDGETWIN_WINDOW_HPP_
#define EDGETWIN_WINDOW_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// Window k holds samples k * hop to k * hop + length, the end left out.
struct WindowParams {
  int32_t length;  ///< >= 1; samples of a window
  int32_t hop;     ///< >= 1; samples from one window's start to the next one's: overlapping, touching or with gaps
  int32_t axes;    ///< >= 1; values of a sample
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_window_fields(Params& p, Visitor&& visit) {
  visit("length", p.length);
  visit("hop", p.hop);
  visit("axes", p.axes);
}

[[nodiscard]] constexpr Status window_check(const WindowParams& p) {
  if (!fits_int32(p.length, p.axes, 4)) return Status::kBadShape;
  return p.hop >= 1 ? Status::kOk : Status::kBadStride;
}

/// Zeros at the start.
struct WindowState {
  int32_t next;    ///< row of the ring that the next sample goes to
  int32_t filled;  ///< rows that hold a sample
  int32_t since;   ///< samples since the last window ended
};

/// Takes samples up to the one that ends a window, at most `count`. Returns how many were taken, at least 1: call again
/// for the rest. window_is_ready() then tells whether a window has ended.
///
/// ring     [length, axes]; any values at the start
/// samples  [count, axes], count >= 1
/// `p` passed window_check.
template <class Value>
[[nodiscard]] inline int32_t window_push(const WindowParams& p, WindowState& state, Value* ring, const Value* samples,
                                         int32_t count) {
  const bool full = state.filled == p.length;
  const int32_t taken = min_of(count, full ? p.hop - state.since : p.length - state.filled);
  // Of more samples than the ring holds the last ones stay.
  const int32_t skipped = max_of(taken - p.length, int32_t{0});
  for (int32_t i = skipped; i < taken; ++i) {
    Value* const row = ring + state.next * p.axes;
    for (int32_t a = 0; a < p.axes; ++a) row[a] = samples[i * p.axes + a];
    state.next = state.next + 1 < p.length ? state.next + 1 : 0;
  }
  if (full) {
    state.since = state.since + taken < p.hop ? state.since + taken : 0;
  } else {
    state.filled += taken;
  }
  return taken;
}

/// Whether a window ended with the last sample that was taken.
[[nodiscard]] constexpr bool window_is_ready(const WindowParams& p, const WindowState& state) {
  return state.filled == p.length && state.since == 0;
}

/// Samples of the window that has begun and not ended, and of which at least one is in no window yet; 0 for none.
[[nodiscard]] constexpr int32_t window_begun(const WindowParams& p, const WindowState& state) {
  if (state.filled < p.length) return state.filled;
  return state.since == 0 ? 0 : max_of(p.length - (p.hop - state.since), int32_t{0});
}

/// The last `count` samples in the order of time, then `padding` up to a window's length. `count` is `length` for a
/// window that ended, window_begun() for one that is cut short.
///
/// window  [length, axes]
template <class Value>
inline void window_copy(const WindowParams& p, const WindowState& state, const Value* ring, int32_t count,
                        Value padding, Value* window) {
  int32_t row = state.next >= count ? state.next - count : state.next - count + p.length;
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t a = 0; a < p.axes; ++a) *window++ = ring[row * p.axes + a];
    row = row + 1 < p.length ? row + 1 : 0;
  }
  for (int32_t i = count * p.axes; i < p.length * p.axes; ++i) *window++ = padding;
}

/// Puts a ring that a window has filled into the order of time, in place: it then is the window, [length, axes], until
/// the next sample. Memory for a second one is saved so.
template <class Value>
inline void window_straighten(const WindowParams& p, WindowState& state, Value* ring) {
  const auto turn = [ring](int32_t first, int32_t end) {
    for (; first < --end; ++first) {
      const Value kept = ring[first];
      ring[first] = ring[end];
      ring[end] = kept;
    }
  };
  const int32_t size = p.length * p.axes, oldest = state.next * p.axes;
  if (oldest == 0) return;
  turn(0, oldest);
  turn(oldest, size);
  turn(0, size);
  state.next = 0;
}

}  // namespace edgetwin

#endif  // EDGETWIN_WINDOW_HPP_
