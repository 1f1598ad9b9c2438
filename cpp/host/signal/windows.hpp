// Signals cut into windows of int8 codes, as models read them: gathered, scaled and rounded in one pass.
#ifndef EDGETWIN_HOST_SIGNAL_WINDOWS_HPP_
#define EDGETWIN_HOST_SIGNAL_WINDOWS_HPP_

#include <cstdint>

#include "host/level.hpp"

namespace edgetwin::host::signal {

/// Values that follow each other, and their codes.
struct QuantizeRun {
  const float* values;
  int64_t count;
  int8_t* codes;
  float scale;
  int32_t zero_point;
};

/// Writes quantize_f32()'s codes. False where a value is NaN, whose code is none.
using QuantizeKernel = bool (*)(const QuantizeRun& run);

// One source file each, compiled with its own flags; call only where the CPU has the level.
[[nodiscard]] bool quantize_avx2(const QuantizeRun& run);
[[nodiscard]] bool quantize_avx512(const QuantizeRun& run);
[[nodiscard]] bool quantize_neon(const QuantizeRun& run);

/// Window k starts at sample k * hop. What of the last ones lies behind the signal's end is zero_point.
struct WindowGrid {
  int64_t samples;
  int64_t count;  ///< of windows; each starts in the signal
  int64_t length;
  int64_t hop;
  int64_t axes;
};

/// values  [samples, axes]
/// codes   [count, length * axes]
/// Returns the place in `values` of a NaN among those in windows, and leaves codes unfinished then; else -1.
[[nodiscard]] int64_t windows_to_int8(const WindowGrid& grid, const float* values, float scale, int32_t zero_point,
                                      int8_t* codes, Level level);

}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_WINDOWS_HPP_
