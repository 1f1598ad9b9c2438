// Products of neighbouring pixels with the taps of one kernel's row, for levels whose tiles of one block wait for
// loads.
#ifndef EDGETWIN_HOST_SIMD_LINE_GEMM_HPP_
#define EDGETWIN_HOST_SIMD_LINE_GEMM_HPP_

#include "host/simd/finish.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {

/// L lines of P neighbouring pixels by one block of channels. In gemm.hpp's tiles each product of a block needs a
/// broadcast of its own, so that tiles of a single block are bound by loads. Here a broadcast serves all the taps of a
/// kernel's row that meet it, up to kTaps of them at a time: tap t of pixel p reads what tap 0 of pixel p + t reads.
template <class V, int L, int P>
class LineTile {
  using I32 = typename V::I32;
  using Byte = typename V::Byte;
  static constexpr int kRows = L * P;
  static constexpr int kTaps = 3;

 public:
  /// Pool: the maximum of so many neighbouring pixels, and of both lines where L is 2.
  template <int Pool>
  static void run(const LineTask& task, const Chunk& chunk, const LineJob& job) {
    static_assert(L == 1 || Pool > 1);
    I32 sums[kRows][1];
    const I32 start = V::load(chunk.scales + kStart * V::kLanes);
    unroll<kRows>([&](auto r) __attribute__((always_inline)) { sums[r][0] = start; });
    add_products(task, chunk, job, sums);
    constexpr int pixels = P / Pool;
    I32 outputs[pixels][1];
    Byte* places[pixels];
    const int64_t bytes = task.finish.codes ? V::kCodeBytes : 1;
    unroll<pixels>([&](auto p) __attribute__((always_inline)) {
      outputs[p][0] = sums[p * Pool][0];
      unroll<L * Pool - 1>([&](auto i) __attribute__((always_inline)) {
        constexpr int line = (i + 1) / Pool, pixel = (i + 1) % Pool;
        outputs[p][0] = V::max(outputs[p][0], sums[line * P + p * Pool + pixel][0]);
      });
      places[p] = static_cast<Byte*>(task.output) + (job.output + p * task.output_step + chunk.first) * bytes;
    });
    finish<V, pixels, 1, true>(task.finish, chunk, outputs, places);
  }

 private:
  /// Adds one group of 32 bits of T taps to all pixels.
  template <int T>
  [[gnu::always_inline]] static inline void add_group(const Byte* weights, int64_t tap_weights,
                                                      const Byte* const (&lines)[L], int64_t step,
                                                      I32 (&sums)[kRows][1]) {
    typename V::Weights w[T];
    unroll<T>([&](auto t) __attribute__((always_inline)) { w[t] = V::load_weights(weights + t * tap_weights); });
    unroll<L>([&](auto line) __attribute__((always_inline)) {
      const Byte* place = lines[line];
      unroll<P + T - 1>([&](auto q) __attribute__((always_inline)) {
        const typename V::Codes codes = V::broadcast(place);
        place += step;
        unroll<T>([&](auto t) __attribute__((always_inline)) {
          constexpr int p = q - t;
          if constexpr (p >= 0 && p < P) V::dot(sums[line * P + p][0], codes, w[t]);
        });
      });
    });
  }

  template <int T>
  [[gnu::always_inline]] static inline void add_taps(const LineTask& task, const Byte* weights,
                                                     const Byte* const (&lines)[L], I32 (&sums)[kRows][1]) {
    const Byte* places[L];
    unroll<L>([&](auto line) __attribute__((always_inline)) { places[line] = lines[line]; });
    const int64_t tap_weights = int64_t{task.groups} * V::kWeightBytes;
    for (int32_t group = 0; group < task.groups; ++group) {
      add_group<T>(weights, tap_weights, places, task.input_step, sums);
      unroll<L>([&](auto line) __attribute__((always_inline)) { places[line] += 4; });
      weights += V::kWeightBytes;
    }
  }

  [[gnu::always_inline]] static inline void add_products(const LineTask& task, const Chunk& chunk, const LineJob& job,
                                                         I32 (&sums)[kRows][1]) {
    const auto* weights = static_cast<const Byte*>(chunk.weights);
    const Byte* lines[L];
    unroll<L>([&](auto line) __attribute__((always_inline)) {
      lines[line] = static_cast<const Byte*>(task.input) + job.input + line * task.input_line;
    });
    const int64_t tap_weights = int64_t{task.groups} * V::kWeightBytes;
    for (int32_t y = 0; y < task.kernel_rows; ++y) {
      const Byte* at[L];
      unroll<L>([&](auto line) __attribute__((always_inline)) { at[line] = lines[line]; });
      int32_t left = task.taps;
      for (; left >= kTaps; left -= kTaps) {
        add_taps<kTaps>(task, weights, at, sums);
        unroll<L>([&](auto line) __attribute__((always_inline)) { at[line] += kTaps * task.input_step; });
        weights += kTaps * tap_weights;
      }
      if (left == 2) add_taps<2>(task, weights, at, sums);
      if (left == 1) add_taps<1>(task, weights, at, sums);
      weights += left * tap_weights;
      unroll<L>([&](auto line) __attribute__((always_inline)) { lines[line] += task.row_step; });
    }
  }
};

template <class V>
void line_gemm(const LineTask& task) {
  for (int32_t c = 0; c < task.chunk_count; ++c) {
    const Chunk& chunk = task.chunks[c];
    for (int64_t j = 0; j < task.job_count; ++j) {
      const LineJob& job = task.jobs[j];
      switch (job.shape) {
        case LineShape::k16: LineTile<V, 1, 16>::template run<1>(task, chunk, job); break;
        case LineShape::k8: LineTile<V, 1, 8>::template run<1>(task, chunk, job); break;
        case LineShape::k16Pairs: LineTile<V, 1, 16>::template run<2>(task, chunk, job); break;
        case LineShape::k8Pairs: LineTile<V, 1, 8>::template run<2>(task, chunk, job); break;
        case LineShape::k2x8Fours: LineTile<V, 2, 8>::template run<2>(task, chunk, job); break;
      }
    }
  }
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_LINE_GEMM_HPP_
