// Float32 windows over each channel alone, for any level: depthwise convolution and pools. Vectors hold neighbouring
// channels; every channel's own operations keep their order.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_WINDOWS_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_WINDOWS_HPP_

#include <limits>

#include "host/simd/float_gemm.hpp"
#include "host/simd/float_pieces.hpp"
#include "host/simd/float_tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// Pixels of a tile: so many sums hide the latency of additions, and each tap's weights are loaded once for them.
constexpr int kWindowPixels = 6;

/// OneInput: every channel reads the same.
template <class V, class B, bool OneInput>
struct DepthwiseRule {
  const FloatDepthwiseTask& task;
  int64_t channel;

  [[gnu::always_inline]] inline B start() const { return B(0.0F); }
  [[gnu::always_inline]] inline B weights(int64_t tap) const {
    return B::load_unaligned(task.weights + tap * task.windows.channels + channel);
  }
  [[gnu::always_inline]] inline B load(const float* pixel) const {
    return OneInput ? B(*pixel) : B::load_unaligned(pixel + channel);
  }
  [[gnu::always_inline]] inline B join(const B& sum, const B& value, const B& w) const { return sum + value * w; }
  [[gnu::always_inline]] inline B finish(const B& sum, const FloatArea&) const {
    return sum + B::load_unaligned(task.bias + channel);
  }
};

/// What pools share: there is nothing to load for a tap.
template <class V, class B>
struct PoolRule {
  int64_t channel;
  struct Nothing {};

  [[gnu::always_inline]] inline Nothing weights(int64_t) const { return {}; }
  [[gnu::always_inline]] inline B load(const float* pixel) const { return B::load_unaligned(pixel + channel); }
};

template <class V, class B>
struct MaxRule : PoolRule<V, B> {
  using Nothing = typename PoolRule<V, B>::Nothing;
  [[gnu::always_inline]] inline B start() const { return B(-std::numeric_limits<float>::infinity()); }
  /// NaN is left out, as in TFLite Micro.
  [[gnu::always_inline]] inline B join(const B& most, const B& value, Nothing) const { return larger(value, most); }
  [[gnu::always_inline]] inline B finish(const B& most, const FloatArea&) const { return most; }
};

template <class V, class B>
struct AverageRule : PoolRule<V, B> {
  using Nothing = typename PoolRule<V, B>::Nothing;
  [[gnu::always_inline]] inline B start() const { return B(0.0F); }
  [[gnu::always_inline]] inline B join(const B& sum, const B& value, Nothing) const { return sum + value; }
  [[gnu::always_inline]] inline B finish(const B& sum, const FloatArea& area) const {
    return divided(sum, B(static_cast<float>(area.taps_y * area.taps_x)));
  }
};

/// P pixels of the channels that `rule` names. A function each: six in one would compete for registers.
template <int P, class B, class Rule>
[[gnu::noinline]] void window_tile(const FloatWindows& windows, const FloatArea& area, const Rule& rule,
                                   const float* input, float* output) {
  B made[P];
  unroll<P>([&](auto p) __attribute__((always_inline)) { made[p] = rule.start(); });
  for (int64_t y = 0; y < area.taps_y; ++y) {
    const float* pixel = input + y * windows.step_y;
    const int64_t first = area.first_tap + y * windows.kernel_w;
    for (int64_t x = 0; x < area.taps_x; ++x) {
      const auto weights = rule.weights(first + x);
      unroll<P>([&](auto p) __attribute__((always_inline)) {
        made[p] = rule.join(made[p], rule.load(pixel + p * area.input_step), weights);
      });
      pixel += windows.step_x;
    }
  }
  const B low(windows.low), high(windows.high);
  unroll<P>([&](auto p) __attribute__((always_inline)) {
    clamped(rule.finish(made[p], area), low, high).store_unaligned(output + p * area.output_step + rule.channel);
  });
}

template <class B, class Rule>
[[gnu::always_inline]] inline void window_tiles(const FloatWindows& windows, const Rule& rule) {
  for (int64_t a = 0; a < windows.area_count; ++a) {
    const FloatArea& area = windows.areas[a];
    for_each_tile(area, kWindowPixels, [&](int64_t from, int64_t to, int64_t, int64_t pixels) {
      const float* const input = windows.input + from;
      float* const output = windows.output + to;
      switch (pixels) {
        case 1: return window_tile<1, B>(windows, area, rule, input, output);
        case 2: return window_tile<2, B>(windows, area, rule, input, output);
        case 3: return window_tile<3, B>(windows, area, rule, input, output);
        case 4: return window_tile<4, B>(windows, area, rule, input, output);
        case 5: return window_tile<5, B>(windows, area, rule, input, output);
        default: return window_tile<kWindowPixels, B>(windows, area, rule, input, output);
      }
    });
  }
}

/// Channels that are no multiple of a vector are covered twice in part.
template <class V>
void float_depthwise(const FloatDepthwiseTask& task) {
  cover_floats(task.windows.channels, [&](auto piece, int64_t channel) {
    using B = typename decltype(piece)::Batch;
    if (task.one_input) {
      window_tiles<B>(task.windows, DepthwiseRule<V, B, true>{task, channel});
    } else {
      window_tiles<B>(task.windows, DepthwiseRule<V, B, false>{task, channel});
    }
  });
}

template <class V, template <class, class> class Rule>
void float_pool(const FloatWindows& windows) {
  cover_floats(windows.channels, [&](auto piece, int64_t channel) {
    using B = typename decltype(piece)::Batch;
    window_tiles<B>(windows, Rule<V, B>{{channel}});
  });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_WINDOWS_HPP_
