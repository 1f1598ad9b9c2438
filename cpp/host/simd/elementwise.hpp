// Sums and products of two int8 operands for any level, in float32 where that was certified, else in integers.
#ifndef EDGETWIN_HOST_SIMD_ELEMENTWISE_HPP_
#define EDGETWIN_HOST_SIMD_ELEMENTWISE_HPP_

#include <cstring>
#include <xsimd/xsimd.hpp>

#include "host/simd/element_tasks.hpp"
#include "host/simd/tasks.hpp"
#include "host/simd/unroll.hpp"

namespace edgetwin::host::simd {
namespace {

/// output[i] = element(x + i, y + i) for a run, four vectors at a time; an operand that is one value has been spread
/// over a vector, which stays in place.
template <class V, class Element>
[[gnu::always_inline]] inline void map_run(const PairTask& task, Element&& element) {
  constexpr int64_t lanes = V::kLanes;
  using Byte = typename V::Byte;
  const typename V::Range range(task.finish);
  Byte* output = static_cast<Byte*>(static_cast<void*>(task.output));
  int8_t x_value[lanes], y_value[lanes];
  const int8_t *x = task.x, *y = task.y;
  int64_t x_step = lanes, y_step = lanes;
  if (task.x_is_one) {
    std::memset(x_value, *x, sizeof(x_value));
    x = x_value;
    x_step = 0;
  }
  if (task.y_is_one) {
    std::memset(y_value, *y, sizeof(y_value));
    y = y_value;
    y_step = 0;
  }
  int64_t left = task.count;
  for (; left >= 4 * lanes; left -= 4 * lanes) {
    typename V::I32 made[4];
    unroll<4>([&](auto k) __attribute__((always_inline)) { made[k] = element(x + k * x_step, y + k * y_step); });
    V::template store4<4>(made[0], made[1], made[2], made[3], output, output + lanes, output + 2 * lanes,
                          output + 3 * lanes, false, range);
    x += 4 * x_step;
    y += 4 * y_step;
    output += 4 * lanes;
  }
  for (; left >= lanes; left -= lanes) {
    V::store_some(element(x, y), output, lanes, false, range);
    x += x_step;
    y += y_step;
    output += lanes;
  }
  if (left > 0) {
    // Not beyond the operands: they may end where readable memory does.
    int8_t x_rest[lanes] = {}, y_rest[lanes] = {};
    std::memcpy(x_rest, x, static_cast<size_t>(left));
    std::memcpy(y_rest, y, static_cast<size_t>(left));
    V::store_some(element(x_rest, y_rest), output, static_cast<int>(left), false, range);
  }
}

template <class V>
struct Pairs {
  using I32 = typename V::I32;
  using Ints = xsimd::batch<int32_t, typename V::Arch>;
  using Floats = xsimd::batch<float, typename V::Arch>;

  [[gnu::always_inline]] static inline Floats to_float(const int8_t* values) {
    return xsimd::to_float(Ints(V::widened(values)));
  }

  /// The sum of each operand's value in the scale that both share, from tables, or its square, then scaled as any sum.
  template <ScaleForm F, bool kSquare = false>
  [[gnu::always_inline]] static inline void add_exact_as(const PairTask& task) {
    map_run<V>(
        task, [&](const int8_t* x, const int8_t* y) __attribute__((always_inline)) {
          alignas(64) int32_t sums[V::kLanes];
          for (int i = 0; i < V::kLanes; ++i) {
            const uint32_t shared_x = static_cast<uint32_t>(task.x_table[static_cast<uint8_t>(x[i])]);
            sums[i] = static_cast<int32_t>(shared_x + static_cast<uint32_t>(task.y_table[static_cast<uint8_t>(y[i])]));
          }
          const Ints sum(V::load(sums));
          return V::template scaled<F>(kSquare ? sum * sum : sum, task.scales, task.finish);
        });
  }

  /// The product of both differences from their zero points fits 17 bits.
  template <ScaleForm F>
  [[gnu::always_inline]] static inline void mul_exact_as(const PairTask& task) {
    const Ints x_zero(task.x_zero_point), y_zero(task.y_zero_point);
    map_run<V>(
        task, [&](const int8_t* x, const int8_t* y) __attribute__((always_inline)) {
          const Ints product = (Ints(V::widened(x)) - x_zero) * (Ints(V::widened(y)) - y_zero);
          return V::template scaled<F>(product, task.scales, task.finish);
        });
  }
};

template <class V>
void add_exact(const PairTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return Pairs<V>::template add_exact_as<ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return Pairs<V>::template add_exact_as<ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return Pairs<V>::template add_exact_as<ScaleForm::kWide>(task);
  }
}

template <class V>
void squared_difference(const PairTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return Pairs<V>::template add_exact_as<ScaleForm::kUncorrected, true>(task);
    case ScaleForm::kCorrected: return Pairs<V>::template add_exact_as<ScaleForm::kCorrected, true>(task);
    case ScaleForm::kWide: return Pairs<V>::template add_exact_as<ScaleForm::kWide, true>(task);
  }
}

template <class V>
void mul_exact(const PairTask& task) {
  switch (task.finish.form) {
    case ScaleForm::kUncorrected: return Pairs<V>::template mul_exact_as<ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return Pairs<V>::template mul_exact_as<ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return Pairs<V>::template mul_exact_as<ScaleForm::kWide>(task);
  }
}

/// The nearest integer to x * x_factor + y * y_factor + offset.
template <class V>
void add_float(const PairTask& task) {
  if (!V::rounds_to_nearest()) return add_exact<V>(task);
  using P = Pairs<V>;
  const typename P::Floats x_factor(task.x_factor), y_factor(task.y_factor), offset(task.offset);
  map_run<V>(
      task, [&](const int8_t* x, const int8_t* y) __attribute__((always_inline)) {
        const auto partial = xsimd::fma(P::to_float(y), y_factor, offset);
        return typename V::I32(xsimd::nearbyint_as_int(xsimd::fma(P::to_float(x), x_factor, partial)));
      });
}

/// The nearest integer to the product times x_factor; the product itself is exact.
template <class V>
void mul_float(const PairTask& task) {
  if (!V::rounds_to_nearest()) return mul_exact<V>(task);
  using P = Pairs<V>;
  const typename P::Floats factor(task.x_factor);
  const typename P::Floats x_zero(static_cast<float>(task.x_zero_point)), y_zero(static_cast<float>(task.y_zero_point));
  map_run<V>(
      task, [&](const int8_t* x, const int8_t* y) __attribute__((always_inline)) {
        const auto product = (P::to_float(x) - x_zero) * (P::to_float(y) - y_zero);
        return typename V::I32(xsimd::nearbyint_as_int(product * factor));
      });
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ELEMENTWISE_HPP_
