// Weights and scales of a layer in the order in which a SIMD level's tiles read them.
#ifndef EDGETWIN_HOST_PACKED_WEIGHTS_HPP_
#define EDGETWIN_HOST_PACKED_WEIGHTS_HPP_

#include <cstdint>
#include <vector>

#include "edgetwin/types.hpp"
#include "host/simd/kernels.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// Planes and packed weights beyond these bytes are left to the forms that serve every level: offsets are int32, and no
/// microcontroller's model comes near it.
constexpr int64_t kMostPackedBytes = int64_t{1} << 27;

/// A matrix of int8 weights [channels][runs][run] and what its sums are scaled by.
struct WeightSource {
  const int8_t* weights;
  const int32_t* bias;  ///< null for none
  const int32_t* multiplier;
  const int32_t* shift;
  int64_t channels;
  int64_t runs;
  int64_t run;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  Rounding rounding;
};

/// The byte that fills the border of a plane of codes.
[[nodiscard]] int32_t padding_byte(const simd::Kernels& kernels, int32_t zero_point);

/// Parameters of `channels` channels, in blocks of the level's lanes, by simd::ScaleRow. `starts` are sums' first
/// values, one a channel.
struct PackedScales {
  AlignedBytes rows;
  simd::Finish finish;

  /// Lets kernels scale in float32 where that is certified for all channels of `source`; else nothing changes.
  void seek_floats(const simd::Kernels& kernels, const WeightSource& source);

  PackedScales() = default;
  PackedScales(const simd::Kernels& kernels, const std::vector<int32_t>& starts, const WeightSource& source);
  /// For sums of 64 bits, by simd::WideScaleRow; `bias` is null for none. The source's own is not read.
  [[nodiscard]] static PackedScales wide(const simd::Kernels& kernels, const int64_t* bias, const WeightSource& source);
};

/// What a channel's sum starts from: its bias, less what the codes' offset adds to the products.
[[nodiscard]] std::vector<int32_t> start_values(const simd::Kernels& kernels, const WeightSource& source);

class PackedWeights {
 public:
  PackedWeights() = default;
  /// `most_blocks`: 1, 2 or 4 blocks of channels a chunk.
  PackedWeights(const simd::Kernels& kernels, const WeightSource& source, int32_t most_blocks);
  PackedWeights(const simd::Kernels& kernels, PackedScales scales, const WeightSource& source, int32_t most_blocks);

  void seek_floats(const simd::Kernels& kernels, const WeightSource& source) { scales_.seek_floats(kernels, source); }

  [[nodiscard]] const std::vector<simd::Chunk>& chunks() const { return chunks_; }
  [[nodiscard]] const simd::Finish& finish() const { return scales_.finish; }
  /// Groups of 32 bits in a run.
  [[nodiscard]] int32_t groups() const { return groups_; }
  /// The product of these weights with the rows of `jobs`, which both outlive it: all but where and how its inputs and
  /// outputs lie.
  [[nodiscard]] simd::GemmTask task(const std::vector<simd::TileJob>& jobs, const simd::Finish& finish) const {
    simd::GemmTask task = {};
    task.chunks = chunks_.data();
    task.chunk_count = static_cast<int32_t>(chunks_.size());
    task.jobs = jobs.data();
    task.job_count = static_cast<int64_t>(jobs.size());
    task.finish = finish;
    return task;
  }

 private:
  AlignedBytes weights_;
  PackedScales scales_;
  std::vector<simd::Chunk> chunks_;
  int32_t groups_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PACKED_WEIGHTS_HPP_
