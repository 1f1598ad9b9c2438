// batch_matmul of int8 and int16 on a SIMD level that multiplies pairs of int16: the rows of x are the codes of a
// product, and y is packed as its weights when it runs, both less their zero points.
#include <algorithm>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include "calls/batch_matmul.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"

namespace edgetwin::host {
namespace {

template <class Call, class Element>
class PackedBatchMatmul final : public BoundStep<Call> {
 public:
  PackedBatchMatmul(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants),
        kernels_(kernels),
        groups_((int64_t{params_.depth} + 1) / 2),
        most_blocks_(params_.columns <= kernels.lanes ? 1 : 2),
        scales_(made_scales()) {
    const int64_t row_bytes = groups_ * kGroupBytes;
    const RowGrid grid = {1, params_.rows, 0, 0, row_bytes, 0, 0, params_.columns};
    jobs_ = tile_grid(grid, most_tile_rows(kernels, most_blocks_), most_blocks_);
    in_place_ = kWords && params_.adj_x == 0 && params_.depth % 2 == 0;
    weights_bytes_ = add_chunks();
    codes_bytes_ = in_place_ ? 0 : rounded(params_.rows * row_bytes);
    layout_.scratch = weights_bytes_ + codes_bytes_ + static_cast<int64_t>(chunks_.size() * sizeof(simd::Chunk));
  }

  [[nodiscard]] static bool takes(const BatchMatmulParams& p, const simd::Kernels& kernels) {
    const int64_t row = (int64_t{p.depth} + 1) * kCode, wide = int64_t{p.columns} + kernels.lanes;
    return row < kMostPackedBytes / p.rows && row < kMostPackedBytes / wide &&
           int64_t{p.columns} < kMostPackedBytes / p.rows;
  }

