#include "host/signal/filters.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "host/thread_pool.hpp"

namespace edgetwin::host::signal {
namespace {

/// Only levels that this build holds are ever asked for.
const FilterKernels& kernels_of(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2:
    case Level::kAvxVnni: return filters_avx2();
    case Level::kAvx512:
    case Level::kAvx512Vnni: return filters_avx512();
#elif defined(__aarch64__)
    case Level::kNeon:
    case Level::kNeonDotprod: return filters_neon();
#endif
    default: return filters_baseline();
  }
}

/// Below so many values of a vector no thread is woken.
constexpr int64_t kValuesOfATask = 1 << 16;

template <class Section>
void cascade_all(void (*kernel)(const CascadeRows<Section>&), int32_t lanes, CascadeRows<Section> all, int threads) {
  const int64_t rows = all.recordings.count * all.recordings.channels;
  const int64_t vectors = kValuesOfATask / (lanes * std::max(all.recordings.samples, int64_t{1})) + 1;
  parallel_for(rows, vectors * lanes, threads, [&](int64_t begin, int64_t end) {
    CascadeRows<Section> part = all;
    part.first = begin;
    part.end = end;
    kernel(part);
  });
}

/// Samples of a channel that are taken at once: they and their planes stay in a cache near the core.
constexpr int64_t kSamplesAtOnce = 8192;

int64_t rounded_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

/// Samples of one channel as planes, and what makes outputs of them.
class Polyphase {
 public:
  /// For blocks of up to `samples` samples.
  Polyphase(const Resampling& r, const FilterKernels& kernels, int64_t samples)
      : r_(r),
        kernels_(kernels),
        depth_(r.params.taps_per_phase),
        before_(rounded_up(depth_ - 1, r.params.down)),
        stride_((before_ + samples) / r.params.down + 1 + 4 * kernels.lanes),
        planes_(static_cast<size_t>(stride_ * r.params.down)),
        taps_(static_cast<size_t>(depth_)),
        places_(static_cast<size_t>(depth_)) {}

  /// The outputs of one channel, whose values and outputs are `channels` apart.
  void run(const float* history, const float* values, int64_t samples, int64_t count, float* output) {
    fill(history, values, samples);
    const int64_t up = r_.params.up, down = r_.params.down, channels = r_.params.channels;
    for (int64_t first = 0; first < std::min(up, count); ++first) {
      const int64_t position = r_.state.ahead + first * down, phase = position % up;
      for (int64_t k = 0; k < depth_; ++k) {
        const int64_t place = before_ + position / up - k;
        taps_[static_cast<size_t>(k)] = r_.taps[phase + k * up];
        places_[static_cast<size_t>(k)] = place % down * stride_ + place / down;
      }
      kernels_.resample({taps_.data(), places_.data(), static_cast<int32_t>(depth_), planes_.data(),
                         (count - first + up - 1) / up, output + first * channels, up * channels});
    }
  }

 private:
  /// Sample i, those before the block with i < 0, goes to place (before_ + i) / down of plane (before_ + i) % down.
  void fill(const float* history, const float* values, int64_t samples) {
    const int64_t down = r_.params.down, channels = r_.params.channels, newest = r_.state.newest;
    for (int64_t k = 0; k < depth_ - 1; ++k) {
      const int64_t row = newest >= k ? newest - k : newest - k + depth_;
      const int64_t place = before_ - 1 - k;
      planes_[static_cast<size_t>(place % down * stride_ + place / down)] = history[row * channels];
    }
    for (int64_t plane = 0; plane < down; ++plane) {
      float* target = planes_.data() + plane * stride_ + before_ / down;
      for (int64_t i = plane; i < samples; i += down) *target++ = values[i * channels];
    }
  }

