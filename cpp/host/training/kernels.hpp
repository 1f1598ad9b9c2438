// What training computes at a SIMD level. Unlike the kernels of inference these use fused multiply-adds where the level
// has them: results are a level's own, and the same for any number of threads.
#ifndef EDGETWIN_HOST_TRAINING_KERNELS_HPP_
#define EDGETWIN_HOST_TRAINING_KERNELS_HPP_

#include <cstdint>

#include "host/level.hpp"

namespace edgetwin::host::training {

/// Rows of packed matrices are padded to so many floats, and as many may be read behind any operand `b`.
constexpr int64_t kSlack = 16;

[[nodiscard]] constexpr int64_t padded_to_lanes(int64_t count) { return (count + kSlack - 1) / kSlack * kSlack; }

/// c[m, n] = bias[n] or row_bias[m] + sum over runs r and k of a[a_runs[r] + m * a_row + k * a_step] * b[b_runs[r] + k
/// * b_step + n], in this order of r and k whatever tiles there are. Distances are in floats.
struct GemmTask {
  const float* a;
  int64_t a_row;
  int64_t a_step;
  const float* b;
  int64_t b_step;
  const int64_t* a_runs;
  const int64_t* b_runs;
  int64_t runs;
  int64_t depth;          ///< of a run
  const float* bias;      ///< [padded_to_lanes(columns)] or null
  const float* row_bias;  ///< [rows] or null; at most one of both and `onto`
  float* c;
  int64_t c_row;
  int64_t rows;
  int64_t columns;
  bool onto;  ///< sums begin with what c holds
};

/// Windows along one axis: output i meets inputs from i * stride - before on.
struct PoolAxis {
  int64_t input, output, kernel, stride, before;
};

/// One sample's windows.
struct PoolTask {
  PoolAxis y, x;
  int64_t channels;
};

/// One sample's windows over an image with its padding, in which every output channel has an input channel of its own.
/// Distances are in floats of that image.
struct DepthwiseTask {
  int64_t output_h, output_w, kernel_h, kernel_w, channels;
  int64_t line, pixel;         ///< from a window to the next one below and beside
  int64_t tap_line, tap_step;  ///< from a tap to the next one below and beside
};

/// values += speeds = momentum * speeds - learning_rate * gradients; nesterov: that formula once more for the values.
struct SgdTask {
  const float* gradients;
  int64_t count;
  float learning_rate, momentum;
  bool nesterov;
  float* values;
  float* speeds;  ///< null: no momentum
};

/// values = values * kept - rate * mean / (sqrt(square) + epsilon), both moved towards the gradient and its square.
struct AdamTask {
  const float* gradients;
  int64_t count;
  float rate, of_mean, of_square, epsilon, kept;
  float* values;
  float* means;
  float* squares;
};

struct Kernels {
  void (*gemm)(const GemmTask& task);
  /// to[c * to_row + r] = from[r * from_row + c]
  void (*transpose)(const float* from, int64_t rows, int64_t columns, int64_t from_row, float* to, int64_t to_row);
  /// 0 below 0 and `maximum` above it; NaN stays NaN. Output may be x.
  void (*relu)(const float* x, int64_t count, float maximum, float* output);
  /// The gradient where y is above 0 and below `maximum`, else 0.
  void (*relu_gradient)(const float* y, const float* gradient, int64_t count, float maximum, float* input_gradient);
  void (*max_pool)(const PoolTask& task, const float* input, float* output);
  /// Adds each gradient to the first of its window's largest pixels.
  void (*max_pool_gradient)(const PoolTask& task, const float* input, const float* gradient, float* input_gradient);
  /// weights [kernel_h, kernel_w, channels]; bias may be null.
  void (*depthwise)(const DepthwiseTask& task, const float* image, const float* weights, const float* bias,
                    float* output);
  /// Adds to the weights' gradients and, unless it is null, to the image's.
  void (*depthwise_gradient)(const DepthwiseTask& task, const float* image, const float* weights, const float* gradient,
                             float* weights_gradient, float* image_gradient);
  void (*add)(const float* terms, int64_t count, float* sums);
  /// sums[i] += every row's element i, row by row.
  void (*add_rows)(const float* rows, int64_t count, int64_t width, float* sums);
  bool (*all_finite)(const float* values, int64_t count);
  void (*sgd)(const SgdTask& task);
  void (*adam)(const AdamTask& task);
};

// Each in a file of its own, compiled with the level's flags.
[[nodiscard]] const Kernels& training_baseline();
[[nodiscard]] const Kernels& training_avx2();
[[nodiscard]] const Kernels& training_avx512();
[[nodiscard]] const Kernels& training_neon();

[[nodiscard]] const Kernels& kernels_of(Level level);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_KERNELS_HPP_
