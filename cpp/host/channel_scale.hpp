// Requantization with everything that does not depend on the accumulator folded once.
#ifndef EDGETWIN_HOST_CHANNEL_SCALE_HPP_
#define EDGETWIN_HOST_CHANNEL_SCALE_HPP_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "edgetwin/requantize.hpp"

namespace edgetwin::host {

/// One channel's scale. With v = accumulator * 2^left (modulo 2^32) every rounding mode is
///   (v * multiplier + addend - (v < 0 ? sign_correction : 0)) >> right.
/// Double rounding with shift = -e < 0 folds its two roundings into one because nested floors of integer quotients
/// merge: floor((floor(x / 2^31) + h) / 2^e) = floor((x + h * 2^31) / 2^(31 + e)), h = 2^(e-1) - [v < 0]. The sign of v
/// stands for that of the rounded product: they differ only where both give 0. |v * multiplier| <= 2^62 and addend <=
/// 2^61 + 2^30, so 64 bits do not overflow.
struct ChannelScale {
  int64_t addend;
  int64_t sign_correction;
  int32_t multiplier;
  int16_t left;
  int16_t right;

  ChannelScale(int32_t multiplier_value, int32_t shift, Rounding rounding) : multiplier(multiplier_value) {
    if (rounding == Rounding::kSingle) {
      left = 0;
      right = static_cast<int16_t>(31 - shift);
      addend = int64_t{1} << (30 - shift);
      sign_correction = 0;
    } else {
      const int e = shift < 0 ? -shift : 0;
      left = static_cast<int16_t>(shift > 0 ? shift : 0);
      right = static_cast<int16_t>(31 + e);
      addend = (int64_t{1} << 30) + (e > 0 ? int64_t{1} << (30 + e) : 0);
      sign_correction = e > 0 ? int64_t{1} << 31 : 0;
    }
  }

  [[nodiscard]] int32_t apply(int32_t accumulator) const {
    return apply_shifted(wrapping_shift_left(accumulator, left));
  }

  /// apply() for a value that is shifted left already.
  [[nodiscard]] int32_t apply_shifted(int32_t v) const {
    const int64_t correction = v < 0 ? sign_correction : 0;
    return static_cast<int32_t>((static_cast<int64_t>(v) * multiplier + addend - correction) >> right);
  }
};

[[nodiscard]] inline std::vector<ChannelScale> channel_scales(const int32_t* multiplier, const int32_t* shift,
                                                              int32_t count, Rounding rounding) {
  std::vector<ChannelScale> scales;
  scales.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) scales.emplace_back(multiplier[i], shift[i], rounding);
  return scales;
}

/// Turns a row of accumulators into int8 outputs.
struct OutputStage {
  std::vector<ChannelScale> scales;
  /// What an accumulator starts from; zeros past the last channel, so that a tile may be copied whole.
  std::vector<int32_t> bias;
  bool shifts_left;  ///< some channel's scale is 1 or more
  int32_t zero_point;
  int32_t activation_min;
  int32_t activation_max;

  /// Channels `first` to `first + count`; the accumulators hold their bias already.
  void store(const int32_t* accumulators, int32_t first, int32_t count, int8_t* output) const {
    const ChannelScale* const scale = scales.data() + first;
    if (shifts_left) {
      for (int32_t i = 0; i < count; ++i) output[i] = finished(scale[i].apply(accumulators[i]));
    } else {
      for (int32_t i = 0; i < count; ++i) output[i] = finished(scale[i].apply_shifted(accumulators[i]));
    }
  }

  [[nodiscard]] int8_t finished(int32_t value) const {
    return static_cast<int8_t>(clamp(wrapping_add(value, zero_point), activation_min, activation_max));
  }
};

/// The bias as the start of sums: zeros where there is none, and after the last channel, so that a tile may be copied
/// whole. `tile` is the most that is copied from one position.
[[nodiscard]] inline std::vector<int32_t> sums_of_bias(const int32_t* bias, int32_t channels, int32_t tile) {
  std::vector<int32_t> sums(static_cast<size_t>(channels) + static_cast<size_t>(tile), 0);
  if (bias != nullptr) std::copy_n(bias, channels, sums.begin());
  return sums;
}

/// Makes the output stage of a kernel whose Params have the usual names and whose constants are weights, bias,
/// multiplier and shift.
struct MultiplierOutput {
  using Stage = OutputStage;

  template <class Params>
  [[nodiscard]] static Stage stage(const Params& p, int32_t channels, int32_t tile, const void* const* constants) {
    Stage made = {channel_scales(static_cast<const int32_t*>(constants[2]), static_cast<const int32_t*>(constants[3]),
                                 channels, p.rounding),
                  sums_of_bias(static_cast<const int32_t*>(constants[1]), channels, tile),
                  false,
                  p.output_zero_point,
                  p.activation_min,
                  p.activation_max};
    for (const ChannelScale& scale : made.scales) made.shifts_left = made.shifts_left || scale.left > 0;
    return made;
  }
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_CHANNEL_SCALE_HPP_
