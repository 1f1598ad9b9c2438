// Depthwise convolutions for any level: every lane has a channel of its own.
#ifndef EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_
#define EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_

#include <cstring>

#include "host/simd/finish.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {

/// Sums of 64 bits, by WideScaleRow: the few products of int16 values fit into 32 bits, their bias may not.
template <class V>
struct Scaling64 {
  [[gnu::always_inline]] static inline typename V::I32 start(const int32_t*) { return V::zero(); }
  [[gnu::always_inline]] static inline typename V::I32 scaled(typename V::I32 sums, const int32_t* scales,
                                                              const Finish&) {
    auto even = V::load(scales + kWideStartEven * V::kLanes), odd = V::load(scales + kWideStartOdd * V::kLanes);
    V::add_wide(sums, even, odd);
    return V::wide_scaled(even, odd, scales);
  }
};

/// A slice of R lines from the first sums to the outputs. A dot product wants kGroup taps of one channel side by side,
/// memory has kGroup * kLanes channels of one tap side by side: V::interleave() turns kGroup taps into kGroup vectors.
template <class V, class Scaling, int R>
struct DepthwiseSums {
  using Byte = typename V::Byte;
  static constexpr int kVectors = V::kGroup;

  typename V::I32 lines[R][kVectors];

  [[gnu::always_inline]] inline explicit DepthwiseSums(const DepthwiseSlice& slice) {
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      const auto start = Scaling::start(slice.scales + v * kScaleRows * V::kLanes);
      unroll<R>([&](auto r) __attribute__((always_inline)) { lines[r][v] = start; });
    });
  }

  /// Adds a group of taps to lines First to Last. `weights` are those of the group for all R lines.
  template <int First, int Last>
  [[gnu::always_inline]] inline void add(const Byte* const (&taps)[V::kGroup], const Byte* weights) {
    typename V::Codes codes[kVectors];
    V::interleave(taps, codes);
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      unroll<Last - First>([&](auto r) __attribute__((always_inline)) {
        V::dot_at(lines[First + r][v], codes[v], weights + ((First + r) * kVectors + v) * V::kWeightBytes);
      });
    });
  }

  /// Bytes of a group's weights for all lines.
  static constexpr int kGroupBytes = R * kVectors * V::kWeightBytes;

  /// Scales and stores; where not Whole, only `slice.count` elements.
  template <bool Whole>
  [[gnu::always_inline]] inline void finish(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                            const typename V::Range& range, Byte* output) {
    const int32_t* scales = slice.scales;
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      // Opaque: see finish.hpp.
      asm("" : "+r"(scales));
      unroll<R>([&](auto r) __attribute__((always_inline)) {
        lines[r][v] = Scaling::scaled(lines[r][v], scales, task.finish);
      });
      scales += kScaleRows * V::kLanes;
    });
    const int64_t out_bytes = task.finish.codes ? V::kCodeBytes : 1;
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      Byte* const place = output + r * task.output_line * out_bytes;
      if constexpr (Whole) {
        V::store_slice(lines[r], place, task.finish.codes, range);
      } else {
        alignas(64) Byte whole[kVectors * V::kLanes * V::kCodeBytes];
        V::store_slice(lines[r], whole, task.finish.codes, range);
        std::memcpy(place, whole, static_cast<size_t>(slice.count * out_bytes));
      }
    });
  }
};

/// Any taps, from a table.
template <class V, class Scaling, int R>
struct DepthwiseTable {
  using Sums = DepthwiseSums<V, Scaling, R>;
  using Byte = typename V::Byte;

  /// The first groups have taps of the first line only, the last ones of the last line only.
  [[gnu::always_inline]] static inline void add(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                                const Byte* input, Sums& sums) {
    const int32_t* taps = task.taps;
    const auto* weights = static_cast<const Byte*>(slice.weights);
    if constexpr (R == 1) {
      add_groups<0, 1>(task.groups, taps, weights, input, sums);
    } else {
      add_groups<0, 1>(task.second_line, taps, weights, input, sums);
      add_groups<0, 2>(task.first_line_end - task.second_line, taps, weights, input, sums);
      add_groups<1, 2>(task.groups - task.first_line_end, taps, weights, input, sums);
    }
  }

