// Tiles of sums of 64 bits for levels whose codes are int16: int16 activations with int8 weights.
#ifndef EDGETWIN_HOST_SIMD_GEMM_WIDE_HPP_
#define EDGETWIN_HOST_SIMD_GEMM_WIDE_HPP_

#include "host/simd/finish.hpp"
#include "host/simd/gemm.hpp"

namespace edgetwin::host::simd {

/// As Tile, with sums of 64 bits in memory. Products are gathered in 32 bits, in registers, as long as they fit.
template <class V, int B, int S, int N>
class WideTile {
  using I32 = typename V::I32;
  static constexpr int kRows = B * S;
  /// Of the even and of the odd lanes.
  struct Sums {
    I32 even[kRows][N];
    I32 odd[kRows][N];
  };

 public:
  static void run(const GemmTask& task, const Chunk& chunk, const TileJob& job) {
    Sums wide;
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      const int32_t* const block = chunk.scales + n * kScaleRows * V::kLanes;
      const I32 even = V::load(block + kWideStartEven * V::kLanes), odd = V::load(block + kWideStartOdd * V::kLanes);
      unroll<kRows>([&](auto r) __attribute__((always_inline)) {
        wide.even[r][n] = even;
        wide.odd[r][n] = odd;
      });
    });
    add_products(task, chunk, job, wide);
    I32 outputs[kRows][N];
    typename V::Byte* places[kRows];
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      const int64_t element = int64_t{job.output[r / S]} + r % S * task.output_step + chunk.first;
      places[r] = static_cast<typename V::Byte*>(task.output) + element * V::kCodeBytes;
    });
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      const int32_t* const block = chunk.scales + n * kScaleRows * V::kLanes;
      unroll<kRows>([&](auto r) __attribute__((always_inline)) {
        outputs[r][n] = V::wide_scaled(wide.even[r][n], wide.odd[r][n], block);
      });
    });
    store_rows<V, kRows, N>(task.finish, chunk, outputs, places);
  }

 private:
  [[gnu::always_inline]] static inline void clear(I32 (&sums)[kRows][N]) {
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n) __attribute__((always_inline)) { sums[r][n] = V::zero(); });
    });
  }

  [[gnu::always_inline]] static inline void widen(I32 (&sums)[kRows][N], Sums& wide) {
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n)
                    __attribute__((always_inline)) { V::add_wide(sums[r][n], wide.even[r][n], wide.odd[r][n]); });
    });
    clear(sums);
  }

  [[gnu::always_inline]] static inline void add_products(const GemmTask& task, const Chunk& chunk, const TileJob& job,
                                                         Sums& wide) {
    const auto* weights = static_cast<const typename V::Byte*>(chunk.weights);
    const auto* const input = static_cast<const typename V::Byte*>(task.input);
    I32 sums[kRows][N];
    clear(sums);
    int32_t room = task.groups_in_32_bits;
    for (int32_t y = 0; y < task.depth.runs_y; ++y) {
      for (int32_t x = 0; x < task.depth.runs_x; ++x) {
        const int64_t run = int64_t{y} * task.depth.step_y + int64_t{x} * task.depth.step_x;
        const typename V::Byte* bases[B];
        unroll<B>([&](auto b) __attribute__((always_inline)) { bases[b] = input + job.input[b] + run; });
        for (int32_t left = task.depth.groups; left > 0;) {
          const int32_t count = left < room ? left : room;
          left -= count;
          room -= count;
          for (int32_t group = 0; group < count; ++group) {
            Tile<V, B, S, N>::add_group(weights, bases, task.input_step, task.depth.step_group, sums);
          }
          if (room == 0) {
            widen(sums, wide);
            room = task.groups_in_32_bits;
          }
        }
      }
    }
    widen(sums, wide);
  }
};

/// As Tiles, without maxima.
template <class V>
struct WideTiles {
  TileFunction at[3][kTileShapeCount] = {};

  constexpr WideTiles() { add_shapes(std::make_integer_sequence<int, kTileShapeCount>{}); }

 private:
  template <int... Shapes>
  constexpr void add_shapes(std::integer_sequence<int, Shapes...>) {
    (add_blocks<Shapes, 1>(0), ...);
    (add_blocks<Shapes, 2>(1), ...);
    (add_blocks<Shapes, 4>(2), ...);
  }

  template <int Shape, int N>
  constexpr void add_blocks(int blocks) {
    constexpr int B = kTileShapes[Shape].bases, S = kTileShapes[Shape].steps;
    if constexpr (tile_fits<V>(B * S, N)) at[blocks][Shape] = &WideTile<V, B, S, N>::run;
  }
};

template <class V>
void gemm_wide(const GemmTask& task) {
  static constexpr WideTiles<V> tiles;
  for (int32_t c = 0; c < task.chunk_count; ++c) {
    const Chunk& chunk = task.chunks[c];
    for (int64_t j = 0; j < task.job_count; ++j) {
      const TileJob& job = task.jobs[j];
      tiles.at[chunk.blocks / 2][job.shape](task, chunk, job);
    }
  }
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_GEMM_WIDE_HPP_
