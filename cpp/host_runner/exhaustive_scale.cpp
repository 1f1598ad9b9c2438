// Every one of the 2^32 sums through the scaling of SIMD levels, beside TFLite Micro's arithmetic as it is defined.
//
//   exhaustive_scale PAIRS STRIDE LEVEL...    PAIRS: how many multipliers and shifts, each fourth in single
//                                             rounding; STRIDE: only every so many sums, 1 for all; LEVEL: those that
//                                             this CPU has
//
// Each fourth pair goes through the form without the correction of negative sums, too, and all go through float32 where
// a level scales so and the pair is certified. Prints the outputs compared and those that differ; ends with 1 where any
// does.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"

namespace edgetwin::host_runner {
namespace {

namespace simd = host::simd;

struct Pair {
  int32_t multiplier;
  int32_t shift;
  Rounding rounding;
  bool from_zero_point;  ///< also with outputs that begin at the zero point
};

/// The definition, in the order of the reference's own steps: shift left and wrap, double the high half with rounding,
/// shift right with ties away from zero.
int32_t defined(int32_t sum, Pair pair) {
  const int left = pair.shift > 0 ? pair.shift : 0, right = pair.shift > 0 ? 0 : -pair.shift;
  if (pair.rounding == Rounding::kSingle) {
    const int total = 31 - pair.shift;
    return static_cast<int32_t>((int64_t{sum} * pair.multiplier + (int64_t{1} << (total - 1))) >> total);
  }
  const int32_t x = static_cast<int32_t>(static_cast<uint32_t>(sum) << left);
  const int64_t product = int64_t{x} * pair.multiplier;
  // Division truncates, as the reference does it: another way than the kernels' floors.
  const int64_t nudge = product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30);
  const int32_t high = static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
  if (right == 0) return high;
  const int64_t mask = (int64_t{1} << right) - 1;
  const int64_t remainder = high & mask, threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  return static_cast<int32_t>((int64_t{high} >> right) + (remainder > threshold ? 1 : 0));
}

std::vector<Pair> make_pairs(int count) {
  std::vector<Pair> pairs;
  uint32_t random = 12345;
  for (int i = 0; i < count; ++i) {
    random = random * 1664525U + 1013904223U;
    const int32_t some = static_cast<int32_t>((1U << 30) + random % (1U << 30));
    const int32_t multipliers[] = {some, 1 << 30, 0x7FFFFFFF, some, some};
    // Shifts of real layers mostly, and all the others in turn.
    const int32_t shift = i % 2 == 0 ? -(1 + i / 2 % 31) : i % 4 == 1 ? -(4 + i % 9) : i / 4 % 31;
    pairs.push_back(
        {i == 61 ? 0 : multipliers[i % 5], shift, i % 4 == 3 ? Rounding::kSingle : Rounding::kDouble, i % 4 == 0});
  }
  return pairs;
}

/// The scaling of a level, as products without terms: sums are what they start from.
class Scaling {
 public:
  static constexpr int64_t kSums = 4096;

  /// `floats`: in float32 where that is certified.
  Scaling(const simd::Kernels& kernels, Pair pair, int32_t activation_min, bool floats)
      : kernels_(kernels), output_(kSums) {
    const std::vector<int32_t> multipliers(kSums, pair.multiplier), shifts(kSums, pair.shift);
    host::WeightSource source = {};
    source.multiplier = multipliers.data();
    source.shift = shifts.data();
    source.channels = kSums;
    source.output_zero_point = kZeroPoint;
    source.activation_min = activation_min;
    source.activation_max = 127;
    source.rounding = pair.rounding;
    scales_ = host::PackedScales(kernels, std::vector<int32_t>(kSums), source);
    if (floats) scales_.seek_floats(kernels, source);
    rows_ = static_cast<int32_t*>(static_cast<void*>(scales_.rows.data()));
    for (int32_t first = 0; first < kSums; first += 2 * kernels.lanes) {
      chunks_.push_back(
          {nullptr, rows_ + first / kernels.lanes * simd::kScaleRows * kernels.lanes, 2, first, kernels.lanes});
    }
  }

  static constexpr int32_t kZeroPoint = -7;

  [[nodiscard]] bool in_floats() const { return scales_.finish.floats != simd::FloatForm::kNone; }

