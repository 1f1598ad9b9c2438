// Tiles of sums of products: R rows times N vectors of columns, held in registers. Every sum goes through its terms one
// by one, so that tiles, slices of a batch and blocks of terms give the same bytes.
#ifndef EDGETWIN_HOST_TRAINING_GEMM_HPP_
#define EDGETWIN_HOST_TRAINING_GEMM_HPP_

#include <utility>

#include "host/simd/unroll.hpp"
#include "host/training/kernels.hpp"
#include "host/training/pieces.hpp"

namespace edgetwin::host::training {
namespace {

using simd::unroll;

/// A tile's place: the first elements of a, b, bias and c, how many columns are left, and whether sums begin with c.
struct TilePlace {
  const float* a;
  const float* b;
  const float* bias;
  const float* row_bias;
  float* c;
  int64_t columns;
  int64_t depth;
  bool onto;
};

template <class V, int R, int N>
[[gnu::noinline]] void gemm_tile(const GemmTask& task, const TilePlace& place) {
  using B = typename V::Batch;
  constexpr int64_t lanes = B::size;
  B sums[R][N];
  unroll<N>([&](auto n) __attribute__((always_inline)) {
    const B start = place.bias != nullptr ? B::load_unaligned(place.bias + n * lanes) : B(0.0F);
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      sums[r][n] = place.row_bias != nullptr ? B(place.row_bias[r])
                   : place.onto ? load_some<V>(place.c + r * task.c_row + n * lanes, place.columns - n * lanes)
                                : start;
    });
  });
  const int64_t a_row = task.a_row, a_step = task.a_step, b_step = task.b_step;
  for (int64_t run = 0; run < task.runs; ++run) {
    const float* a = place.a + task.a_runs[run];
    const float* b = place.b + task.b_runs[run];
    for (int64_t k = 0; k < place.depth; ++k) {
      // Opaque, or the compiler keeps a pointer for each row and runs out of registers for them.
      asm("" : "+r"(a));
      B terms[N];
      unroll<N>([&](auto n) __attribute__((always_inline)) { terms[n] = B::load_unaligned(b + n * lanes); });
      unroll<R>([&](auto r) __attribute__((always_inline)) {
        const B factor(a[r * a_row]);
        unroll<N>([&](auto n) __attribute__((always_inline)) { sums[r][n] = V::fused(factor, terms[n], sums[r][n]); });
      });
      a += a_step;
      b += b_step;
    }
  }
  unroll<R>([&](auto r) __attribute__((always_inline)) {
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      store_some<V>(sums[r][n], place.c + r * task.c_row + n * lanes, place.columns - n * lanes);
    });
  });
}

/// The most rows of a tile with so many vectors: sums, terms and a factor fit into the registers.
template <class V>
constexpr int most_rows(int vectors) {
  if (V::kRegisters == 32) return vectors <= 2 ? 12 : vectors == 3 ? 8 : 6;
  return vectors == 1 ? 8 : vectors == 2 ? 6 : 4;
}

/// The most vectors of a tile.
template <class V>
constexpr int most_vectors() {
  return V::kRegisters == 32 ? 4 : 3;
}

/// Tiles by vectors and rows.
template <class V>
struct GemmTiles {
  using Tile = void (*)(const GemmTask&, const TilePlace&);
  Tile at[5][13] = {};

  constexpr GemmTiles() {
    add<1>(std::make_integer_sequence<int, most_rows<V>(1)>{});
    add<2>(std::make_integer_sequence<int, most_rows<V>(2)>{});
    add<3>(std::make_integer_sequence<int, most_rows<V>(3)>{});
    if constexpr (most_vectors<V>() == 4) add<4>(std::make_integer_sequence<int, most_rows<V>(4)>{});
  }

 private:
  template <int N, int... Rows>
  constexpr void add(std::integer_sequence<int, Rows...>) {
    ((at[N][Rows + 1] = &gemm_tile<V, Rows + 1, N>), ...);
  }
};

template <class V>
void gemm(const GemmTask& task) {
  static constexpr GemmTiles<V> tiles;
  constexpr int64_t lanes = V::Batch::size;
  // Terms of one run are cut so that what all rows of a block of columns multiply with stays in the first cache.
  constexpr int64_t cached_floats = 4096;
  for (int64_t column = 0; column < task.columns;) {
    const int64_t left = (task.columns - column + lanes - 1) / lanes;
    const int64_t vectors = left < most_vectors<V>() ? left : most_vectors<V>();
    const int64_t most_depth = task.runs == 1 ? cached_floats / (vectors * lanes) : task.depth;
    const int most = most_rows<V>(static_cast<int>(vectors));
    int64_t first = 0;
    do {
      const int64_t depth = task.depth - first < most_depth ? task.depth - first : most_depth;
      for (int64_t row = 0; row < task.rows;) {
        const int64_t rest = task.rows - row;
        const int64_t rows = rest >= 2 * most ? most : rest > most ? (rest + 1) / 2 : rest;
        const TilePlace place = {task.a + row * task.a_row + first * task.a_step,
                                 task.b + first * task.b_step + column,
                                 task.bias != nullptr && first == 0 ? task.bias + column : nullptr,
                                 task.row_bias != nullptr && first == 0 ? task.row_bias + row : nullptr,
                                 task.c + row * task.c_row + column,
                                 task.columns - column,
                                 depth,
                                 task.onto || first > 0};
        tiles.at[vectors][rows](task, place);
        row += rows;
      }
      first += depth;
    } while (first < task.depth);
    column += vectors * lanes;
  }
}

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_GEMM_HPP_
