// Weights of sums of products, packed for the tiles of a SIMD level.
#ifndef EDGETWIN_HOST_FLOAT32_PACKED_MATRIX_HPP_
#define EDGETWIN_HOST_FLOAT32_PACKED_MATRIX_HPP_

#include <cstdint>
#include <vector>

#include "host/simd/float_tasks.hpp"
#include "host/step.hpp"

namespace edgetwin::host::float32 {

class PackedMatrix {
 public:
  /// weights [depth, columns], rows `columns` apart; bias [columns], or null for none. Chunks of up to `most_blocks`.
  PackedMatrix(const float* weights, const float* bias, int64_t depth, int64_t columns, int64_t lanes,
               int32_t most_blocks);
  [[nodiscard]] static bool fits(int64_t depth, int64_t columns, int64_t lanes);

  /// Sets the task's chunks and depth of a tap.
  void put(simd::FloatGemmTask& task, int64_t taps) const;

 private:
  int64_t depth_;
  AlignedBytes memory_;
  std::vector<simd::FloatChunk> chunks_;
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_PACKED_MATRIX_HPP_
