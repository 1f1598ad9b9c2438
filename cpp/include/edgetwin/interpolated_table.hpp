// Functions of int16 codes as tables of 512 steps, linear between them. The compiler fills the tables.
#ifndef EDGETWIN_INTERPOLATED_TABLE_HPP_
#define EDGETWIN_INTERPOLATED_TABLE_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin::detail {

constexpr int kTableSteps = 512;

struct InterpolatedTable {
  int16_t values[kTableSteps + 1];
};

/// The table's function at `value`, the lowest code at its first entry, the highest code almost at its last.
[[nodiscard]] constexpr int16_t interpolated(const InterpolatedTable& table, int16_t value) {
  const int index = kTableSteps / 2 + (value >> 7);
  const int32_t base = table.values[index];
  const int32_t slope = table.values[index + 1] - base;
  return static_cast<int16_t>(base + ((slope * (value & 0x7F) + 64) >> 7));
}

/// Rounded half away from zero; |value| < 2^31 - 1.
[[nodiscard]] constexpr float rounded(float value) {
  return static_cast<float>(static_cast<int32_t>(static_cast<double>(value) + (value < 0.0F ? -0.5 : 0.5)));
}

/// exp(x) for x in [-16, 0], to the nearest float: a Taylor polynomial of x / 16, its result squared four times.
[[nodiscard]] constexpr float nearest_exp(float x) {
  const double part = static_cast<double>(x) / 16.0;
  double term = 1.0, sum = 1.0;
  for (int i = 1; i < 24; ++i) {
    term *= part / i;
    sum += term;
  }
  for (int i = 0; i < 4; ++i) sum *= sum;
  return static_cast<float>(sum);
}

/// Values of `function` over [low, high] in 1/32768, in TFLite's float32 steps: each is moved by half of the error that
/// interpolation makes in the middle of its step.
template <class Function>
[[nodiscard]] constexpr InterpolatedTable tabulated(float low, float high, Function&& function) {
  constexpr float kScale = 65536.0F / (2.0F / 65535.0F * 32767.0F - 2.0F / 65535.0F * -32768.0F);
  const float step = (high - low) / static_cast<float>(kTableSteps);
  InterpolatedTable table = {};
  for (int i = 0; i < kTableSteps; ++i) {
    const float at = low + static_cast<float>(i) * step;
    const float sample = rounded(function(at) * kScale);
    const float next = function(low + static_cast<float>(i + 1) * step);
    const float between = rounded((next * kScale + sample) / 2.0F);
    const float error = between - rounded(function(at + step / 2.0F) * kScale);
    table.values[i] = saturate<int16_t>(static_cast<int32_t>(sample - rounded(error / 2.0F)));
  }
  table.values[kTableSteps] = saturate<int16_t>(static_cast<int32_t>(rounded(function(high) * kScale)));
  return table;
}

/// exp(x) for x in [-10, 0].
inline constexpr InterpolatedTable kExpTable =
    tabulated(10.0F / 65535.0F * -65535.0F, 10.0F / 65535.0F * 0.0F, [](float x) { return nearest_exp(x); });

/// 1 / (1 + x) for x in [0, 1].
inline constexpr InterpolatedTable kReciprocalTable =
    tabulated(0.0F, 1.0F / 65535.0F * 65535.0F, [](float x) { return 1.0F / (1.0F + x); });

}  // namespace edgetwin::detail

#endif  // EDGETWIN_INTERPOLATED_TABLE_HPP_
