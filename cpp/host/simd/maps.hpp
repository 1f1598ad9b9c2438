// Codes of other scales and dtypes, and codes of real values, for any level.
#ifndef EDGETWIN_HOST_SIMD_MAPS_HPP_
#define EDGETWIN_HOST_SIMD_MAPS_HPP_

#include <limits>

#include "host/simd/element_tasks.hpp"
#include "host/simd/float_pieces.hpp"
#include "host/simd/scaled.hpp"
#include "host/simd/words.hpp"

namespace edgetwin::host::simd {
namespace {

/// output[i] = the scaled input[i] less its zero point.
template <class V, class In, class Out>
void requantize_map(const MapTask& task) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  const In* const input = static_cast<const In*>(task.input);
  Out* const output = static_cast<Out*>(task.output);
  const Ints zero(task.input_zero_point);
  for_vectors<V>(
      task.count, [&](int64_t first, int64_t count) __attribute__((always_inline)) {
        const Ints real = load_words<V>(input + first, count) - zero;
        store_words<V>(finished_by<V>(real, task.scale, task.range), output + first, count);
      });
}

/// round_half_away() of edgetwin/quantize.hpp, in the same steps.
template <class V>
[[gnu::always_inline]] inline xsimd::batch<int32_t, typename V::Arch> rounded_half_away(
    xsimd::batch<float, typename V::Arch> value) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  using Floats = xsimd::batch<float, typename V::Arch>;
  const Floats limit(16777216.0F), half(0.5F), zero(0.0F), one(1.0F);
  // Choices, not minima: these say which of two they give where one is NaN.
  const Floats limited = xsimd::select(value > limit, limit, xsimd::select(value >= -limit, value, -limit));
  const Ints whole = xsimd::to_int(limited);
  const Floats rest = limited - xsimd::to_float(whole);
  const Floats more = xsimd::select(rest >= half, one, xsimd::select(rest <= -half, -one, zero));
  return whole + xsimd::to_int(more);
}

/// output[i] = input[i] / scale, rounded, and the zero point, within Out.
template <class V, class Out>
void quantize_map(const QuantizeTask& task) {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  using Floats = xsimd::batch<float, typename V::Arch>;
  Out* const output = static_cast<Out*>(task.output);
  const Ints zero_point(task.zero_point), low(std::numeric_limits<Out>::min()), high(std::numeric_limits<Out>::max());
  const Floats scale(task.scale);
  for_vectors<V>(
      task.count, [&](int64_t first, int64_t count) __attribute__((always_inline)) {
        alignas(64) float rest[V::kLanes] = {};
        const float* values = task.input + first;
        if (count < V::kLanes) {
          for (int64_t i = 0; i < count; ++i) rest[i] = values[i];
          values = rest;
        }
        const Ints codes = rounded_half_away<V>(divided(Floats::load_unaligned(values), scale)) + zero_point;
        store_words<V>(xsimd::min(xsimd::max(codes, low), high), output + first, count);
      });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_MAPS_HPP_
