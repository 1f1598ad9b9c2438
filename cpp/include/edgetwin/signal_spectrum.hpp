// TFLite Micro's signal operators up to the spectrum's energy: window, automatic scale, real FFT, energy; int16 codes
// without quantization.
#ifndef EDGETWIN_SIGNAL_SPECTRUM_HPP_
#define EDGETWIN_SIGNAL_SPECTRUM_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct SignalWindowParams {
  int32_t windows;  ///< >= 1; each `size` samples long
  int32_t size;     ///< >= 1
  int32_t shift;    ///< [0, 31]; fractional bits of the weights
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_window_fields(Params& p, Visitor&& visit) {
  visit("windows", p.windows);
  visit("size", p.size);
  visit("shift", p.shift);
}

[[nodiscard]] constexpr Status signal_window_check(const SignalWindowParams& p) {
  if (!fits_int32(p.windows, p.size)) return Status::kBadShape;
  return p.shift < 0 || p.shift > 31 ? Status::kBadShift : Status::kOk;
}

/// output = saturate(input * weights >> shift).
///
/// input, output [windows, size] int16
/// weights       [size] int16
/// `p` passed signal_window_check; no scratch.
inline void signal_window_s16(const SignalWindowParams& p, const int16_t* input, const int16_t* weights,
                              int16_t* output) {
  for (int32_t window = 0; window < p.windows; ++window) {
    for (int32_t i = 0; i < p.size; ++i) *output++ = saturate<int16_t>((int32_t{*input++} * weights[i]) >> p.shift);
  }
}

struct SignalFftAutoScaleParams {
  int32_t size;  ///< >= 1
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_fft_auto_scale_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
}

[[nodiscard]] constexpr Status signal_fft_auto_scale_check(const SignalFftAutoScaleParams& p) {
  return p.size < 1 ? Status::kBadShape : Status::kOk;
}

/// Bits up to the highest that is set, 0 for 0.
template <class Unsigned>
[[nodiscard]] constexpr int32_t bit_length(Unsigned value) {
  int32_t bits = 0;
  for (; value != 0; value = static_cast<Unsigned>(value >> 1)) ++bits;
  return bits;
}

/// Shifts all samples left by the bits that the largest magnitude leaves free.
///
/// input, output [size] int16
/// scale_bits    [1] int32, the shift: [0, 14]; 0 where all samples are 0
/// `p` passed signal_fft_auto_scale_check; no scratch. The largest magnitude is an int16 as in the reference: after
/// -32768, whose magnitude wraps to itself, the search begins anew, so that what came before may wrap in the output.
inline void signal_fft_auto_scale_s16(const SignalFftAutoScaleParams& p, const int16_t* input, int16_t* output,
                                      int32_t* scale_bits) {
  int16_t largest = 0;
  for (int32_t i = 0; i < p.size; ++i) {
    if (input[i] > largest) {
      largest = input[i];
    } else if (-int32_t{input[i]} > largest) {
      largest = static_cast<int16_t>(-int32_t{input[i]});
    }
  }
  const int32_t shift = largest <= 0 ? 0 : 15 - bit_length(static_cast<uint16_t>(largest));
  for (int32_t i = 0; i < p.size; ++i) output[i] = static_cast<int16_t>(int32_t{input[i]} * (int32_t{1} << shift));
  *scale_bits = shift;
}

