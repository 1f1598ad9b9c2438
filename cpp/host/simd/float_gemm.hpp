// Tiles of float32 sums of products for any level: output pixels times blocks of channels.
//
// Each sum has one order, tap by tap and input channel by input channel, whatever else is computed beside it: results
// do not depend on tiles, blocks of samples or levels. Sums are separate additions, of which four hide each other's
// latency; more rows of a tile save loads of weights.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_GEMM_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_GEMM_HPP_

#include <cstddef>

#include "host/simd/float_pieces.hpp"
#include "host/simd/float_tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// A tile of R pixels and N blocks.
template <class V, int R, int N>
struct FloatTile {
  using B = xsimd::batch<float, typename V::Arch>;
  static constexpr int64_t kLanes = B::size;

  static void run(const FloatGemmTask& task, const FloatChunk& chunk, const FloatArea& area, const float* input,
                  float* output) {
    const FloatWindows& windows = task.windows;
    B sums[R][N];
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n) __attribute__((always_inline)) { sums[r][n] = B(0.0F); });
    });
    const int64_t runs_x = task.contiguous ? 1 : area.taps_x;
    const int64_t depth = task.contiguous ? area.taps_x * task.depth : task.depth;
    for (int64_t y = 0; y < area.taps_y; ++y) {
      for (int64_t x = 0; x < runs_x; ++x) {
        const int64_t tap = area.first_tap + y * windows.kernel_w + x;
        add_run(input + y * windows.step_y + x * windows.step_x, area.input_step,
                chunk.weights + tap * task.depth * N * kLanes, depth, sums);
      }
    }
    const B low(windows.low), high(windows.high);
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      const B bias = B::load_aligned(chunk.bias + n * kLanes);
      const int64_t first = chunk.first + n * kLanes, count = windows.channels - first;
      unroll<R>([&](auto r) __attribute__((always_inline)) {
        const B value = clamped(sums[r][n] + bias, low, high);
        float* const place = output + r * area.output_step + first;
        if (count >= kLanes) {
          value.store_unaligned(place);
        } else {
          store_some(value, place, count);
        }
      });
    });
  }

 private:
  [[gnu::always_inline]] static inline void add_run(const float* input, int64_t step, const float* weights,
                                                    int64_t depth, B (&sums)[R][N]) {
    for (const float* const end = input + depth; input != end;) {
      // Opaque, or the compiler keeps a pointer for each row and runs out of registers for them.
      asm("" : "+r"(input));
      B w[N];
      unroll<N>([&](auto n) __attribute__((always_inline)) { w[n] = B::load_aligned(weights + n * kLanes); });
      unroll<R>([&](auto r) __attribute__((always_inline)) {
        const B value(input[r * step]);
        unroll<N>([&](auto n) __attribute__((always_inline)) { sums[r][n] += value * w[n]; });
      });
      ++input;
      weights += N * kLanes;
    }
  }
};

/// The most pixels of a tile with so many blocks: sums in up to three quarters of the registers.
template <class V>
constexpr int most_float_rows(int blocks) {
  const int wide = V::kRegisters == 32 ? 1 : 0;
  return blocks == 1 ? 8 : blocks == 2 ? 4 + 2 * wide : 2 + 2 * wide;
}

using FloatTileFunction = void (*)(const FloatGemmTask&, const FloatChunk&, const FloatArea&, const float*, float*);

/// Tiles by number of blocks (1, 2, 4) and pixels; null beyond most_float_rows().
template <class V>
struct FloatTiles {
  FloatTileFunction at[3][9] = {};

  constexpr FloatTiles() {
    add<1>(0, std::make_integer_sequence<int, most_float_rows<V>(1)>{});
    add<2>(1, std::make_integer_sequence<int, most_float_rows<V>(2)>{});
    add<4>(2, std::make_integer_sequence<int, most_float_rows<V>(4)>{});
  }

 private:
  template <int N, int... Rows>
  constexpr void add(int blocks, std::integer_sequence<int, Rows...>) {
    ((at[blocks][Rows + 1] = &FloatTile<V, Rows + 1, N>::run), ...);
  }
};

/// Calls tile(input, output, pixels) for tiles of at most `most` pixels that cover an area, as equal as can be: a tile
/// of a few left ones would wait for its own sums.
template <class Tile>
[[gnu::always_inline]] inline void for_each_tile(const FloatWindows& windows, const FloatArea& area, int64_t most,
                                                 Tile&& tile) {
  const int64_t tiles = (area.pixels + most - 1) / most;
  const int64_t size = area.pixels / tiles, larger_tiles = area.pixels % tiles;
  for (int64_t line = 0; line < area.lines; ++line) {
    const float* input = windows.input + area.input + line * area.input_line;
    float* output = windows.output + area.output + line * area.output_line;
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t pixels = size + (t < larger_tiles ? 1 : 0);
      tile(input, output, pixels);
      input += pixels * area.input_step;
      output += pixels * area.output_step;
    }
  }
}

template <class V>
void float_gemm(const FloatGemmTask& task) {
  static constexpr FloatTiles<V> tiles;
  for (int64_t c = 0; c < task.chunk_count; ++c) {
    const FloatChunk& chunk = task.chunks[c];
    const FloatTileFunction* const of_blocks = tiles.at[chunk.blocks / 2];
    for (int64_t a = 0; a < task.windows.area_count; ++a) {
      const FloatArea& area = task.windows.areas[a];
      for_each_tile(task.windows, area, most_float_rows<V>(chunk.blocks),
                    [&](const float* input, float* output, int64_t pixels) {
                      of_blocks[pixels](task, chunk, area, input, output);
                    });
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_GEMM_HPP_
