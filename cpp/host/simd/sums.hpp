// Sums over rows and their scaling to outputs, for any level.
#ifndef EDGETWIN_HOST_SIMD_SUMS_HPP_
#define EDGETWIN_HOST_SIMD_SUMS_HPP_

#include "host/simd/element_tasks.hpp"
#include "host/simd/pool.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/words.hpp"

namespace edgetwin::host::simd {
namespace {

template <class V>
void scale_floats(const ScaleTask& task) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  for (int64_t i = 0; i < task.count; i += V::kLanes) {
    const Ints sums = Ints::load_unaligned(task.sums + i);
    const Ints values = task.two_lines ? V::template scaled_float<true>(sums, task.rows)
                                       : V::template scaled_float<false>(sums, task.rows);
    values.store_unaligned(task.values + i);
  }
}

template <class V>
void fill_gaps(const GapTask& task) {
  using Bytes = xsimd::batch<int8_t, typename V::Arch>;
  const Bytes value(static_cast<int8_t>(task.value));
  int8_t* gap = static_cast<int8_t*>(task.first);
  for (int64_t i = 0; i < task.count; ++i, gap += task.pitch) {
    for (int64_t done = 0; done < task.bytes; done += static_cast<int64_t>(Bytes::size)) {
      value.store_unaligned(gap + done);
    }
  }
}

/// sums[i] = the sum of column i of [rows][run] int8; wraps.
template <class V>
void sum_rows(const int8_t* input, int64_t rows, int64_t run, int32_t* sums) {
  if (run == 1) {
    uint32_t sum = 0;
    for (int64_t i = 0; i < rows; ++i) sum += static_cast<uint32_t>(int32_t{input[i]});
    sums[0] = static_cast<int32_t>(sum);
    return;
  }
  for (int64_t i = 0; i < run; ++i) sums[i] = 0;
  for (int64_t row = 0; row < rows; row += kMostPoolElements) {
    const int64_t left = rows - row;
    const int32_t count = left < kMostPoolElements ? static_cast<int32_t>(left) : kMostPoolElements;
    const int8_t* const first = input + row * run;
    int64_t done = 0;
    const auto some = [&](auto piece) __attribute__((always_inline)) {
      using B = typename decltype(piece)::Batch;
      if constexpr (!std::is_void_v<B>) {
        for (; done + static_cast<int64_t>(B::size) <= run; done += B::size) {
          int16_t part[B::size];
          store_halves<B>(sums_of<B>(first + done, run, count), part);
          for (size_t i = 0; i < B::size; ++i) sums[done + static_cast<int64_t>(i)] += part[i];
        }
      }
    };
    some(Piece<BytesOf<64>>{});
    some(Piece<BytesOf<32>>{});
    some(Piece<Bytes16>{});
    for (; done < run; ++done) {
      for (int32_t i = 0; i < count; ++i) sums[done] += first[i * run + done];
    }
  }
}

/// Calls store(first, scaled sums, how many of them).
template <class V, ScaleForm F, class Store>
[[gnu::always_inline]] inline void scale_sums(const SumsTask& task, Store&& store) {
  constexpr int32_t lanes = V::kLanes;
  for (int64_t i = 0; i < task.count; i += lanes) {
    alignas(64) int32_t sums[lanes] = {};
    const int64_t left = task.count - i;
    const int32_t some = left < lanes ? static_cast<int32_t>(left) : lanes;
    for (int32_t lane = 0; lane < some; ++lane) {
      sums[lane] = static_cast<int32_t>(static_cast<uint32_t>(task.sums[i + lane]) + static_cast<uint32_t>(task.start));
    }
    store(i, V::template scaled<F>(V::load(sums), task.scales, task.finish), some);
  }
}

template <class V, ScaleForm F>
void finish_sums_as(const SumsTask& task) {
  const typename V::Range range(task.finish);
  typename V::Byte* const output = static_cast<typename V::Byte*>(task.output);
  const int64_t bytes = task.finish.codes ? V::kCodeBytes : 1;
  scale_sums<V, F>(
      task, [&](int64_t first, typename V::I32 x, int32_t count) __attribute__((always_inline)) {
        V::store_some(x, output + first * bytes, count, task.finish.codes, range);
      });
}

template <class V, ScaleForm F>
void sums_to_words_as(const SumsTask& task) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  const Ints low(task.finish.low), high(task.finish.high);
  int16_t* const output = static_cast<int16_t*>(task.output);
  scale_sums<V, F>(
      task, [&](int64_t first, typename V::I32 x, int32_t count) __attribute__((always_inline)) {
        store_words<V>(xsimd::min(xsimd::max(Ints(x), low), high), output + first, count);
      });
}

/// output = the scaled sums, each more by `start`.
template <class V>
void finish_sums(const SumsTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return finish_sums_as<V, ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return finish_sums_as<V, ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return finish_sums_as<V, ScaleForm::kWide>(task);
  }
}

/// The same, clamped to the activation's range of int16. The zero point is 0.
template <class V>
void sums_to_words(const SumsTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return sums_to_words_as<V, ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return sums_to_words_as<V, ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return sums_to_words_as<V, ScaleForm::kWide>(task);
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_SUMS_HPP_
