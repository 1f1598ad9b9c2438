// TFLite Micro's signal operators behind the spectrum's energy: filter bank, square root, spectral subtraction, gain
// control and logarithm; unsigned integers without quantization.
#ifndef EDGETWIN_SIGNAL_FILTER_BANK_HPP_
#define EDGETWIN_SIGNAL_FILTER_BANK_HPP_

#include "edgetwin/signal_spectrum.hpp"

namespace edgetwin {

struct SignalFilterBankParams {
  int32_t num_channels;  ///< >= 1
  int32_t bins;          ///< >= 1; of the input
  int32_t weights_size;  ///< >= 1; of weights and unweights
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_filter_bank_fields(Params& p, Visitor&& visit) {
  visit("num_channels", p.num_channels);
  visit("bins", p.bins);
  visit("weights_size", p.weights_size);
}

[[nodiscard]] constexpr Status signal_filter_bank_check(const SignalFilterBankParams& p) {
  return p.num_channels == kInt32Max || !fits_int32(p.num_channels) || !fits_int32(p.bins) ||
                 !fits_int32(p.weights_size)
             ? Status::kBadShape
             : Status::kOk;
}

/// Whether every channel's range lies inside input and weights; each array has num_channels + 1 elements.
[[nodiscard]] inline Status signal_filter_bank_check_ranges(const SignalFilterBankParams& p,
                                                            const int16_t* frequency_starts,
                                                            const int16_t* weight_starts, const int16_t* widths) {
  for (int32_t i = 0; i <= p.num_channels; ++i) {
    if (widths[i] < 0 || frequency_starts[i] < 0 || weight_starts[i] < 0) return Status::kBadParameter;
    if (frequency_starts[i] + widths[i] > p.bins || weight_starts[i] + widths[i] > p.weights_size) {
      return Status::kBadParameter;
    }
  }
  return Status::kOk;
}

/// A channel's sum is that of its own range times weights and of the range before times unweights: neighbouring
/// filters overlap by half. The first range only falls, into no channel of its own. Sums wrap modulo 2^64.
///
/// input                    [bins] uint32
/// weights, unweights       [weights_size] int16
/// frequency_starts, weight_starts, widths [num_channels + 1] int16, passed signal_filter_bank_check_ranges
/// output                   [num_channels] uint64
/// `p` passed signal_filter_bank_check; no scratch.
inline void signal_filter_bank_u32(const SignalFilterBankParams& p, const uint32_t* input, const int16_t* weights,
                                   const int16_t* unweights, const int16_t* frequency_starts,
                                   const int16_t* weight_starts, const int16_t* widths, uint64_t* output) {
  const auto widened = [](int16_t weight) { return static_cast<uint64_t>(int64_t{weight}); };
  uint64_t falling = 0;
  for (int32_t i = 0; i <= p.num_channels; ++i) {
    uint64_t rising = falling;
    falling = 0;
    const uint32_t* const energy = input + frequency_starts[i];
    for (int32_t j = 0; j < widths[i]; ++j) {
      rising += widened(weights[weight_starts[i] + j]) * energy[j];
      falling += widened(unweights[weight_starts[i] + j]) * energy[j];
    }
    if (i > 0) output[i - 1] = rising;
  }
}

struct SignalSquareRootParams {
  int32_t size;  ///< >= 1
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_square_root_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
}

[[nodiscard]] constexpr Status signal_square_root_check(const SignalSquareRootParams& p) {
  return p.size < 1 ? Status::kBadShape : Status::kOk;
}

/// The square root rounded to nearest, at most the largest that half the bits hold.
template <class Unsigned>
[[nodiscard]] constexpr uint32_t rounded_square_root(Unsigned value) {
  Unsigned root = 0;
  Unsigned bit = static_cast<Unsigned>(Unsigned{1} << (sizeof(Unsigned) * 8 - 2));
  for (; bit != 0; bit = static_cast<Unsigned>(bit >> 2)) {
    const bool fits = value >= root + bit;
    if (fits) value = static_cast<Unsigned>(value - (root + bit));
    root = static_cast<Unsigned>((root >> 1) + (fits ? bit : 0));
  }
  constexpr Unsigned kMost = static_cast<Unsigned>((Unsigned{1} << (sizeof(Unsigned) * 4)) - 1);
  return static_cast<uint32_t>(value > root && root != kMost ? root + 1 : root);
}

/// output = rounded square root >> scale_bits. Below 2^32 the root is of 32 bits, whose largest is 65535.
///
/// input      [size] uint64
/// scale_bits [1] int32, [0, 31]; of any other the five lowest bits count, as on a PC
/// output     [size] uint32
/// `p` passed signal_square_root_check; no scratch.
inline void signal_filter_bank_square_root_u64(const SignalSquareRootParams& p, const uint64_t* input,
                                               const int32_t* scale_bits, uint32_t* output) {
  const uint32_t shift = static_cast<uint32_t>(*scale_bits) & 31;
  for (int32_t i = 0; i < p.size; ++i) {
    const bool narrow = (input[i] >> 32) == 0;
    output[i] =
        (narrow ? rounded_square_root(static_cast<uint32_t>(input[i])) : rounded_square_root(input[i])) >> shift;
  }
}

struct SignalSpectralSubtractionParams {
  int32_t num_channels;                   ///< >= 1
  int32_t smoothing;                      ///< >= 0; weight of the signal in the noise estimate of even channels
  int32_t one_minus_smoothing;            ///< >= 0; weight of the estimate before
  int32_t alternate_smoothing;            ///< >= 0; the same of odd channels
  int32_t alternate_one_minus_smoothing;  ///< >= 0
  int32_t min_signal_remaining;           ///< >= 0; part of the signal that is left at least
  int32_t smoothing_bits;                 ///< [0, 31]; fractional bits of the estimate
  int32_t spectral_subtraction_bits;      ///< [0, 63]; fractional bits of the weights
  int32_t clamping;                       ///< 1: the estimate falls to the signal at once
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_spectral_subtraction_fields(Params& p, Visitor&& visit) {
  visit("num_channels", p.num_channels);
  visit("smoothing", p.smoothing);
  visit("one_minus_smoothing", p.one_minus_smoothing);
  visit("alternate_smoothing", p.alternate_smoothing);
  visit("alternate_one_minus_smoothing", p.alternate_one_minus_smoothing);
  visit("min_signal_remaining", p.min_signal_remaining);
  visit("smoothing_bits", p.smoothing_bits);
  visit("spectral_subtraction_bits", p.spectral_subtraction_bits);
  visit("clamping", p.clamping);
}

[[nodiscard]] constexpr Status signal_spectral_subtraction_check(const SignalSpectralSubtractionParams& p) {
  if (p.num_channels < 1) return Status::kBadShape;
  if (p.smoothing < 0 || p.one_minus_smoothing < 0 || p.alternate_smoothing < 0 ||
      p.alternate_one_minus_smoothing < 0 || p.min_signal_remaining < 0 || p.clamping < 0 || p.clamping > 1) {
    return Status::kBadParameter;
  }
  return p.smoothing_bits < 0 || p.smoothing_bits > 31 || p.spectral_subtraction_bits < 0 ||
                 p.spectral_subtraction_bits > 63
             ? Status::kBadShift
             : Status::kOk;
}

/// Subtracts a running estimate of the noise from each channel. All sums and shifts are of unsigned integers and wrap.
///
/// input, output  [num_channels] uint32
/// noise          [num_channels] uint32, the estimate: read and written
/// noise_estimate [num_channels] uint32, what `noise` is afterwards
/// `p` passed signal_spectral_subtraction_check; no scratch.
inline void signal_filter_bank_spectral_subtraction_u32(const SignalSpectralSubtractionParams& p, const uint32_t* input,
                                                        uint32_t* noise, uint32_t* output, uint32_t* noise_estimate) {
  for (int32_t i = 0; i < p.num_channels; ++i) {
    const bool odd = (i & 1) != 0;
    const uint64_t rate = static_cast<uint32_t>(odd ? p.alternate_smoothing : p.smoothing);
    const uint64_t rest = static_cast<uint32_t>(odd ? p.alternate_one_minus_smoothing : p.one_minus_smoothing);
    const uint32_t signal = input[i] << p.smoothing_bits;
    uint32_t estimate = static_cast<uint32_t>((signal * rate + noise[i] * rest) >> p.spectral_subtraction_bits);
    const uint32_t removed = min_of(estimate, signal);
    if (p.clamping != 0) estimate = removed;
    noise[i] = noise_estimate[i] = estimate;
    const uint64_t remaining = uint64_t{input[i]} * static_cast<uint32_t>(p.min_signal_remaining);
    const uint32_t least = static_cast<uint32_t>(remaining >> p.spectral_subtraction_bits);
    output[i] = max_of((signal - removed) >> p.smoothing_bits, least);
  }
}

struct SignalPcanParams {
  int32_t size;       ///< >= 1
  int32_t snr_shift;  ///< [0, 63]
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_pcan_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("snr_shift", p.snr_shift);
}

[[nodiscard]] constexpr Status signal_pcan_check(const SignalPcanParams& p) {
  if (p.size < 1) return Status::kBadShape;
  return p.snr_shift < 0 || p.snr_shift > 63 ? Status::kBadShift : Status::kOk;
}

/// Entries of the gain's table that noise of 32 bits may reach.
constexpr int32_t kSignalGainEntries = 125;

namespace detail {

/// The gain for a noise estimate: the table's first three entries for 0, 1 and 2, beyond them a parabola for each
/// number of bits, its three coefficients every fourth entry. Sums wrap.
[[nodiscard]] inline int16_t signal_gain(uint32_t noise, const int16_t* table) {
  if (noise <= 2) return table[noise];
  const int32_t bits = bit_length(noise);
  const int16_t* const parabola = table + 4 * bits - 6;
  const int32_t fraction = static_cast<int32_t>((bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3FF);
  const int32_t slope = wrapping_add((parabola[2] * fraction) >> 5, parabola[1] * 32);
  const int32_t rise = wrapping_add(wrapping_mul(slope, fraction), 1 << 14) >> 15;
  return static_cast<int16_t>(wrapping_add(rise, parabola[0]));
}

/// x^2 / 4 below 2, x - 1 from there on; x has 12 fractional bits, the result 6.
[[nodiscard]] constexpr uint32_t signal_shrink(uint32_t x) {
  return x < (2u << 12) ? (x * x) >> 20 : (x >> 6) - (1u << 6);
}

}  // namespace detail

/// output = shrink(input * gain(noise_estimate) >> snr_shift): per-channel automatic gain control.
///
/// input, noise_estimate, output [size] uint32
/// gain                          [kSignalGainEntries] int16
/// `p` passed signal_pcan_check; no scratch.
inline void signal_pcan_u32(const SignalPcanParams& p, const uint32_t* input, const uint32_t* noise_estimate,
                            const int16_t* gain, uint32_t* output) {
  for (int32_t i = 0; i < p.size; ++i) {
    const uint32_t factor = static_cast<uint32_t>(int32_t{detail::signal_gain(noise_estimate[i], gain)});
    output[i] = detail::signal_shrink(static_cast<uint32_t>((uint64_t{input[i]} * factor) >> p.snr_shift));
  }
}

struct SignalLogParams {
  int32_t size;                   ///< >= 1
  int32_t input_correction_bits;  ///< [0, 31]; the input is shifted left by them
  int32_t output_scale;           ///< any; of the logarithm, modulo 2^32
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_log_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
  visit("input_correction_bits", p.input_correction_bits);
  visit("output_scale", p.output_scale);
}

[[nodiscard]] constexpr Status signal_log_check(const SignalLogParams& p) {
  if (p.size < 1) return Status::kBadShape;
  return p.input_correction_bits < 0 || p.input_correction_bits > 31 ? Status::kBadShift : Status::kOk;
}

namespace detail {

constexpr int32_t kLogSegments = 128;

/// What log2(1 + i / 128) has over i / 128, in Q16; 0 at both ends.
struct LogTable {
  int32_t excess[kLogSegments + 1];
};

/// log2(1 + i / 128) bit by bit: squaring a number of [1, 2) doubles its logarithm, whose whole part is the next bit.
[[nodiscard]] constexpr LogTable log_table() {
  constexpr int32_t kBits = 24;
  LogTable table = {};
  for (int32_t i = 0; i < kLogSegments; ++i) {
    uint64_t number = uint64_t{static_cast<uint32_t>(kLogSegments + i)} << 24;  // Q31
    int32_t logarithm = 0;
    for (int32_t bit = 0; bit < kBits; ++bit) {
      number = (number * number) >> 31;
      const bool one = (number >> 32) != 0;
      if (one) number >>= 1;
      logarithm = 2 * logarithm + (one ? 1 : 0);
    }
    table.excess[i] = ((logarithm + (1 << 7)) >> 8) - (i << 9);
  }
  return table;
}

inline constexpr LogTable kLogTable = log_table();

/// The natural logarithm of x >= 2 times `scale`: log2 from its whole part and the table's line, then ln(2) in Q16.
[[nodiscard]] constexpr uint32_t signal_log(uint32_t x, uint32_t scale) {
  const int32_t whole = bit_length(x) - 1;
  const uint32_t above = x - (uint32_t{1} << whole);
  const int32_t fraction = static_cast<int32_t>(whole < 16 ? above << (16 - whole) : above >> (whole - 16));
  const int32_t segment = fraction >> 9;
  const int32_t low = kLogTable.excess[segment], high = kLogTable.excess[segment + 1];
  const int32_t excess = low + (((high - low) * (fraction & 511)) >> 16);
  const uint64_t log2 = static_cast<uint32_t>((whole << 16) + fraction + excess);
  constexpr uint64_t kLn2 = 45426, kHalf = 1 << 15;
  return (scale * static_cast<uint32_t>((kLn2 * log2 + kHalf) >> 16) + static_cast<uint32_t>(kHalf)) >> 16;
}

}  // namespace detail

/// output = min(ln(input << input_correction_bits) * output_scale, 32767); 0 where the shifted input is below 2.
///
/// input  [size] uint32
/// output [size] int16
/// `p` passed signal_log_check; no scratch. As in the reference, the line between two points of the logarithm's table
/// rises by a 128th of what it should.
inline void signal_filter_bank_log_u32(const SignalLogParams& p, const uint32_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.size; ++i) {
    const uint32_t x = input[i] << p.input_correction_bits;
    const uint32_t value = x > 1 ? detail::signal_log(x, static_cast<uint32_t>(p.output_scale)) : 0;
    output[i] = static_cast<int16_t>(min_of(value, uint32_t{kInt16Max}));
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_SIGNAL_FILTER_BANK_HPP_
