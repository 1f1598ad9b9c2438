// Depthwise convolutions for any level: every lane has a channel of its own.
#ifndef EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_
#define EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_

#include <cstring>

#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {

/// Places of a slice in R lines at a time. A dot product wants kGroup taps of one channel side by side, memory has
/// kGroup * kLanes channels of one tap side by side: V::interleave() turns kGroup taps into kGroup vectors.
template <class V, ScaleForm F, int R>
class DepthwiseLines {
  using I32 = typename V::I32;
  using Byte = typename V::Byte;
  static constexpr int kVectors = V::kGroup;
  static constexpr int kGroupBytes = R * kVectors * V::kWeightBytes;

 public:
  static void run(const DepthwiseTask& task, const DepthwiseSlice& slice) {
    const typename V::Range range(task.finish);
    const int64_t out_bytes = task.finish.codes ? V::kCodeBytes : 1;
    for (int32_t y = 0; y < task.lines; y += R) {
      // The last lines may be made twice, so that there always are R.
      const int64_t top = y + R <= task.lines ? y : task.lines - R;
      const Byte* input = static_cast<const Byte*>(task.input) + top * task.input_line + slice.first * V::kCodeBytes;
      Byte* output = static_cast<Byte*>(task.output) + (top * task.output_line + slice.first) * out_bytes;
      for (int32_t x = 0; x < slice.places; ++x) {
        I32 sums[R][kVectors];
        start(slice, sums);
        add_products(task, slice, input, sums);
        finish(task, slice, range, sums, output);
        input += task.input_step;
        output += task.output_step * out_bytes;
      }
    }
  }

 private:
  [[gnu::always_inline]] static inline void start(const DepthwiseSlice& slice, I32 (&sums)[R][kVectors]) {
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      const I32 value = V::load(slice.scales + (v * kScaleRows + kStart) * V::kLanes);
      unroll<R>([&](auto r) __attribute__((always_inline)) { sums[r][v] = value; });
    });
  }

  /// The first groups have taps of the first line only, the last ones of the last line only.
  [[gnu::always_inline]] static inline void add_products(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                                         const Byte* input, I32 (&sums)[R][kVectors]) {
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

  template <int First, int Last>
  [[gnu::always_inline]] static inline void add_groups(int32_t count, const int32_t*& taps, const Byte*& weights,
                                                       const Byte* input, I32 (&sums)[R][kVectors]) {
    for (int32_t g = 0; g < count; ++g) {
      const Byte* rows[V::kGroup];
      unroll<V::kGroup>([&](auto i) __attribute__((always_inline)) { rows[i] = input + taps[i]; });
      typename V::Codes codes[kVectors];
      V::interleave(rows, codes);
      unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
        unroll<Last - First>([&](auto r) __attribute__((always_inline)) {
          V::dot_at(sums[First + r][v], codes[v], weights + ((First + r) * kVectors + v) * V::kWeightBytes);
        });
      });
      taps += V::kGroup;
      weights += kGroupBytes;
    }
  }

  [[gnu::always_inline]] static inline void finish(const DepthwiseTask& task, const DepthwiseSlice& slice,
                                                   const typename V::Range& range, I32 (&sums)[R][kVectors],
                                                   Byte* output) {
    const int32_t* scales = slice.scales;
    unroll<kVectors>([&](auto v) __attribute__((always_inline)) {
      // Opaque: see finish.hpp.
      asm("" : "+r"(scales));
      unroll<R>([&](auto r) __attribute__((always_inline)) {
        sums[r][v] = V::template scaled<F>(sums[r][v], scales, task.finish);
      });
      scales += kScaleRows * V::kLanes;
    });
    const bool codes = task.finish.codes;
    const int64_t out_bytes = codes ? V::kCodeBytes : 1;
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      Byte* const place = output + r * task.output_line * out_bytes;
      if (slice.count == kVectors * V::kLanes) {
        V::store_slice(sums[r], place, codes, range);
      } else {
        alignas(64) Byte whole[kVectors * V::kLanes * V::kCodeBytes];
        V::store_slice(sums[r], whole, codes, range);
        std::memcpy(place, whole, static_cast<size_t>(slice.count * out_bytes));
      }
    });
  }
};

template <class V, ScaleForm F>
void depthwise_as(const DepthwiseTask& task) {
  for (int32_t s = 0; s < task.slice_count; ++s) {
    if (task.lines_together == 2) {
      DepthwiseLines<V, F, 2>::run(task, task.slices[s]);
    } else {
      DepthwiseLines<V, F, 1>::run(task, task.slices[s]);
    }
  }
}

template <class V>
void depthwise(const DepthwiseTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return depthwise_as<V, ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return depthwise_as<V, ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return depthwise_as<V, ScaleForm::kWide>(task);
  }
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_DEPTHWISE_HPP_
