// The element-wise part of an LSTM's time step, for any level: gates, curves, cell and hidden state in lanes of int32.
#ifndef EDGETWIN_HOST_SIMD_LSTM_HPP_
#define EDGETWIN_HOST_SIMD_LSTM_HPP_

#include <xsimd/xsimd.hpp>

#include "host/simd/element_tasks.hpp"
#include "host/simd/words.hpp"

namespace edgetwin::host::simd {
namespace {

template <class V, ScaleForm F>
class LstmUpdate {
  using Ints = xsimd::batch<int32_t, typename V::Arch>;

 public:
  explicit LstmUpdate(const LstmTask& task) : task_(task), range_(task.output) {}

  /// `count` units from `unit` on, at most a vector.
  [[gnu::always_inline]] inline void run(int64_t unit, int32_t count) const {
    const Ints input_gate = logistic(gate(0, unit));
    const Ints forget_gate = logistic(gate(1, unit));
    const Ints cell_gate = tanh(gate(2, unit) * Ints(3));
    const Ints output_gate = logistic(gate(3, unit));
    const Ints kept = to_words(scaled(forget_gate * load_words<V>(task_.cell + unit, count), kForgetToCell));
    const Ints added = to_words(scaled(input_gate * cell_gate, kInputToCell));
    const Ints cell = clamped(kept + added, task_.cell_low, task_.cell_high);
    store_words<V>(cell, task_.cell + unit, count);
    const Ints place = (cell * Ints(task_.cell_factor) + Ints(task_.cell_half)) >> task_.cell_shift;
    const Ints product = tanh(place) * output_gate;
    auto* const hidden = reinterpret_cast<typename V::Byte*>(task_.hidden + unit);
    V::store_some(V::template scaled<F>(product, task_.scales[kHidden], task_.output), hidden, count, false, range_);
  }

 private:
  [[gnu::always_inline]] static inline Ints clamped(Ints x, int32_t low, int32_t high) {
    return xsimd::min(xsimd::max(x, Ints(low)), Ints(high));
  }
  [[gnu::always_inline]] static inline Ints to_words(Ints x) { return clamped(x, INT16_MIN, INT16_MAX); }

  [[gnu::always_inline]] inline Ints scaled(Ints sums, int32_t scale) const {
    return V::template scaled<F>(sums, task_.scales[scale], task_.products);
  }

  [[gnu::always_inline]] inline Ints gate(int32_t index, int64_t unit) const {
    const int64_t at = index * task_.row + unit;
    const Ints from_input = scaled(Ints::load_unaligned(task_.from_input + at), 2 * index);
    const Ints from_hidden = scaled(Ints::load_unaligned(task_.from_hidden + at), 2 * index + 1);
    return to_words(to_words(from_input) + clamped(from_hidden, task_.from_hidden_low, task_.from_hidden_high));
  }

  /// The curve's value where its steps are 2^bits wide, times 2^bits; linear in between.
  [[gnu::always_inline]] inline Ints on_curve(Ints magnitude, int32_t bits) const {
    // The last entry stands for all that come after it.
    const Ints entry = Ints::gather(task_.curve, xsimd::min(magnitude >> bits, Ints(255)));
    const Ints between = magnitude & Ints((1 << bits) - 1);
    return ((entry & Ints(0xFFFF)) << bits) + between * (entry >> 16);
  }

  /// detail::table_logistic(value, 3, 0). Steps of 2^9 end at 192, so the last entry is not reached.
  [[gnu::always_inline]] inline Ints logistic(Ints value) const {
    const Ints x = value * Ints(3);
    const Ints curve = on_curve(xsimd::abs(x), 9);
    return xsimd::select(x < Ints(0), Ints((1 << 25) + (1 << 9) - 1) - curve, curve + Ints(1 << 9)) >> 10;
  }

  /// detail::table_tanh() of a value that is scaled to the table already.
  [[gnu::always_inline]] inline Ints tanh(Ints x) const {
    const Ints curve = on_curve(xsimd::abs(x), 8) - Ints(1 << 23);
    return xsimd::select(x < Ints(0), Ints((1 << 7) - 1) - curve, curve + Ints(1 << 7)) >> 8;
  }

  const LstmTask& task_;
  typename V::Range range_;
};

template <class V, ScaleForm F>
void lstm_update_as(const LstmTask& task) {
  const LstmUpdate<V, F> update(task);
  int64_t unit = 0;
  for (; unit + V::kLanes <= task.units; unit += V::kLanes) update.run(unit, V::kLanes);
  if (unit < task.units) update.run(unit, static_cast<int32_t>(task.units - unit));
}

template <class V>
void lstm_update(const LstmTask& task) {
  switch (task.products.form) {
    case ScaleForm::kUncorrected: return lstm_update_as<V, ScaleForm::kUncorrected>(task);
    case ScaleForm::kCorrected: return lstm_update_as<V, ScaleForm::kCorrected>(task);
    case ScaleForm::kWide: return lstm_update_as<V, ScaleForm::kWide>(task);
  }
}

}  // namespace
}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_LSTM_HPP_
