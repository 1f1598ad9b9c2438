// Quantization by a level's vectors. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_SIGNAL_WINDOWS_LEVEL_HPP_
#define EDGETWIN_HOST_SIGNAL_WINDOWS_LEVEL_HPP_

#include <cstring>
#include <xsimd/xsimd.hpp>

#include "host/signal/windows.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::signal {
namespace {

/// Of V it takes what host/simd/elementwise.hpp takes for sums.
template <class V>
struct Quantizer {
  using I32 = typename V::I32;
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  using Floats = xsimd::batch<float, typename V::Arch>;

  Floats scale;
  Floats share;  ///< 1 / scale, rounded
  typename Floats::batch_bool_type unordered{false};

  /// The rounded quotients of `count` vectors, by products: these and the quotients' own rounding differ by less than
  /// 2e-4 below 512. False where that may matter: near the middle between two integers, for NaN, whose differences
  /// fail, and where a thread does not round to nearest. Then what is made is of no use.
  template <int count>
  [[nodiscard, gnu::always_inline]] bool by_products(const float* values, I32* made) {
    constexpr int64_t lanes = V::kLanes;
    typename Floats::batch_bool_type clear{true};
    simd::unroll<count>([&](auto k) __attribute__((always_inline)) {
      const Floats ratio = Floats::load_unaligned(values + k * lanes) * share;
      // In this order NaN stays.
      const Floats limited = xsimd::max(xsimd::min(ratio, Floats(512.0F)), Floats(-512.0F));
      const Ints whole = xsimd::nearbyint_as_int(limited);
      clear = clear & (xsimd::abs(limited - xsimd::to_float(whole)) <= Floats(0.4998F));
      made[k] = I32(whole);
    });
    return xsimd::all(clear);
  }

  /// The rounded quotient, of a size that any zero point brings to the ends of int8.
  [[gnu::always_inline]] I32 rounded(const float* values) {
    const Floats ratio = Floats::load_unaligned(values) / scale;
    unordered = unordered | (ratio != ratio);
    const Floats limited = xsimd::max(xsimd::min(ratio, Floats(512.0F)), Floats(-512.0F));
    const Ints whole = xsimd::to_int(limited);
    const Floats rest = limited - xsimd::to_float(whole);
    const Floats away = xsimd::select(rest >= Floats(0.5F), Floats(1.0F),
                                      xsimd::select(rest <= Floats(-0.5F), Floats(-1.0F), Floats(0.0F)));
    return I32(whole + xsimd::to_int(away));
  }
};

/// So many values ahead of the ones at work are asked for: the CPU's own prefetching ends with each page.
constexpr int64_t kAhead = 1024;

template <class V>
[[nodiscard]] bool quantize_run(const QuantizeRun& run) {
  constexpr int64_t lanes = V::kLanes;
  const simd::Finish finish = {simd::ScaleForm::kUncorrected, run.zero_point, -128, 127, false};
  const typename V::Range range(finish);
  using Floats = typename Quantizer<V>::Floats;
  const bool ordinary = run.scale > 1e-30F && run.scale < 1e30F;  // so is the reciprocal
  Quantizer<V> quantizer = {Floats(run.scale), Floats(1.0F / run.scale)};
  const float* values = run.values;
  auto* codes = static_cast<typename V::Byte*>(static_cast<void*>(run.codes));
  int64_t left = run.count;
  for (; left >= 4 * lanes; left -= 4 * lanes) {
    if (left >= kAhead + 4 * lanes) {
      for (int64_t i = 0; i < 4 * lanes; i += 16) __builtin_prefetch(values + kAhead + i);
    }
    typename V::I32 made[4];
    if (!ordinary || !quantizer.template by_products<4>(values, made)) {
      simd::unroll<4>([&](auto k) __attribute__((always_inline)) { made[k] = quantizer.rounded(values + k * lanes); });
    }
    V::template store4<4>(made[0], made[1], made[2], made[3], codes, codes + lanes, codes + 2 * lanes,
                          codes + 3 * lanes, false, range);
    values += 4 * lanes;
    codes += 4 * lanes;
  }
  for (; left > 0; left -= lanes) {
    // Not beyond the values: they may end where readable memory does.
    float rest[lanes] = {};
    const int64_t some = left < lanes ? left : lanes;
    std::memcpy(rest, values, static_cast<size_t>(some) * sizeof(float));
    V::store_some(quantizer.rounded(rest), codes, static_cast<int>(some), false, range);
    values += some;
    codes += some;
  }
  return !xsimd::any(quantizer.unordered);
}

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_WINDOWS_LEVEL_HPP_