 private:
  template <int First, int Last>
  [[gnu::always_inline]] static inline void add_groups(int32_t count, const int32_t*& taps, const Byte*& weights,
                                                       const Byte* input, Sums& sums) {
    for (int32_t g = 0; g < count; ++g) {
      const Byte* places[V::kGroup];
      unroll<V::kGroup>([&](auto i) __attribute__((always_inline)) { places[i] = input + taps[i]; });
      sums.template add<First, Last>(places, weights);
      taps += V::kGroup;
      weights += Sums::kGroupBytes;
    }
  }
};

/// Three by three taps, the same ones in the same order as in the table: without loops, and each at the sum of two
/// registers instead of a distance that is read first. Lines are Stride rows apart.
template <class V, class Scaling, int R, int Stride>
struct Depthwise3x3 {
  using Sums = DepthwiseSums<V, Scaling, R>;
  using Byte = typename V::Byte;
  static constexpr int kRows = 3 + (R - 1) * Stride;
  static constexpr int kTaps = kRows * 3;

  [[gnu::always_inline]] static inline void add(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                                const Byte* input, Sums& sums) {
    const auto* const weights = static_cast<const Byte*>(slice.weights);
    const Byte* rows[kRows];
    unroll<kRows>([&](auto y) __attribute__((always_inline)) { rows[y] = input + y * task.row_step; });
    const int64_t step = task.column_step;
    unroll<(kTaps + V::kGroup - 1) / V::kGroup>([&](auto g) __attribute__((always_inline)) {
      const Byte* places[V::kGroup];
      unroll<V::kGroup>([&](auto i) __attribute__((always_inline)) {
        constexpr int wanted = g * V::kGroup + i, tap = wanted < kTaps ? wanted : kTaps - 1;
        places[i] = rows[tap / 3] + tap % 3 * step;
      });
      constexpr bool in_first = g * V::kGroup < 9, in_second = (g + 1) * V::kGroup > 3 * Stride;
      sums.template add<(in_first ? 0 : 1), (R == 2 && in_second ? 2 : 1)>(places, weights + g * Sums::kGroupBytes);
    });
  }
};

/// All places of a slice. Not inlined: each kernel has the registers for itself.
template <class V, class Scaling, int R, class Taps, bool Whole>
[[gnu::noinline]] void depthwise_slice(const DepthwiseTask& task, const DepthwiseSlice& slice) {
  using Byte = typename V::Byte;
  const typename V::Range range(task.finish);
  const int64_t out_bytes = task.finish.codes ? V::kCodeBytes : 1;
  for (int32_t y = 0; y < task.lines; y += R) {
    // The last lines may be made twice, so that there always are R.
    const int64_t top = y + R <= task.lines ? y : task.lines - R;
    const Byte* input = static_cast<const Byte*>(task.input) + top * task.input_line + slice.first * V::kCodeBytes;
    Byte* output = static_cast<Byte*>(task.output) + (top * task.output_line + slice.first) * out_bytes;
    for (int32_t x = 0; x < slice.places; ++x) {
      DepthwiseSums<V, Scaling, R> sums(slice);
      Taps::add(task, slice, input, sums);
      sums.template finish<Whole>(task, slice, range, output);
      input += task.input_step;
      output += task.output_step * out_bytes;
    }
  }
}

/// Whether a level has the registers for DepthwiseColumns.
template <class V>
constexpr bool kHasColumns = V::kForm == CodeForm::kUnsigned && V::kRegisters == 32;

/// Two lines of three by three taps whose places are a column apart: a group of taps is a column of four rows, which
/// three neighbouring places share, so that each column is loaded and interleaved once. Two places share what is read
/// of weights and scales: without that, loads are what the kernel waits for.
template <class V, class Scaling>
class DepthwiseColumns {
  using Byte = typename V::Byte;
  using I32 = typename V::I32;
  static constexpr int kVectors = V::kGroup, kLines = 2;
  using Column = typename V::Codes[kVectors];

 public:
  [[gnu::noinline]] static void run(const DepthwiseTask& task, const DepthwiseSlice& slice) {
    const typename V::Range range(task.finish);
    for (int32_t y = 0; y < task.lines; y += kLines) {
      const int64_t top = y + kLines <= task.lines ? y : task.lines - kLines;
      const Byte* input = static_cast<const Byte*>(task.input) + top * task.input_line + slice.first;
      Byte* output = static_cast<Byte*>(task.output) + top * task.output_line + slice.first;
      Column first, second;
      load(task, input, first);
      load(task, input, second);
      int32_t x = 0;
      for (; x + 2 <= slice.places; x += 2) make<2>(task, slice, range, first, second, input, output);
      if (x < slice.places) make<1>(task, slice, range, first, second, input, output);
    }
  }