  [[nodiscard]] const int8_t* outputs(const int32_t* sums) {
    for (int64_t block = 0; block < kSums / kernels_.lanes; ++block) {
      std::copy_n(sums + block * kernels_.lanes, kernels_.lanes,
                  rows_ + (block * simd::kScaleRows + simd::kStart) * kernels_.lanes);
    }
    simd::TileJob job = {};
    job.shape = simd::kTileShapeCount - 1;
    simd::GemmTask task = {};
    task.output = output_.data();
    task.chunks = chunks_.data();
    task.chunk_count = static_cast<int32_t>(chunks_.size());
    task.jobs = &job;
    task.job_count = 1;
    task.finish = scales_.finish;
    kernels_.gemm(task);
    return output_.data();
  }

 private:
  const simd::Kernels& kernels_;
  host::PackedScales scales_;
  int32_t* rows_ = nullptr;
  std::vector<simd::Chunk> chunks_;
  std::vector<int8_t> output_;
};

struct Count {
  int64_t compared = 0, differing = 0, float_forms = 0;
};

Count compare(const std::vector<const simd::Kernels*>& levels, Pair pair, uint32_t stride) {
  Count count;
  for (const int32_t low : {-128, Scaling::kZeroPoint}) {
    if (low == Scaling::kZeroPoint && !pair.from_zero_point) continue;
    std::vector<Scaling> scalings;
    for (const simd::Kernels* level : levels) {
      scalings.emplace_back(*level, pair, low, false);
      Scaling in_floats(*level, pair, low, true);
      count.float_forms += in_floats.in_floats();
      if (in_floats.in_floats()) scalings.push_back(std::move(in_floats));
    }
    std::vector<int32_t> sums(Scaling::kSums);
    std::vector<int8_t> expected(Scaling::kSums);
    for (uint64_t first = 0; first < uint64_t{1} << 32; first += uint64_t{Scaling::kSums} * stride) {
      for (uint32_t i = 0; i < Scaling::kSums; ++i) {
        sums[i] = static_cast<int32_t>(static_cast<uint32_t>(first) + i * stride);
        // The zero point wraps, as it does in the core.
        const uint32_t moved = static_cast<uint32_t>(defined(sums[i], pair)) - 7U;
        expected[i] = static_cast<int8_t>(std::clamp(static_cast<int32_t>(moved), low, 127));
      }
      for (Scaling& scaling : scalings) {
        const int8_t* const made = scaling.outputs(sums.data());
        count.compared += Scaling::kSums;
        if (std::memcmp(made, expected.data(), Scaling::kSums) == 0) continue;
        for (size_t i = 0; i < Scaling::kSums; ++i) count.differing += made[i] != expected[i];
      }
    }
  }
  return count;
}

int run(int pairs, uint32_t stride, const std::vector<const simd::Kernels*>& levels) {
  Count total;
  for (const Pair pair : make_pairs(pairs)) {
    const Count count = compare(levels, pair, stride);
    if (count.differing != 0) {
      std::printf("%lld differ: multiplier %d, shift %d, rounding %d\n", static_cast<long long>(count.differing),
                  pair.multiplier, pair.shift, static_cast<int>(pair.rounding));
    }
    total.compared += count.compared;
    total.differing += count.differing;
    total.float_forms += count.float_forms;
  }
  std::printf("%lld outputs compared, %lld differ; %lld scales in float32, too\n",
              static_cast<long long>(total.compared), static_cast<long long>(total.differing),
              static_cast<long long>(total.float_forms));
  return total.differing == 0 ? 0 : 1;
}

}  // namespace
}  // namespace edgetwin::host_runner

int main(int count, char** arguments) {
  if (count < 4) {
    std::fprintf(stderr, "usage: exhaustive_scale PAIRS STRIDE LEVEL...\n");
    return 2;
  }
  try {
    std::vector<const edgetwin::host::simd::Kernels*> levels;
    for (int i = 3; i < count; ++i) {
      levels.push_back(edgetwin::host::level_kernels(edgetwin::host::level_named(arguments[i])));
      if (levels.back() == nullptr) throw std::invalid_argument("scalar has no kernels of its own");
    }
    return edgetwin::host_runner::run(std::atoi(arguments[1]), static_cast<uint32_t>(std::atoll(arguments[2])), levels);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exhaustive_scale: %s\n", error.what());
    return 2;
  }
}
