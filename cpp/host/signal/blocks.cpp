#include "host/signal/blocks.hpp"

#include "host/step.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::host::signal {
namespace {

/// Only levels that this build holds are ever active.
const Kernels& kernels_of(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2:
    case Level::kAvxVnni: return kernels_avx2();
    case Level::kAvx512:
    case Level::kAvx512Vnni: return kernels_avx512();
#elif defined(__aarch64__)
    case Level::kNeon:
    case Level::kNeonDotprod: return kernels_neon();
#endif
    default: return kernels_baseline();
  }
}

/// So many vectors of rows are worth waking a thread for.
constexpr int64_t kVectorsOfATask = 8;

/// Values of a window up to which vectors of whole windows stay in a cache near the core.
constexpr int64_t kMostOfAWindow = 8192;

template <class Block>
void run(const Block& block, const BlockKernels<Block>& kernels, int64_t lanes, const Rows& all, int threads) {
  const int64_t size = int64_t{all.samples} * all.axes;
  const auto task = [&](auto kernel, int64_t first, int64_t end, int64_t values, int64_t features) {
    const int64_t floats = lanes * (values + block.scratch() + features) + values;  // places of values behind them
    const AlignedBytes memory(static_cast<size_t>(floats) * sizeof(float));
    Rows rows = all;
    rows.first = first;
    rows.end = end;
    rows.memory = static_cast<float*>(static_cast<void*>(memory.data()));
    kernel(block, rows);
  };
  const int64_t count = int64_t{block.count()} + block.low_count();
  const int64_t group = lanes * all.axes, groups = size <= kMostOfAWindow ? all.end / group : 0;
  parallel_for(groups, (kVectorsOfATask + all.axes - 1) / all.axes, threads, [&](int64_t begin, int64_t end) {
    task(kernels.windows, begin * group, end * group, size, all.axes * count);
  });
  const int64_t first = groups * group;
  parallel_for(all.end - first, kVectorsOfATask * lanes, threads,
               [&](int64_t begin, int64_t end) { task(kernels.rows, first + begin, first + end, all.samples, count); });
}

}  // namespace

void run_block(const SpectralBlock& block, const float* windows, int64_t count, int32_t samples, int32_t axes,
               float* features, Level level, int threads) {
  const Kernels& kernels = kernels_of(level);
  run(block, kernels.spectral, kernels.lanes, {windows, features, 0, count * axes, samples, axes, nullptr}, threads);
}

void run_block(const FlattenBlock& block, const float* windows, int64_t count, int32_t samples, int32_t axes,
               float* features, Level level, int threads) {
  const Kernels& kernels = kernels_of(level);
  run(block, kernels.flatten, kernels.lanes, {windows, features, 0, count * axes, samples, axes, nullptr}, threads);
}

bool all_finite(const float* values, int64_t count) {
  // In blocks, so that the loop is one of vectors and a bad value still ends it early.
  constexpr int64_t kBlock = 4096;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t end = first + kBlock < count ? first + kBlock : count;
    int32_t bad = 0;
    for (int64_t i = first; i < end; ++i) {
      bad |= (real::Lanes<float>::bits(values[i]) & 0x7FFFFFFF) >= 0x7F800000 ? 1 : 0;
    }
    if (bad != 0) return false;
  }
  return true;
}

const float* cosines_of(int32_t n) {
  switch (n) {
    case 4: return real::kCosines<4>.values;
    case 8: return real::kCosines<8>.values;
    case 16: return real::kCosines<16>.values;
    case 32: return real::kCosines<32>.values;
    case 64: return real::kCosines<64>.values;
    case 128: return real::kCosines<128>.values;
    case 256: return real::kCosines<256>.values;
    case 512: return real::kCosines<512>.values;
    case 1024: return real::kCosines<1024>.values;
    case 2048: return real::kCosines<2048>.values;
    case 4096: return real::kCosines<4096>.values;
    case 8192: return real::kCosines<8192>.values;
    default: return nullptr;
  }
}

}  // namespace edgetwin::host::signal
