#include "host/executor.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "host/thread_pool.hpp"

namespace edgetwin::host {
namespace {

/// Less is done before another thread could be woken or the interpreter be let go of and taken back.
constexpr int64_t kBriefNs = 3'000;
/// Work for each further thread: it covers what handing it over costs.
constexpr int64_t kWorthAThreadNs = 8'000;
/// Chunks are at least so long that handing them out costs nothing, and so short that threads end together even where
/// other processes slow one of them.
constexpr int64_t kShortestChunkNs = 4'000;
constexpr int64_t kLongestChunkNs = 500'000;
constexpr int64_t kChunksEach = 4;
constexpr int64_t kSliceNs = 50'000'000;

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

bool Executor::is_brief(int64_t samples) const {
  const int64_t pace = sample_ns_.load(std::memory_order_relaxed);
  return pace > 0 && samples <= kBriefNs / pace;
}

void Executor::run(int64_t samples, const SampleArray* inputs, const SampleArray* outputs, SampleArray state,
                   int threads, const std::function<bool()>& interrupted) const {
  if (samples <= 0) return;
  if (is_brief(samples)) {
    plan_.run(0, samples, inputs, outputs, state);
    return;
  }
  const int64_t most_threads = std::max(1, threads);
  std::vector<std::byte> state_before;
  try {
    for (int64_t begin = 0;;) {
      // A plan that was never measured shows its pace on one sample a thread.
      const int64_t pace = sample_ns_.load(std::memory_order_relaxed);
      const int64_t bearable = pace == 0 ? most_threads : std::max(most_threads, kSliceNs / pace * most_threads);
      const int64_t end = begin + std::min(samples - begin, bearable);
      if (begin == 0 && end < samples && state.data != nullptr) {
        state_before.assign(state.data, state.data + samples * state.stride);
      }
      run_slice(begin, end, inputs, outputs, state, threads);
      if (end == samples) return;
      if (interrupted()) throw Interrupted();
      begin = end;
    }
  } catch (...) {
    if (!state_before.empty()) std::memcpy(state.data, state_before.data(), state_before.size());
    throw;
  }
}

void Executor::run_slice(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs,
                         SampleArray state, int threads) const {
  const int64_t samples = end - begin;
  const int64_t pace = sample_ns_.load(std::memory_order_relaxed);
  int64_t used = std::min<int64_t>(samples, std::max(1, threads));
  int64_t grain = 1;
  if (pace > 0) {
    used = std::min(used, 1 + samples * pace / kWorthAThreadNs);
    const int64_t even = samples * pace / (used * kChunksEach);
    grain = std::max<int64_t>(1, std::clamp(even, kShortestChunkNs, kLongestChunkNs) / pace);
    const int64_t block = plan_.block_samples();
    if (samples >= 2 * used * block) grain = (grain + block - 1) / block * block;
  }
  const int64_t started = now_ns();
  parallel_for(samples, grain, static_cast<int>(used),
               [&](int64_t from, int64_t to) { plan_.run(begin + from, begin + to, inputs, outputs, state); });
  sample_ns_.store(std::max<int64_t>(1, (now_ns() - started) * used / samples), std::memory_order_relaxed);
}

}  // namespace edgetwin::host
