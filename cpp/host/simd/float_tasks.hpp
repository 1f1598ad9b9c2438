// What float32 steps hand to the kernels of a SIMD level: plain data, as in tasks.hpp. Distances are in elements.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_TASKS_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_TASKS_HPP_

#include <cstdint>

namespace edgetwin::host::simd {

/// Taps of a window's row from first to last, last left out.
struct FloatTaps {
  int64_t first;
  int64_t last;
};

/// Output pixels whose windows meet the input with the same taps: nothing is padded, and what lies outside is not
/// multiplied. A ragged area has whole lines: there `columns` tells which taps of their row each pixel's window has.
struct FloatArea {
  int64_t input;   ///< of the first pixel's first tap; ragged: of its tap 0, which may lie outside
  int64_t output;  ///< of the first pixel
  int64_t lines;
  int64_t pixels;      ///< of a line, along which tiles lie
  int64_t input_line;  ///< from a line to the next
  int64_t output_line;
  int64_t input_step;  ///< from a pixel to the next
  int64_t output_step;
  int64_t first_tap;
  int64_t taps_y;
  int64_t taps_x;
  bool ragged;
};

/// What kernels with windows share.
struct FloatWindows {
  const float* input;
  float* output;
  const FloatArea* areas;
  int64_t area_count;
  const FloatTaps* columns;  ///< of each pixel of a line
  int64_t step_y;            ///< of the input, from a row of taps to the next
  int64_t step_x;            ///< from a tap to the next
  int64_t kernel_w;          ///< taps of a whole row
  int64_t channels;          ///< of the output; of a group where there are groups
  float low;                 ///< fused activation
  float high;
};

/// Neighbouring channels that a tile computes together.
struct FloatChunk {
  const float* weights;  ///< [tap][input channel][blocks][lanes], zeros after the last channel
  const float* bias;     ///< [blocks][lanes]
  int32_t first;
  int32_t blocks;  ///< 1, 2 or 4
};

struct FloatGemmTask {
  FloatWindows windows;
  const FloatChunk* chunks;
  int64_t chunk_count;
  int64_t depth;    ///< input channels of a tap
  bool contiguous;  ///< the taps of a row follow each other in the input
};

/// Channel by channel.
struct FloatDepthwiseTask {
  FloatWindows windows;
  const float* weights;  ///< [tap][channels]
  const float* bias;     ///< [channels]
  bool one_input;        ///< every channel reads the same
};

/// Fewer channels than these have no vector.
constexpr int64_t kLeastFloatChannels = 4;

/// One run of float32 operands.
struct FloatRun {
  const float* x;
  const float* y;
  float* output;  ///< may be x or y
  int64_t count;
  bool x_is_one;  ///< x is one value for the whole run
  bool y_is_one;
  float low;  ///< of the output: fused activation
  float high;
};

struct FloatKernels {
  int32_t lanes;
  void (*gemm)(const FloatGemmTask& task);
  void (*depthwise)(const FloatDepthwiseTask& task);
  void (*max_pool)(const FloatWindows& windows);
  void (*average_pool)(const FloatWindows& windows);
  // Of two operands.
  void (*add)(const FloatRun& run);
  void (*sub)(const FloatRun& run);
  void (*mul)(const FloatRun& run);
  void (*div)(const FloatRun& run);
  void (*maximum)(const FloatRun& run);
  void (*minimum)(const FloatRun& run);
  void (*squared_difference)(const FloatRun& run);
  void (*prelu)(const FloatRun& run);
  // Of x alone.
  void (*limit)(const FloatRun& run);       ///< to low and high
  void (*leaky_relu)(const FloatRun& run);  ///< y is one value, the slope
  void (*hard_swish)(const FloatRun& run);
};

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_TASKS_HPP_
