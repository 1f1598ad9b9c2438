// Tiles of sums of products for any level: rows of codes times blocks of channels, scaled and stored.
#ifndef EDGETWIN_HOST_SIMD_GEMM_HPP_
#define EDGETWIN_HOST_SIMD_GEMM_HPP_

#include "host/simd/finish.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {

/// A tile of B * S rows and N blocks. Its sums stay in registers from the first product to the store.
template <class V, int B, int S, int N>
class Tile {
  using I32 = typename V::I32;
  static constexpr int kRows = B * S;

 public:
  template <TilePool P>
  static void run(const GemmTask& task, const Chunk& chunk, const TileJob& job) {
    I32 sums[kRows][N];
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      const I32 start = V::load(chunk.scales + (n * kScaleRows + kStart) * V::kLanes);
      unroll<kRows>([&](auto r) __attribute__((always_inline)) { sums[r][n] = start; });
    });
    add_products(task, chunk, job, sums);
    // So many rows give one output, so many bases are taken together.
    constexpr int rows = P == TilePool::kNone ? 1 : P == TilePool::kSteps ? S : 2 * S;
    constexpr int bases = P == TilePool::kStepsAndPairs ? 2 : 1;
    constexpr int count = kRows / rows;
    I32 largest[count][N];
    typename V::Byte* outputs[count];
    unroll<count>([&](auto o) __attribute__((always_inline)) {
      constexpr int first = o * rows;
      const int32_t element =
          P == TilePool::kNone ? job.output[o / S] + o % S * task.output_step : job.output[o * bases];
      outputs[o] = target(task, chunk, element);
      unroll<N>([&](auto n) __attribute__((always_inline)) {
        largest[o][n] = sums[first][n];
        unroll<rows - 1>([&](auto r) __attribute__((always_inline)) {
          largest[o][n] = V::max(largest[o][n], sums[first + 1 + r][n]);
        });
      });
    });
    finish<V, count, N>(task.finish, chunk, largest, outputs);
  }

  /// Adds one group of 32 bits of every row and moves on to the next, `step_group` bytes further.
  [[gnu::always_inline]] static inline void add_group(const typename V::Byte*& weights,
                                                      const typename V::Byte* (&bases)[B], int64_t step,
                                                      int64_t step_group, I32 (&sums)[kRows][N]) {
    typename V::Weights w[N];
    unroll<N>([&](auto n) __attribute__((always_inline)) { w[n] = V::load_weights(weights + n * V::kWeightBytes); });
    unroll<B>([&](auto b) __attribute__((always_inline)) {
      // Opaque, or the compiler keeps a pointer for each row and runs out of registers for them.
      asm("" : "+r"(bases[b]));
      unroll<S>([&](auto s) __attribute__((always_inline)) {
        const typename V::Codes codes = V::broadcast(bases[b] + s * step);
        unroll<N>([&](auto n) __attribute__((always_inline)) { V::dot(sums[b * S + s][n], codes, w[n]); });
      });
      bases[b] += step_group;
    });
    weights += N * V::kWeightBytes;
  }

 private:
  [[gnu::always_inline]] static inline typename V::Byte* target(const GemmTask& task, const Chunk& chunk,
                                                                int32_t element) {
    const int64_t bytes = task.finish.sums ? int64_t{sizeof(int32_t)} : task.finish.codes ? V::kCodeBytes : 1;
    return static_cast<typename V::Byte*>(task.output) + (int64_t{element} + chunk.first) * bytes;
  }

  /// Few sums would wait for their own last product: such a tile keeps so many parts of each, of every second or fourth
  /// group, and adds them in the end. The order of additions modulo 2^32 does not matter.
  static constexpr int kParts = kRows * N <= 2 ? 4 : kRows * N <= 4 ? 2 : 1;

  [[gnu::always_inline]] static inline void add_products(const GemmTask& task, const Chunk& chunk, const TileJob& job,
                                                         I32 (&sums)[kRows][N]) {
    const auto* weights = static_cast<const typename V::Byte*>(chunk.weights);
    const auto* const input = static_cast<const typename V::Byte*>(task.input);
    I32 parts[kParts][kRows][N] = {};
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n) __attribute__((always_inline)) { parts[0][r][n] = sums[r][n]; });
    });
    const typename V::Byte* bases[B];
    unroll<B>([&](auto b) __attribute__((always_inline)) { bases[b] = input + job.input[b]; });
    const int64_t step_group = task.depth.step_group;
    // From the end of a run to the next: runs may be as short as one group.
    const int64_t to_next = task.depth.step_x - task.depth.groups * step_group;
    const int64_t to_line = task.depth.step_y - int64_t{task.depth.runs_x} * task.depth.step_x;
    for (int32_t y = 0; y < task.depth.runs_y; ++y) {
      for (int32_t x = 0; x < task.depth.runs_x; ++x) {
        int32_t group = 0;
        for (; group + kParts <= task.depth.groups; group += kParts) {
          unroll<kParts>([&](auto part) __attribute__((always_inline)) {
            add_group(weights, bases, task.input_step, step_group, parts[part]);
          });
        }
        if constexpr (kParts > 1) {
          for (; group < task.depth.groups; ++group) {
            add_group(weights, bases, task.input_step, step_group, parts[0]);
          }
        }
        unroll<B>([&](auto b) __attribute__((always_inline)) { bases[b] += to_next; });
      }
      unroll<B>([&](auto b) __attribute__((always_inline)) { bases[b] += to_line; });
    }
    unroll<kRows>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n) __attribute__((always_inline)) {
        sums[r][n] = parts[0][r][n];
        unroll<kParts - 1>([&](auto part) __attribute__((always_inline)) {
          sums[r][n] = V::add(sums[r][n], parts[part + 1][r][n]);
        });
      });
    });
  }
};

/// Whether sums of so many rows and blocks fit: into three quarters of the registers, weights and codes into the rest.
template <class V>
constexpr bool tile_fits(int rows, int blocks) {
  return rows * blocks <= V::kRegisters * 3 / 4 && rows * blocks + blocks < V::kRegisters;
}

using TileFunction = void (*)(const GemmTask&, const Chunk&, const TileJob&);

/// Tiles by pool, number of blocks (1, 2, 4) and shape; null where a tile has more sums than registers or nothing to
/// take the maximum of.
template <class V>
struct Tiles {
  TileFunction at[kTilePoolCount][3][kTileShapeCount] = {};

  constexpr Tiles() { add_shapes(std::make_integer_sequence<int, kTileShapeCount>{}); }

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
    if constexpr (tile_fits<V>(B * S, N)) {
      using T = Tile<V, B, S, N>;
      at[0][blocks][Shape] = &T::template run<TilePool::kNone>;
      if constexpr (S > 1) at[1][blocks][Shape] = &T::template run<TilePool::kSteps>;
      if constexpr (B > 1) at[2][blocks][Shape] = &T::template run<TilePool::kStepsAndPairs>;
    }
  }
};

template <class V>
void gemm(const GemmTask& task) {
  static constexpr Tiles<V> tiles;
  for (int32_t c = 0; c < task.chunk_count; ++c) {
    const Chunk& chunk = task.chunks[c];
    for (int64_t j = 0; j < task.job_count; ++j) {
      const TileJob& job = task.jobs[j];
      tiles.at[static_cast<int>(job.pool)][chunk.blocks / 2][job.shape](task, chunk, job);
    }
  }
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_GEMM_HPP_
