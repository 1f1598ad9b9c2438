// From sums in registers to outputs in memory, for any level.
#ifndef EDGETWIN_HOST_SIMD_FINISH_HPP_
#define EDGETWIN_HOST_SIMD_FINISH_HPP_

#include <xsimd/xsimd.hpp>

#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// What sums start from and how they become outputs: sums of 32 bits, by ScaleRow.
template <class V, ScaleForm F>
struct Scaling32 {
  [[gnu::always_inline]] static inline typename V::I32 start(const int32_t* scales) {
    return V::load(scales + kStart * V::kLanes);
  }
  [[gnu::always_inline]] static inline typename V::I32 scaled(typename V::I32 sums, const int32_t* scales,
                                                              const Finish& finish) {
    return V::template scaled<F>(sums, scales, finish);
  }
};

/// The same in float32.
template <class V, bool TwoLines>
struct CertifiedScaling {
  [[gnu::always_inline]] static inline typename V::I32 start(const int32_t* scales) {
    return V::load(scales + kStart * V::kLanes);
  }
  [[gnu::always_inline]] static inline typename V::I32 scaled(typename V::I32 sums, const int32_t* scales,
                                                              const Finish&) {
    return V::template scaled_float<TwoLines>(sums, scales);
  }
};

/// Calls use(Scaling()) with the struct for what `finish` asks for.
template <class V, class Use>
[[gnu::always_inline]] inline void with_scaling(const Finish& finish, Use use) {
  if constexpr (V::kFloatScales) {
    if (finish.floats == FloatForm::kOneLine) return use(CertifiedScaling<V, false>());
    if (finish.floats == FloatForm::kTwoLines) return use(CertifiedScaling<V, true>());
  }
  switch (finish.form) {
    case ScaleForm::kUncorrected: return use(Scaling32<V, ScaleForm::kUncorrected>());
    case ScaleForm::kCorrected: return use(Scaling32<V, ScaleForm::kCorrected>());
    case ScaleForm::kWide: return use(Scaling32<V, ScaleForm::kWide>());
  }
}

/// Vector k of `count`, or beyond them one that is there: with N = 2 neighbours stay neighbours.
template <int N>
constexpr int kept(int k, int count) {
  return k < count ? k : N == 2 ? k - 2 : count - 1;
}

/// Narrows R rows of N blocks of scaled sums and stores them; row r's first channel goes to outputs[r]. Where rows are
/// Joined, they may lie behind each other in memory, and whole fours of them are stored at once if they do.
template <class V, int R, int N, bool Joined = false>
[[gnu::always_inline]] inline void store_rows(const Finish& finish, const Chunk& chunk, typename V::I32 (&sums)[R][N],
                                              typename V::Byte* const (&outputs)[R]) {
  const typename V::Range range(finish);
  if constexpr (Joined) {
    static_assert(N == 1 && R % 4 == 0);
    if (outputs[1] - outputs[0] == V::kLanes && chunk.tail == V::kLanes) {
      return unroll<R / 4>([&](auto four) __attribute__((always_inline)) {
        constexpr int r = four * 4;
        V::store4_joined(sums[r][0], sums[r + 1][0], sums[r + 2][0], sums[r + 3][0], outputs[r], range);
      });
    }
  }
  const int64_t block_bytes = V::kLanes * (finish.codes ? V::kCodeBytes : 1);
  if (chunk.tail == V::kLanes) {
    // Four vectors are narrowed together; where fewer are left, some are stored twice.
    constexpr int count = R * N;
    unroll<(count + 3) / 4>([&](auto four) __attribute__((always_inline)) {
      constexpr int k0 = kept<N>(four * 4, count), k1 = kept<N>(four * 4 + 1, count);
      constexpr int k2 = kept<N>(four * 4 + 2, count), k3 = kept<N>(four * 4 + 3, count);
      V::template store4<N>(sums[k0 / N][k0 % N], sums[k1 / N][k1 % N], sums[k2 / N][k2 % N], sums[k3 / N][k3 % N],
                            outputs[k0 / N] + k0 % N * block_bytes, outputs[k1 / N] + k1 % N * block_bytes,
                            outputs[k2 / N] + k2 % N * block_bytes, outputs[k3 / N] + k3 % N * block_bytes,
                            finish.codes, range);
    });
  } else {
    unroll<R>([&](auto r) __attribute__((always_inline)) {
      unroll<N>([&](auto n) __attribute__((always_inline)) {
        V::store_some(sums[r][n], outputs[r] + n * block_bytes, n < N - 1 ? V::kLanes : chunk.tail, finish.codes,
                      range);
      });
    });
  }
}

/// Scales them first.
template <class V, class Scaling, int R, int N, bool Joined>
[[gnu::always_inline]] inline void finish_as(const Finish& finish, const Chunk& chunk, typename V::I32 (&sums)[R][N],
                                             typename V::Byte* const (&outputs)[R]) {
  const int32_t* scales = chunk.scales;
  unroll<N>([&](auto n) __attribute__((always_inline)) {
    // Opaque: the parameters are to be read again from the cache, not kept in registers that the sums need.
    asm("" : "+r"(scales));
    unroll<R>([&](auto r) __attribute__((always_inline)) { sums[r][n] = Scaling::scaled(sums[r][n], scales, finish); });
    scales += kScaleRows * V::kLanes;
  });
  store_rows<V, R, N, Joined>(finish, chunk, sums, outputs);
}

/// Stores them as they are.
template <class V, int R, int N>
[[gnu::always_inline]] inline void store_sums(const typename V::I32 (&sums)[R][N],
                                              typename V::Byte* const (&outputs)[R]) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  unroll<R>([&](auto r) __attribute__((always_inline)) {
    unroll<N>([&](auto n) __attribute__((always_inline)) {
      Ints(sums[r][n]).store_unaligned(reinterpret_cast<int32_t*>(outputs[r]) + n * V::kLanes);
    });
  });
}

template <class V, int R, int N, bool Joined = false>
[[gnu::always_inline]] inline void finish(const Finish& finish, const Chunk& chunk, typename V::I32 (&sums)[R][N],
                                          typename V::Byte* const (&outputs)[R]) {
  if (finish.sums) return store_sums<V, R, N>(sums, outputs);
  with_scaling<V>(
      finish, [&](auto scaling) __attribute__((always_inline)) {
        finish_as<V, decltype(scaling), R, N, Joined>(finish, chunk, sums, outputs);
      });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FINISH_HPP_