struct SignalRfftParams {
  int32_t rows;        ///< >= 1
  int32_t size;        ///< [1, fft_length]; samples of a row, zeros follow
  int32_t fft_length;  ///< a power of two of [4, 32768]
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_rfft_fields(Params& p, Visitor&& visit) {
  visit("rows", p.rows);
  visit("size", p.size);
  visit("fft_length", p.fft_length);
}

[[nodiscard]] constexpr Status signal_rfft_check(const SignalRfftParams& p) {
  if (p.fft_length < 4 || p.fft_length > 32768 || (p.fft_length & (p.fft_length - 1)) != 0) return Status::kBadShape;
  if (p.size < 1 || p.size > p.fft_length) return Status::kBadShape;
  return fits_int32(p.rows, p.fft_length + 2) ? Status::kOk : Status::kBadShape;
}

namespace detail {

/// int16 as they lie in the operator's output and in tables: real part, then imaginary part.
struct ComplexS16 {
  int16_t real, imaginary;
};

/// Sums wrap, as the reference's do; what fixed-point FFTs are scaled for keeps them from it.
[[nodiscard]] constexpr ComplexS16 complex_s16(int32_t real, int32_t imaginary) {
  return {static_cast<int16_t>(real), static_cast<int16_t>(imaginary)};
}

[[nodiscard]] constexpr ComplexS16 operator+(ComplexS16 a, ComplexS16 b) {
  return complex_s16(a.real + b.real, a.imaginary + b.imaginary);
}

[[nodiscard]] constexpr ComplexS16 operator-(ComplexS16 a, ComplexS16 b) {
  return complex_s16(a.real - b.real, a.imaginary - b.imaginary);
}

/// Q15, rounded half up.
[[nodiscard]] constexpr int32_t round_q15(int32_t value) { return (value + (1 << 14)) >> 15; }

/// By a table's entry, whose parts lie in [-32767, 32767]: no sum passes int32.
[[nodiscard]] constexpr ComplexS16 times(ComplexS16 a, ComplexS16 entry) {
  return complex_s16(round_q15(a.real * entry.real - a.imaginary * entry.imaginary),
                     round_q15(a.real * entry.imaginary + a.imaginary * entry.real));
}

/// A quotient by 2 or 4 as the reference forms it: times 32767 / divisor, itself cut, in Q15.
[[nodiscard]] constexpr ComplexS16 divided(ComplexS16 a, int32_t divisor) {
  const int32_t factor = 32767 / divisor;
  return complex_s16(round_q15(a.real * factor), round_q15(a.imaginary * factor));
}

[[nodiscard]] inline ComplexS16 entry_of(const int16_t* table, int32_t index) {
  return {table[2 * index], table[2 * index + 1]};
}

/// `m` butterflies of radix 2 over 2 m values.
inline void butterflies_2(ComplexS16* values, int32_t m, int32_t stride, const int16_t* twiddles) {
  for (int32_t i = 0; i < m; ++i) {
    const ComplexS16 first = divided(values[i], 2);
    const ComplexS16 turned = times(divided(values[i + m], 2), entry_of(twiddles, i * stride));
    values[i + m] = first - turned;
    values[i] = first + turned;
  }
}

/// `m` butterflies of radix 4 over 4 m values.
inline void butterflies_4(ComplexS16* values, int32_t m, int32_t stride, const int16_t* twiddles) {
  for (int32_t i = 0; i < m; ++i) {
    ComplexS16* const v = values + i;
    const ComplexS16 first = divided(v[0], 4);
    const ComplexS16 a = times(divided(v[m], 4), entry_of(twiddles, i * stride));
    const ComplexS16 b = times(divided(v[2 * m], 4), entry_of(twiddles, 2 * i * stride));
    const ComplexS16 c = times(divided(v[3 * m], 4), entry_of(twiddles, 3 * i * stride));
    const ComplexS16 sum = first + b, difference = first - b, outer = a + c, turn = a - c;
    v[2 * m] = sum - outer;
    v[0] = sum + outer;
    v[m] = complex_s16(difference.real + turn.imaginary, difference.imaginary - turn.real);
    v[3 * m] = complex_s16(difference.real - turn.imaginary, difference.imaginary + turn.real);
  }
}

/// FFT of `size` complex values, divided by `size`, in place: stages of radix 4, and one of radix 2 in front of the
/// first where `size` is no power of four. The values lie in the order in which the stages take them.
inline void complex_fft_s16(ComplexS16* values, int32_t size, const int16_t* twiddles) {
  int32_t m = 1;
  if ((bit_length(static_cast<uint32_t>(size)) & 1) == 0) {
    for (int32_t at = 0; at < size; at += 2) butterflies_2(values + at, 1, size / 2, twiddles);
    m = 2;
  }
  for (; m < size; m *= 4) {
    for (int32_t at = 0; at < size; at += 4 * m) butterflies_4(values + at, m, size / (4 * m), twiddles);
  }
}

/// Where the value at `position` of complex_fft_s16's order comes from: its digits to the base 4 (the last of base 2
/// where `size` is no power of four) the other way round.
[[nodiscard]] constexpr int32_t fft_source(int32_t position, int32_t size) {
  int32_t source = 0, step = 1;
  for (int32_t rest = size; rest > 1;) {
    const int32_t radix = rest % 4 == 0 ? 4 : 2;
    rest /= radix;
    source += position / rest * step;
    position %= rest;
    step *= radix;
  }
  return source;
}

/// The spectrum of real values from the FFT of pairs of them; `half` values of it.
inline void real_spectrum_s16(const ComplexS16* pairs, int32_t half, const int16_t* split_twiddles, int16_t* output) {
  const auto put = [output](int32_t bin, ComplexS16 value) {
    output[2 * bin] = value.real;
    output[2 * bin + 1] = value.imaginary;
  };
  const ComplexS16 ends = divided(pairs[0], 2);
  put(0, complex_s16(ends.real + ends.imaginary, 0));
  put(half, complex_s16(ends.real - ends.imaginary, 0));
  for (int32_t k = 1; k <= half / 2; ++k) {
    const ComplexS16 near = divided(pairs[k], 2);
    const ComplexS16 mirrored = pairs[half - k];
    const ComplexS16 far = divided(complex_s16(mirrored.real, -mirrored.imaginary), 2);
    const ComplexS16 even = near + far;
    const ComplexS16 odd = times(near - far, entry_of(split_twiddles, k - 1));
    put(k, complex_s16((even.real + odd.real) >> 1, (even.imaginary + odd.imaginary) >> 1));
    put(half - k, complex_s16((even.real - odd.real) >> 1, (odd.imaginary - even.imaginary) >> 1));
  }
}

}  // namespace detail

/// output = FFT of each row with zeros behind, divided by fft_length, in int16.
///
/// input          [rows, size] int16
/// twiddles       [fft_length / 2, 2] int16: cos and sin of -2 pi i / (fft_length / 2), times 32767, rounded half up
/// split_twiddles [fft_length / 4, 2] int16: the same of -pi ((i + 1) / (fft_length / 2) + 1 / 2)
/// output         [rows, fft_length / 2 + 1, 2] int16: real and imaginary parts
/// scratch        fft_length int16
/// `p` passed signal_rfft_check, tables lie in [-32767, 32767].
inline void signal_rfft_s16(const SignalRfftParams& p, const int16_t* input, const int16_t* twiddles,
                            const int16_t* split_twiddles, int16_t* output, detail::ComplexS16* scratch) {
  const int32_t half = p.fft_length / 2;
  for (int32_t row = 0; row < p.rows; ++row) {
    for (int32_t i = 0; i < half; ++i) {
      const int32_t at = 2 * detail::fft_source(i, half);
      scratch[i] = detail::complex_s16(at < p.size ? input[at] : 0, at + 1 < p.size ? input[at + 1] : 0);
    }
    detail::complex_fft_s16(scratch, half, twiddles);
    detail::real_spectrum_s16(scratch, half, split_twiddles, output);
    input += p.size;
    output += p.fft_length + 2;
  }
}

struct SignalEnergyParams {
  int32_t bins;         ///< >= 1
  int32_t start_index;  ///< [0, end_index]; the first bin that is computed
  int32_t end_index;    ///< [start_index, bins]; the bin behind the last
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_signal_energy_fields(Params& p, Visitor&& visit) {
  visit("bins", p.bins);
  visit("start_index", p.start_index);
  visit("end_index", p.end_index);
}

[[nodiscard]] constexpr Status signal_energy_check(const SignalEnergyParams& p) {
  if (!fits_int32(p.bins, 2)) return Status::kBadShape;
  return p.start_index < 0 || p.start_index > p.end_index || p.end_index > p.bins ? Status::kBadParameter : Status::kOk;
}

/// output = real^2 + imaginary^2 of the bins from start_index to end_index; 0 elsewhere, where the reference leaves
/// what lay there.
///
/// input  [bins, 2] int16
/// output [bins] uint32
/// `p` passed signal_energy_check; no scratch.
inline void signal_energy_s16(const SignalEnergyParams& p, const int16_t* input, uint32_t* output) {
  for (int32_t i = 0; i < p.bins; ++i) {
    const int32_t real = input[2 * i], imaginary = input[2 * i + 1];
    const bool inside = i >= p.start_index && i < p.end_index;
    output[i] = inside ? static_cast<uint32_t>(real * real) + static_cast<uint32_t>(imaginary * imaginary) : 0;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_SIGNAL_SPECTRUM_HPP_
