#include "host/signal/windows.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "edgetwin/quantize.hpp"

namespace edgetwin::host::signal {
namespace {

/// The device core's code.
bool quantize_baseline(const QuantizeRun& run) {
  bool ordered = true;
  for (int64_t i = 0; i < run.count; ++i) {
    const QuantizeParams params = {1, run.scale, run.zero_point};
    quantize_f32(params, run.values + i, run.codes + i);
    ordered &= run.values[i] == run.values[i];
  }
  return ordered;
}

/// Only levels that this build holds are ever asked for.
QuantizeKernel kernel_of(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2:
    case Level::kAvxVnni: return quantize_avx2;
    case Level::kAvx512:
    case Level::kAvx512Vnni: return quantize_avx512;
#elif defined(__aarch64__)
    case Level::kNeon:
    case Level::kNeonDotprod: return quantize_neon;
#endif
    default: return quantize_baseline;
  }
}

/// Codes of overlapping windows are made this many at a time, to lie in a cache near the core while they are copied.
constexpr int64_t kCodesAtOnce = 32768;

struct Cutter {
  const WindowGrid& grid;
  const float* values;
  float scale;
  int32_t zero_point;
  QuantizeKernel kernel;

  /// Codes of `count` samples from `first` on, those behind the end included. Returns the place of a NaN, or -1.
  [[nodiscard]] int64_t quantize(int64_t first, int64_t count, int8_t* codes) const {
    const int64_t inside = std::clamp(grid.samples - first, int64_t{0}, count) * grid.axes;
    const float* const begin = values + std::min(first, grid.samples) * grid.axes;
    std::memset(codes + inside, zero_point, static_cast<size_t>(count * grid.axes - inside));
    if (kernel({begin, inside, codes, scale, zero_point})) return -1;
    return std::find_if(begin, begin + inside, [](float x) { return x != x; }) - values;
  }

  /// Windows without common samples.
  [[nodiscard]] int64_t apart(int8_t* codes) const {
    if (grid.hop == grid.length) return quantize(0, grid.count * grid.length, codes);
    for (int64_t k = 0; k < grid.count; ++k) {
      const int64_t nan = quantize(k * grid.hop, grid.length, codes + k * grid.length * grid.axes);
      if (nan >= 0) return nan;
    }
    return -1;
  }

  /// Every sample is quantized once.
  [[nodiscard]] int64_t overlapping(int8_t* codes) const {
    const int64_t at_once = std::max(int64_t{1}, kCodesAtOnce / (grid.hop * grid.axes));
    const int64_t common = grid.length - grid.hop, window = grid.length * grid.axes, step = grid.hop * grid.axes;
    std::vector<int8_t> made(static_cast<size_t>((common + at_once * grid.hop) * grid.axes));
    int64_t nan = quantize(0, common, made.data());
    for (int64_t k = 0; k < grid.count && nan < 0; k += at_once) {
      const int64_t windows = std::min(at_once, grid.count - k);
      nan = quantize(k * grid.hop + common, windows * grid.hop, made.data() + common * grid.axes);
      for (int64_t i = 0; i < windows; ++i, codes += window) {
        std::memcpy(codes, made.data() + i * step, static_cast<size_t>(window));
      }
      std::memmove(made.data(), made.data() + windows * step, static_cast<size_t>(common * grid.axes));
    }
    return nan;
  }
};

}  // namespace

int64_t windows_to_int8(const WindowGrid& grid, const float* values, float scale, int32_t zero_point, int8_t* codes,
                        Level level) {
  const Cutter cutter = {grid, values, scale, zero_point, kernel_of(level)};
  return grid.hop < grid.length && grid.count > 1 ? cutter.overlapping(codes) : cutter.apart(codes);
}

}  // namespace edgetwin::host::signal
