// Cepstra of mel energies, and means and variances over frames that slide.
#ifndef EDGETWIN_CEPSTRUM_HPP_
#define EDGETWIN_CEPSTRUM_HPP_

#include "edgetwin/fft.hpp"
#include "edgetwin/moments.hpp"

namespace edgetwin::real {

/// table[i] = cos(pi i / (2 size)), i = 0 .. size: all that the cosine transform of `size` values needs.
inline void cepstrum_table(int32_t size, float* table) {
  for (int32_t i = 0; i <= size; ++i) {
    const double value = 2 * i <= size ? detail::cosine_of_turn(i, 4 * size) : detail::sine_of_turn(size - i, 4 * size);
    table[i] = static_cast<float>(value);
  }
}

/// c_k = sqrt(2 / size) sum over j of values[j] cos(pi k (2 j + 1) / (2 size)), for k > 0. The mean is taken off first:
/// it changes nothing but what rounding loses.
template <class Real>
inline void cepstrum(Real* values, int32_t size, const float* table, int32_t count, Real* cepstra) {
  const Real level = mean(values, size);
  for (int32_t j = 0; j < size; ++j) values[j] = kept(values[j] - level);
  const Real factor = Lanes<Real>::square_root(Real(2.0F / static_cast<float>(size)));
  for (int32_t k = 1; k < count; ++k) {
    Real sum(0.0F);
    int32_t angle = k;  // in quarters of a turn / size
    for (int32_t j = 0; j < size; ++j) {
      const int32_t half = angle <= 2 * size ? angle : 4 * size - angle;
      const float cosine = half <= size ? table[half] : -table[2 * size - half];
      sum = sum + product(values[j], Real(cosine));
      angle += 2 * k;
      if (angle >= 4 * size) angle -= 4 * size;
    }
    cepstra[k] = product(sum, factor);
  }
}

namespace detail {

/// Rows before the first and behind the last one mirror, again and again.
[[nodiscard, gnu::always_inline]] inline int32_t mirrored(int32_t row, int32_t rows) {
  int32_t at = row % (2 * rows);
  if (at < 0) at += 2 * rows;
  return at < rows ? at : 2 * rows - 1 - at;
}

/// What is in the frames around one: sums that lose next to nothing when a value leaves.
template <class Real>
struct Sliding {
  Sum<Real> first, second;
  void add(Real value) {
    first.add(value);
    second.add(product(value, value));
  }
  void remove(Real value) {
    first.add(-value);
    second.add(-product(value, value));
  }
};

}  // namespace detail

/// Takes the mean over `window` frames around each off it, and, where asked for, divides what is left by its standard
/// deviation over as many. One column of the features.
/// column   [frames], replaced
/// scratch  [frames]
/// window   odd
template <class Real>
inline void normalise_column(int32_t frames, int32_t window, bool variance, Real* column, Real* scratch) {
  const int32_t half = window / 2;
  const Real count(static_cast<float>(window));
  Sum<Real> sum;
  for (int32_t i = -half; i <= half; ++i) sum.add(column[detail::mirrored(i, frames)]);
  for (int32_t i = 0; i < frames; ++i) {
    scratch[i] = column[i] - quotient(sum.value(), count);
    sum.add(-column[detail::mirrored(i - half, frames)]);
    sum.add(column[detail::mirrored(i + half + 1, frames)]);
  }
  if (!variance) {
    for (int32_t i = 0; i < frames; ++i) column[i] = scratch[i];
    return;
  }
  detail::Sliding<Real> around;
  for (int32_t i = -half; i <= half; ++i) around.add(scratch[detail::mirrored(i, frames)]);
  for (int32_t i = 0; i < frames; ++i) {
    const Real level = quotient(around.first.value(), count);
    const Real spread = larger(quotient(around.second.value(), count) - product(level, level), Real(0.0F));
    column[i] = quotient(scratch[i], Lanes<Real>::square_root(spread) + Real(1e-10F));
    around.remove(scratch[detail::mirrored(i - half, frames)]);
    around.add(scratch[detail::mirrored(i + half + 1, frames)]);
  }
}

/// (values - least) / (greatest - least) over all of them; zeros where they are equal.
/// keep_zero  leaves the values as they are if the least or the greatest is 0
inline void stretch_to_unit(float* values, int32_t size, bool keep_zero) {
  float least = values[0], greatest = values[0];
  for (int32_t i = 1; i < size; ++i) {
    least = smaller(values[i], least);
    greatest = larger(values[i], greatest);
  }
  if (keep_zero && (least == 0.0F || greatest == 0.0F)) return;
  const float range = greatest - least;
  for (int32_t i = 0; i < size; ++i) values[i] = range > 0.0F ? kept(values[i] - least) / range : 0.0F;
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_CEPSTRUM_HPP_
