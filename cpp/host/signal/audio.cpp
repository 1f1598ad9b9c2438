#include "host/signal/audio.hpp"

#include <numeric>
#include <vector>

#include "host/step.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::host::signal {
namespace {

/// So many windows share vectors of frames: with one alone the last vector would often be half empty.
constexpr int64_t kWindowsAtOnce = 4;

/// Only levels that this build holds are ever active.
const AudioKernels& kernels_of(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2:
    case Level::kAvxVnni: return audio_avx2();
    case Level::kAvx512:
    case Level::kAvx512Vnni: return audio_avx512();
#elif defined(__aarch64__)
    case Level::kNeon:
    case Level::kNeonDotprod: return audio_neon();
#endif
    default: return audio_baseline();
  }
}

template <class T>
T* as(const AlignedBytes& bytes) {
  return static_cast<T*>(static_cast<void*>(bytes.data()));
}

/// One thread's memory and work.
class Worker {
 public:
  Worker(const AudioCall& call, const AudioKernels& kernels)
      : call_(call),
        kernels_(kernels),
        signals_(static_cast<size_t>(kWindowsAtOnce * call.plan.params.samples) * sizeof(float)),
        vectors_(static_cast<size_t>(kernels.lanes * vectors_of(call.plan)) * sizeof(float)),
        spectra_(static_cast<size_t>(kernels.wide_lanes * call.plan.params.fft_length) * sizeof(double)),
        numbers_(static_cast<size_t>(kWindowsAtOnce * call.plan.frames)),
        open_(numbers_.size()) {}

  /// At most kWindowsAtOnce windows.
  void run(const float* windows, int64_t count, float* features) {
    const real::AudioPlan& plan = call_.plan;
    for (int64_t w = 0; w < count; ++w) {
      const float* const window = windows + w * plan.params.samples;
      kernels_.emphasise(plan, real::audio_scale(plan, window), window, signal(w));
    }
    const int32_t frames = static_cast<int32_t>(count) * plan.frames;
    std::iota(numbers_.begin(), numbers_.begin() + frames, 0);
    for (int32_t first = 0; first < frames; first += kernels_.lanes) {
      kernels_.frames(call_, some(first, frames, kernels_.lanes), as<float>(vectors_),
                      features + int64_t{first} * plan.columns, open_.data() + first);
    }
    settle(frames, features);
    for (int64_t w = 0; w < count; ++w) {
      float* const own = features + w * plan.frames * plan.columns;
      real::across_frames(plan, own, [&] { kernels_.normalise(plan, as<float>(vectors_), own); });
    }
  }

 private:
  static int32_t vectors_of(const real::AudioPlan& plan) {
    const int32_t n = plan.params.fft_length, frame = n + n / 2 + 1 + plan.params.filters + plan.columns;
    return frame > 2 * plan.frames ? frame : 2 * plan.frames;
  }

  [[nodiscard]] float* signal(int64_t w) const { return as<float>(signals_) + w * call_.plan.params.samples; }

  [[nodiscard]] AudioFrames some(int32_t first, int32_t end, int32_t most) const {
    return {signal(0), numbers_.data() + first, end - first < most ? end - first : most};
  }

  /// What float32 left open, by vectors of whole frames in double.
  void settle(int32_t frames, float* features) {
    const real::AudioPlan& plan = call_.plan;
    int32_t count = 0;
    for (int32_t f = 0; f < frames; ++f) {
      if (open_[static_cast<size_t>(f)] != 0) numbers_[static_cast<size_t>(count++)] = f;
    }
    for (int32_t first = 0; first < count; first += kernels_.wide_lanes) {
      const AudioFrames group = some(first, count, kernels_.wide_lanes);
      kernels_.spectra(call_, group, as<double>(spectra_));
      for (int32_t lane = 0; lane < group.count; ++lane) {
        real::settle(plan, call_.tables, as<double>(spectra_) + lane, kernels_.wide_lanes, as<float>(vectors_),
                     features + int64_t{group.numbers[lane]} * plan.columns);
      }
    }
  }

  const AudioCall& call_;
  const AudioKernels& kernels_;
  AlignedBytes signals_, vectors_, spectra_;
  std::vector<int32_t> numbers_;
  std::vector<uint8_t> open_;
};

}  // namespace

void run_audio(const AudioCall& call, const float* windows, int64_t count, float* features, Level level, int threads) {
  const real::AudioPlan& plan = call.plan;
  const AudioKernels& kernels = kernels_of(level);
  parallel_for(count, kWindowsAtOnce, threads, [&](int64_t begin, int64_t end) {
    Worker worker(call, kernels);
    for (int64_t w = begin; w < end; w += kWindowsAtOnce) {
      const int64_t some = end - w < kWindowsAtOnce ? end - w : kWindowsAtOnce;
      worker.run(windows + w * plan.params.samples, some, features + w * plan.frames * plan.columns);
    }
  });
}

const double* wide_cosines_of(int32_t n) {
  switch (n) {
    case 4: return real::kCosines<4, double>.values;
    case 8: return real::kCosines<8, double>.values;
    case 16: return real::kCosines<16, double>.values;
    case 32: return real::kCosines<32, double>.values;
    case 64: return real::kCosines<64, double>.values;
    case 128: return real::kCosines<128, double>.values;
    case 256: return real::kCosines<256, double>.values;
    case 512: return real::kCosines<512, double>.values;
    case 1024: return real::kCosines<1024, double>.values;
    case 2048: return real::kCosines<2048, double>.values;
    case 4096: return real::kCosines<4096, double>.values;
    case 8192: return real::kCosines<8192, double>.values;
    default: return nullptr;
  }
}

}  // namespace edgetwin::host::signal
