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

/// c[m, n] = bias[n] + sum over runs r and k of a[a_runs[r] + m * a_row + k * a_step] * b[b_runs[r] + k * b_step + n],
/// in this order of r and k whatever tiles there are. Distances are in floats.
struct GemmTask {
  const float* a;
  int64_t a_row;
  int64_t a_step;
  const float* b;
  int64_t b_step;
  const int64_t* a_runs;
  const int64_t* b_runs;
  int64_t runs;
  int64_t depth;      ///< of a run
  const float* bias;  ///< [padded_to_lanes(columns)] or null; not with `onto`
  float* c;
  int64_t c_row;
  int64_t rows;
  int64_t columns;
  bool onto;  ///< sums begin with what c holds
};

struct Kernels {
  void (*gemm)(const GemmTask& task);
};

// Each in a file of its own, compiled with the level's flags.
[[nodiscard]] const Kernels& training_baseline();
[[nodiscard]] const Kernels& training_avx2();
[[nodiscard]] const Kernels& training_avx512();
[[nodiscard]] const Kernels& training_neon();

[[nodiscard]] const Kernels& kernels_of(Level level);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_KERNELS_HPP_
