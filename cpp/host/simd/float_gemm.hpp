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

  /// Pixels of an area that is not ragged.
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
    store(task, chunk, area, sums, output);
  }

  /// Adds a run of products to sums in memory, [R][N][lanes].
  static void add(const float* input, int64_t step, const float* weights, int64_t depth, float* memory) {
    B sums[R][N];
    load(memory, sums);
    add_run(input, step, weights, depth, sums);
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n)
                    __attribute__((always_inline)) { sums[r][n].store_aligned(memory + (r * N + n) * kLanes); });
    });
  }

  static void finish(const FloatGemmTask& task, const FloatChunk& chunk, const FloatArea& area, const float* memory,
                     float* output) {
    B sums[R][N];
    load(memory, sums);
    store(task, chunk, area, sums, output);
  }

 private:
  [[gnu::always_inline]] static inline void load(const float* memory, B (&sums)[R][N]) {
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n)
                    __attribute__((always_inline)) { sums[r][n] = B::load_aligned(memory + (r * N + n) * kLanes); });
    });
  }

  [[gnu::always_inline]] static inline void store(const FloatGemmTask& task, const FloatChunk& chunk,
                                                  const FloatArea& area, const B (&sums)[R][N], float* output) {
    const B low(task.windows.low), high(task.windows.high);
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      const B bias = B::load_aligned(chunk.bias + n * kLanes);
      const int64_t first = chunk.first + n * kLanes, count = task.windows.channels - first;
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

/// What there is for a tile of some size.
struct FloatTileCode {
  void (*run)(const FloatGemmTask&, const FloatChunk&, const FloatArea&, const float*, float*);
  void (*add)(const float*, int64_t, const float*, int64_t, float*);
  void (*finish)(const FloatGemmTask&, const FloatChunk&, const FloatArea&, const float*, float*);
};

/// Tiles by number of blocks (1, 2, 4) and pixels, up to most_float_rows().
template <class V>
struct FloatTiles {
  FloatTileCode at[3][9] = {};

  constexpr FloatTiles() {
    add<1>(0, std::make_integer_sequence<int, most_float_rows<V>(1)>{});
    add<2>(1, std::make_integer_sequence<int, most_float_rows<V>(2)>{});
    add<4>(2, std::make_integer_sequence<int, most_float_rows<V>(4)>{});
  }

 private:
  template <int N, int... Rows>
  constexpr void add(int blocks, std::integer_sequence<int, Rows...>) {
    ((at[blocks][Rows + 1] = code<FloatTile<V, Rows + 1, N>>()), ...);
  }
  template <class T>
  static constexpr FloatTileCode code() {
    return {&T::run, &T::add, &T::finish};
  }
};

/// Pixels whose windows have different taps, tap by tap of their row: each is added to those that have it, which are
/// neighbours. One by one, the sums of a pixel at an edge would wait for each other.
template <class V>
void ragged_tile(const FloatTileCode* of_rows, const FloatGemmTask& task, const FloatChunk& chunk,
                 const FloatArea& area, int64_t input, int64_t pixel, int64_t pixels, float* output) {
  constexpr int64_t lanes = xsimd::batch<float, typename V::Arch>::size;
  const FloatWindows& windows = task.windows;
  const FloatTaps* const taps = windows.columns + pixel;
  const int64_t row = chunk.blocks * lanes;
  alignas(64) float sums[16 * lanes] = {};
  for (int64_t y = 0; y < area.taps_y; ++y) {
    for (int64_t tap = 0, next; tap < windows.kernel_w; tap = next) {
      int64_t begin = pixels, end = 0;
      next = windows.kernel_w;
      for (int64_t p = 0; p < pixels; ++p) {
        if (taps[p].first > tap) {
          next = taps[p].first < next ? taps[p].first : next;
        } else if (taps[p].last > tap) {
          next = taps[p].last < next ? taps[p].last : next;
          begin = p < begin ? p : begin;
          end = p + 1;
        }
      }
      if (begin >= end) continue;
      const int64_t run = task.contiguous ? next - tap : 1;
      for (int64_t x = tap; x < next; x += run) {
        const int64_t from = input + begin * area.input_step + y * windows.step_y + x * windows.step_x;
        const int64_t weight = (area.first_tap + y * windows.kernel_w + x) * task.depth * row;
        of_rows[end - begin].add(windows.input + from, area.input_step, chunk.weights + weight, run * task.depth,
                                 sums + begin * row);
      }
    }
  }
  of_rows[pixels].finish(task, chunk, area, sums, output);
}

/// Calls tile(input, output, pixel, pixels), the first two offsets, for tiles of at most `most` pixels that cover an
/// area. The last two are equal or nearly so: a tile of a few left ones would wait for its own sums.
template <class Tile>
[[gnu::always_inline]] inline void for_each_tile(const FloatArea& area, int64_t most, Tile&& tile) {
  for (int64_t line = 0; line < area.lines; ++line) {
    int64_t input = area.input + line * area.input_line, output = area.output + line * area.output_line, pixel = 0;
    while (pixel < area.pixels) {
      const int64_t left = area.pixels - pixel;
      const int64_t pixels = left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
      tile(input, output, pixel, pixels);
      pixel += pixels;
      input += pixels * area.input_step;
      output += pixels * area.output_step;
    }
  }
}

template <class V>
void float_gemm(const FloatGemmTask& task) {
  static constexpr FloatTiles<V> tiles;
  const FloatWindows& windows = task.windows;
  for (int64_t c = 0; c < task.chunk_count; ++c) {
    const FloatChunk& chunk = task.chunks[c];
    const FloatTileCode* const of_rows = tiles.at[chunk.blocks / 2];
    for (int64_t a = 0; a < windows.area_count; ++a) {
      const FloatArea& area = windows.areas[a];
      for_each_tile(area, most_float_rows<V>(chunk.blocks),
                    [&](int64_t input, int64_t output, int64_t pixel, int64_t pixels) {
                      float* const place = windows.output + output;
                      if (area.ragged) {
                        ragged_tile<V>(of_rows, task, chunk, area, input, pixel, pixels, place);
                      } else {
                        of_rows[pixels].run(task, chunk, area, windows.input + input, place);
                      }
                    });
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_GEMM_HPP_