 private:
  [[gnu::always_inline]] static inline void load(const DepthwiseTask& task, const Byte*& input, Column& column) {
    const Byte* const rows[V::kGroup] = {input, input + task.row_step, input + 2 * task.row_step,
                                         input + 3 * task.row_step};
    V::interleave(rows, column);
    input += task.column_step;
  }

  /// P places. The columns are the first two that they read, and afterwards those that the next ones read.
  template <int P>
  [[gnu::always_inline]] static inline void make(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                                 const typename V::Range& range, Column& first, Column& second,
                                                 const Byte*& input, Byte*& output) {
    Column columns[P + 2];
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      columns[0][v] = first[v];
      columns[1][v] = second[v];
    });
    unroll<P>([&](auto p) __attribute__((always_inline)) { load(task, input, columns[p + 2]); });
    const auto* weights = static_cast<const Byte*>(slice.weights);
    const int32_t* scales = slice.scales;
    I32 sums[P][kLines][2];
    I32 halves[P][kLines][2];
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      // Opaque: see finish.hpp.
      asm("" : "+r"(scales), "+r"(weights));
      const I32 start = Scaling::start(scales);
      unroll<kLines>([&](auto line) __attribute__((always_inline)) {
        unroll<P>([&](auto p) __attribute__((always_inline)) { sums[p][line][v % 2] = start; });
        unroll<3>([&](auto x) __attribute__((always_inline)) {
          const typename V::Weights w =
              V::load_weights(weights + ((x * kLines + line) * kVectors + v) * V::kWeightBytes);
          unroll<P>([&](auto p) __attribute__((always_inline)) { V::dot(sums[p][line][v % 2], columns[p + x][v], w); });
        });
      });
      unroll<P * kLines>([&](auto i) __attribute__((always_inline)) {
        I32& sum = sums[i / kLines][i % kLines][v % 2];
        sum = Scaling::scaled(sum, scales, task.finish);
      });
      // Narrowed as soon as there are two: registers are short.
      if constexpr (v % 2 == 1) {
        unroll<P * kLines>([&](auto i) __attribute__((always_inline)) {
          const I32(&pair)[2] = sums[i / kLines][i % kLines];
          halves[i / kLines][i % kLines][v / 2] = range.half_narrowed(pair[0], pair[1]);
        });
      }
      scales += kScaleRows * V::kLanes;
    });
    unroll<P>([&](auto p) __attribute__((always_inline)) {
      unroll<kLines>([&](auto line) __attribute__((always_inline)) {
        V::store_halves(halves[p][line][0], halves[p][line][1], output + line * task.output_line, range);
      });
      output += task.output_step;
    });
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      first[v] = columns[P][v];
      second[v] = columns[P + 1][v];
    });
  }
};

template <class V, class Scaling, int R>
[[gnu::always_inline]] inline void depthwise_lines(const DepthwiseTask& task, const DepthwiseSlice& slice) {
  if (slice.count < V::kGroup * V::kLanes)
    return depthwise_slice<V, Scaling, R, DepthwiseTable<V, Scaling, R>, false>(task, slice);
  switch (task.known) {
    case KnownTaps::kNone: return depthwise_slice<V, Scaling, R, DepthwiseTable<V, Scaling, R>, true>(task, slice);
    case KnownTaps::k3x3: return depthwise_slice<V, Scaling, R, Depthwise3x3<V, Scaling, R, 1>, true>(task, slice);
    case KnownTaps::kColumns3x3:
      if constexpr (kHasColumns<V> && R == 2) DepthwiseColumns<V, Scaling>::run(task, slice);
      return;
    case KnownTaps::k3x3Stride2:
      return depthwise_slice<V, Scaling, R, Depthwise3x3<V, Scaling, R, R>, true>(task, slice);
  }
}

template <class V, class Scaling>
void depthwise_as(const DepthwiseTask& task) {
  for (int32_t s = 0; s < task.slice_count; ++s) {
    if (task.lines_together == 2) {
      depthwise_lines<V, Scaling, 2>(task, task.slices[s]);
    } else {
      depthwise_lines<V, Scaling, 1>(task, task.slices[s]);
    }
  }
}

template <class V>
void depthwise(const DepthwiseTask& task) {
  with_scaling<V>(task.finish, [&](auto scaling) { depthwise_as<V, decltype(scaling)>(task); });
}

template <class V>
void depthwise_wide(const DepthwiseTask& task) {
  depthwise_as<V, Scaling64<V>>(task);
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_
