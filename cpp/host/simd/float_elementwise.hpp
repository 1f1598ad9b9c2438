// Float32 functions of one operand or of two for any level, each as host/float32/functions.hpp defines it.
#ifndef EDGETWIN_HOST_SIMD_FLOAT_ELEMENTWISE_HPP_
#define EDGETWIN_HOST_SIMD_FLOAT_ELEMENTWISE_HPP_

#include <cstddef>
#include <cstring>

#include "host/simd/float_pieces.hpp"
#include "host/simd/float_tasks.hpp"

namespace edgetwin::host::simd {
namespace {

/// output[i] = limited(function(x[i], y[i])). Both are read before the output is written, which may be one of them.
template <class V, class Function>
[[gnu::always_inline]] inline void map_floats(const FloatRun& run, Function&& function) {
  using B = xsimd::batch<float, typename V::Arch>;
  constexpr int64_t lanes = B::size;
  const B low(run.low), high(run.high), x_one(*run.x), y_one(*run.y);
  const auto one = [&](const float* x, const float* y) __attribute__((always_inline)) {
    const B a = run.x_is_one ? x_one : B::load_unaligned(x), b = run.y_is_one ? y_one : B::load_unaligned(y);
    return clamped(function(a, b), low, high);
  };
  int64_t i = 0;
  for (; i + lanes <= run.count; i += lanes) one(run.x + i, run.y + i).store_unaligned(run.output + i);
  if (i < run.count) {
    // Not beyond the operands: they may end where readable memory does.
    float x_rest[lanes] = {}, y_rest[lanes] = {};
    const size_t bytes = static_cast<size_t>(run.count - i) * sizeof(float);
    if (!run.x_is_one) std::memcpy(x_rest, run.x + i, bytes);
    if (!run.y_is_one) std::memcpy(y_rest, run.y + i, bytes);
    store_some(one(x_rest, y_rest), run.output + i, run.count - i);
  }
}

template <class V>
void float_add(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return x + y; });
}

template <class V>
void float_sub(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return x - y; });
}

template <class V>
void float_mul(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return x * y; });
}

template <class V>
void float_div(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return divided(x, y); });
}

template <class V>
void float_maximum(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return larger(x, y); });
}

template <class V>
void float_minimum(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return smaller(x, y); });
}

template <class V>
void float_squared_difference(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto& y) __attribute__((always_inline)) { return (x - y) * (x - y); });
}

template <class V>
void float_prelu(const FloatRun& run) {
  map_floats<V>(
      run, [](const auto& x, const auto& slope)
               __attribute__((always_inline)) { return xsimd::select(x >= 0.0F, x, x * slope); });
}

template <class V>
void float_limit(const FloatRun& run) {
  map_floats<V>(run, [](const auto& x, const auto&) __attribute__((always_inline)) { return x; });
}

template <class V>
void float_leaky_relu(const FloatRun& run) {
  map_floats<V>(
      run, [](const auto& x, const auto& slope)
               __attribute__((always_inline)) { return xsimd::select(x > 0.0F, x, x * slope); });
}

template <class V>
void float_hard_swish(const FloatRun& run) {
  map_floats<V>(
      run, [](const auto& x, const auto&) __attribute__((always_inline)) {
        using B = decltype(x * x);
        const B six(6.0F), gate = clamped(x + B(3.0F), B(0.0F), six), product = x * gate;
        // A difference of infinities or of NaN is NaN: finite products alone leave zero.
        return xsimd::select(product - product == B(0.0F), divided(product, six), x * divided(gate, six));
      });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_FLOAT_ELEMENTWISE_HPP_