  void run(const calls::Operands& operands) const override {
    const Element* const x = calls::as<Element>(operands.inputs[0]);
    const Element* const y = calls::as<Element>(operands.inputs[1]);
    Element* output = calls::as<Element>(operands.outputs[0]);
    std::byte* const memory = static_cast<std::byte*>(operands.scratch);
    simd::Chunk* const chunks = placed_chunks(memory);
    simd::GemmTask task = {};
    task.chunks = chunks;
    task.chunk_count = static_cast<int32_t>(chunks_.size());
    task.jobs = jobs_.data();
    task.job_count = static_cast<int64_t>(jobs_.size());
    task.depth = spread_depth(1, 1, 0, 0, groups_);
    task.input_step = static_cast<int32_t>(groups_ * kGroupBytes);
    task.output_step = params_.columns;
    task.finish = scales_.finish;
    // Two products of int16 fill 32 bits.
    task.groups_in_32_bits = 1;
    const detail::BatchStrides x_batch =
        detail::batch_strides(params_, params_.x_broadcast, int64_t{params_.rows} * params_.depth);
    const detail::BatchStrides y_batch =
        detail::batch_strides(params_, params_.y_broadcast, int64_t{params_.depth} * params_.columns);
    const Element *last_x = nullptr, *last_y = nullptr;
    for (int32_t i = 0; i < params_.batch_0; ++i) {
      for (int32_t j = 0; j < params_.batch_1; ++j) {
        for (int32_t k = 0; k < params_.batch_2; ++k) {
          const Element* const left = x + (i * x_batch.along[0] + j * x_batch.along[1] + k * x_batch.along[2]);
          const Element* const right = y + (i * y_batch.along[0] + j * y_batch.along[1] + k * y_batch.along[2]);
          if (right != last_y && !pack(right, calls::as<int16_t>(static_cast<void*>(memory)))) {
            return Call::run(params_, operands);
          }
          if (left != last_x) task.input = codes_of(left, memory + weights_bytes_);
          last_x = left;
          last_y = right;
          task.output = output;
          kWords ? kernels_.gemm_wide(task) : kernels_.gemm(task);
          output += int64_t{params_.rows} * params_.columns;
        }
      }
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  static constexpr bool kWords = std::is_same_v<Element, int16_t>;
  static constexpr int64_t kCode = sizeof(int16_t);
  static constexpr int64_t kGroupBytes = 2 * kCode;

  [[nodiscard]] static int64_t rounded(int64_t bytes) {
    constexpr int64_t alignment = AlignedBytes::kAlignment;
    return (bytes + alignment - 1) / alignment * alignment;
  }

  /// The same for every column, as many times as a chunk has blocks.
  [[nodiscard]] PackedScales made_scales() const {
    const size_t channels = static_cast<size_t>(most_blocks_) * static_cast<size_t>(kernels_.lanes);
    const std::vector<int32_t> starts(channels, 0), multipliers(channels, params_.multiplier);
    const std::vector<int32_t> shifts(channels, params_.shift);
    WeightSource source = {};
    source.multiplier = multipliers.data();
    source.shift = shifts.data();
    source.channels = static_cast<int64_t>(channels);
    source.output_zero_point = params_.output_zero_point;
    source.activation_min = std::numeric_limits<Element>::min();
    source.activation_max = std::numeric_limits<Element>::max();
    source.rounding = params_.rounding;
    if constexpr (kWords) return PackedScales::wide(kernels_, nullptr, source);
    return PackedScales(kernels_, starts, source);
  }

  /// Their weights come with each run. Returns the bytes of all of those.
  int64_t add_chunks() {
    const int64_t lanes = kernels_.lanes, blocks = (params_.columns + lanes - 1) / lanes;
    for (int64_t block = 0; block < blocks;) {
      int64_t count = most_blocks_;
      while (count > blocks - block) count /= 2;
      const int64_t end = (block + count) * lanes;
      const int64_t tail = end <= params_.columns ? lanes : params_.columns - (end - lanes);
      const int32_t* const rows = static_cast<const int32_t*>(static_cast<const void*>(scales_.rows.data()));
      chunks_.push_back({nullptr, rows, static_cast<int32_t>(count), static_cast<int32_t>(block * lanes),
                         static_cast<int32_t>(tail)});
      block += count;
    }
    return blocks * lanes * groups_ * kGroupBytes;
  }

  /// Chunks of this run, whose weights lie one after another from `memory` on.
  [[nodiscard]] simd::Chunk* placed_chunks(std::byte* memory) const {
    auto* const placed = static_cast<simd::Chunk*>(static_cast<void*>(memory + weights_bytes_ + codes_bytes_));
    std::uninitialized_copy(chunks_.begin(), chunks_.end(), placed);
    for (size_t i = 0; i < chunks_.size(); ++i) {
      placed[i].weights = memory + int64_t{chunks_[i].first} * groups_ * kGroupBytes;
    }
    return placed;
  }

  /// Packs y less its zero point, in the order of Chunk::weights. False where two products of its values might exceed
  /// 32 bits: (-2^15)^2 twice.
  [[nodiscard]] bool pack(const Element* y, int16_t* target) const {
    // A step of 1 that the compiler knows becomes vectors.
    if (params_.adj_y == 0) return pack_columns(y, std::integral_constant<int64_t, 1>(), params_.columns, target);
    return pack_columns(y, params_.depth, 1, target);
  }

  template <class Step>
  [[nodiscard]] bool pack_columns(const Element* y, Step column_step, int64_t depth_step, int16_t* target) const {
    const int32_t zero_point = params_.y_zero_point;
    int32_t too_large = 0;
    for (const simd::Chunk& chunk : chunks_) {
      const int64_t width = chunk.blocks * kernels_.lanes;
      const int64_t columns = std::min(width, int64_t{params_.columns} - chunk.first);
      const Element* const first = y + chunk.first * column_step;
      for (int64_t d = 0; d < params_.depth; d += 2, target += 2 * width) {
        const Element* const upper = first + d * depth_step;
        // Of an odd depth the last row stands for one of zeros.
        const bool pair = d + 1 < params_.depth;
        const Element* const lower = pair ? upper + depth_step : upper;
        const int32_t kept = pair ? -1 : 0;
        for (int64_t c = 0; c < columns; ++c) {
          const int32_t a = upper[c * column_step] - zero_point;
          const int32_t b = (lower[c * column_step] - zero_point) & kept;
          if constexpr (kWords) too_large |= a == kInt16Min && b == kInt16Min ? 1 : 0;
          target[2 * c] = static_cast<int16_t>(a);
          target[2 * c + 1] = static_cast<int16_t>(b);
        }
        std::fill(target + 2 * columns, target + 2 * width, int16_t{0});
      }
    }
    return too_large == 0;
  }

  /// The rows of x less its zero point, each of whole groups.
  [[nodiscard]] const void* codes_of(const Element* x, std::byte* memory) const {
    if (in_place_) return x;
    const int64_t rows = params_.rows, depth = params_.depth;
    if constexpr (!kWords) {
      if (params_.adj_x == 0 && depth % 2 == 0) {
        kernels_.to_codes(x, rows * depth, params_.x_zero_point, memory);
        return memory;
      }
    }
    const int64_t row_step = params_.adj_x != 0 ? 1 : depth, depth_step = params_.adj_x != 0 ? rows : 1;
    int16_t* target = calls::as<int16_t>(static_cast<void*>(memory));
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t d = 0; d < depth; ++d) {
        *target++ = static_cast<int16_t>(x[r * row_step + d * depth_step] - params_.x_zero_point);
      }
      if (depth % 2 != 0) *target++ = 0;
    }
    return memory;
  }

  const simd::Kernels& kernels_;
  int64_t groups_;  ///< pairs of a row
  int32_t most_blocks_;
  PackedScales scales_;
  bool in_place_;  ///< x itself holds the codes
  int64_t weights_bytes_, codes_bytes_;
  std::vector<simd::Chunk> chunks_;
  std::vector<simd::TileJob> jobs_;
};

template <class Made>
std::unique_ptr<Step> made(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels) {
  if (!Made::takes(Made::checked(params), kernels)) return nullptr;
  return std::make_unique<Made>(params, constants, kernels);
}

}  // namespace

std::unique_ptr<Step> make_packed_batch_matmul(const std::string& kernel, const ParamMap& params,
                                               const ConstantMap& constants, const simd::Kernels& kernels) {
  if (kernel == "batch_matmul_s8") {
    return made<PackedBatchMatmul<calls::BatchMatmulS8, int8_t>>(params, constants, kernels);
  }
  if (kernel == "batch_matmul_s16" && kernels.gemm_wide != nullptr) {
    return made<PackedBatchMatmul<calls::BatchMatmulS16, int16_t>>(params, constants, kernels);
  }
  return nullptr;
}

}  // namespace edgetwin::host