  const Resampling& r_;
  const FilterKernels& kernels_;
  int64_t depth_;
  int64_t before_;  ///< samples in front of the block, so many that the block begins in plane 0
  int64_t stride_;
  std::vector<float> planes_, taps_;
  std::vector<int64_t> places_;
};

/// A part of the samples of all recordings: those of recording n begin at values + n * value_step.
struct Block {
  const float* values;
  float* output;
  int64_t samples, value_step, output_step;
};

/// The core's own code, for blocks that would hardly fill a vector.
void resample_by_step(Resampling& r, int64_t recordings, const Block& block) {
  const real::ResampleState begun = r.state;
  for (int64_t n = 0; n < recordings; ++n) {
    r.state = begun;
    float* const history = r.history + n * r.params.taps_per_phase * r.params.channels;
    const float* input = block.values + n * block.value_step;
    float* output = block.output + n * block.output_step;
    for (int64_t i = 0; i < block.samples; ++i, input += r.params.channels) {
      real::resample_put(r.params, r.state, history, input);
      while (real::resample_take(r.params, r.taps, r.state, history, output)) output += r.params.channels;
    }
  }
}

/// Moves history and state on over a block that made `count` outputs.
void move_on(Resampling& r, int64_t recordings, const Block& block, int64_t count) {
  const int64_t depth = r.params.taps_per_phase, channels = r.params.channels;
  for (int64_t n = 0; n < recordings; ++n) {
    for (int64_t i = std::max(int64_t{0}, block.samples - depth); i < block.samples; ++i) {
      const float* const from = block.values + n * block.value_step + i * channels;
      std::copy(from, from + channels, r.history + (n * depth + (r.state.newest + 1 + i) % depth) * channels);
    }
  }
  r.state.newest = static_cast<int32_t>((r.state.newest + block.samples) % depth);
  r.state.ahead = static_cast<int32_t>(r.state.ahead + count * r.params.down - block.samples * r.params.up);
}

void resample_by_planes(Resampling& r, int64_t recordings, const Block& block, int64_t count,
                        const FilterKernels& kernels, int threads) {
  const int64_t channels = r.params.channels;
  parallel_for(recordings * channels, kValuesOfATask / block.samples + 1, threads, [&](int64_t begin, int64_t end) {
    Polyphase polyphase(r, kernels, block.samples);
    for (int64_t row = begin; row < end; ++row) {
      const int64_t n = row / channels, c = row % channels;
      polyphase.run(r.history + n * r.params.taps_per_phase * channels + c, block.values + n * block.value_step + c,
                    block.samples, count, block.output + n * block.output_step + c);
    }
  });
  move_on(r, recordings, block, count);
}

}  // namespace

void run_cascade(const real::Section* sections, int32_t count, const Recordings& recordings, float* values,
                 float* state, Level level, int threads) {
  const FilterKernels& kernels = kernels_of(level);
  cascade_all<real::Section>(kernels.direct, kernels.lanes, {sections, count, recordings, values, state, 0, 0},
                             threads);
}

void run_cascade(const real::StateVariableSection* sections, int32_t count, const Recordings& recordings, float* values,
                 float* state, Level level, int threads) {
  const FilterKernels& kernels = kernels_of(level);
  cascade_all<real::StateVariableSection>(kernels.state_variable, kernels.lanes,
                                          {sections, count, recordings, values, state, 0, 0}, threads);
}

int64_t outputs_of(const Resampling& r, int64_t samples) {
  const int64_t reach = samples * r.params.up - r.state.ahead;
  return reach > 0 ? (reach + r.params.down - 1) / r.params.down : 0;
}

void run_resampling(Resampling& r, const Recordings& recordings, const float* values, float* output, Level level,
                    int threads) {
  const FilterKernels& kernels = kernels_of(level);
  const int64_t channels = recordings.channels, all = outputs_of(r, recordings.samples);
  const int64_t least = int64_t{kernels.lanes} * r.params.down;
  for (int64_t first = 0, made = 0; first < recordings.samples;) {
    const int64_t left = recordings.samples - first;
    const bool by_step = kernels.resample == nullptr || left < least;
    const int64_t samples = by_step ? left : std::min(left, std::max(kSamplesAtOnce, 4 * least));
    const int64_t count = outputs_of(r, samples);
    const Block block = {values + first * channels, output + made * channels, samples, recordings.samples * channels,
                         all * channels};
    if (by_step) {
      resample_by_step(r, recordings.count, block);
    } else {
      resample_by_planes(r, recordings.count, block, count, kernels, threads);
    }
    first += samples;
    made += count;
  }
}

}  // namespace edgetwin::host::signal
