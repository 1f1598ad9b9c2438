#include "host/float32/packed_matrix.hpp"

#include <algorithm>

#include "host/packed_weights.hpp"

namespace edgetwin::host::float32 {
namespace {

int64_t rounded_up(int64_t columns, int64_t lanes) { return (columns + lanes - 1) / lanes * lanes; }

}  // namespace

bool PackedMatrix::fits(int64_t depth, int64_t columns, int64_t lanes) {
  return depth + 1 <= kMostPackedBytes / static_cast<int64_t>(sizeof(float)) / rounded_up(columns, lanes);
}

PackedMatrix::PackedMatrix(const float* weights, const float* bias, int64_t depth, int64_t columns, int64_t lanes,
                           int32_t most_blocks)
    : depth_(depth), memory_(static_cast<size_t>((depth + 1) * rounded_up(columns, lanes)) * sizeof(float)) {
  float* next = reinterpret_cast<float*>(memory_.data());
  for (int64_t first = 0; first < columns;) {
    int32_t blocks = most_blocks;
    while (blocks > 1 && (blocks - 1) * lanes >= columns - first) blocks /= 2;
    const int64_t width = blocks * lanes, count = std::min(width, columns - first);
    float* const packed_bias = next + depth * width;
    for (int64_t k = 0; k < depth; ++k) std::copy_n(weights + k * columns + first, count, next + k * width);
    if (bias != nullptr) std::copy_n(bias + first, count, packed_bias);
    chunks_.push_back({next, packed_bias, static_cast<int32_t>(first), blocks});
    next = packed_bias + width;
    first += width;
  }
}

void PackedMatrix::put(simd::FloatGemmTask& task, int64_t taps) const {
  task.chunks = chunks_.data();
  task.chunk_count = static_cast<int64_t>(chunks_.size());
  task.depth = depth_ / taps;
}

}  // namespace edgetwin::host::float32
