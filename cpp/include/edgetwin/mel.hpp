// Banks of triangular filters, evenly spaced in mel.
#ifndef EDGETWIN_MEL_HPP_
#define EDGETWIN_MEL_HPP_

#include "edgetwin/real.hpp"
#include "edgetwin/wide.hpp"

namespace edgetwin::real {

/// Bins at which filters begin, peak and end: filter i from edges[i] over edges[i + 1] to edges[i + 2].
/// bins   that the frequencies 0 to rate_hz are spread over: fft_length + 1; versions below 4 of Edge Impulse's blocks
///        take half of it, and so place each filter at half its frequency
/// edges  [filters + 2]
inline void mel_edges(int32_t filters, double low_hz, double high_hz, double rate_hz, int32_t bins, int32_t* edges) {
  const auto mel = [](double hz) { return product(1127.0, wide_log(1.0 + hz / 700.0)); };
  const double low = mel(low_hz), step = (mel(high_hz) - low) / (filters + 1);
  for (int32_t i = 0; i < filters + 2; ++i) {
    const double at = (product(step, static_cast<double>(i)) + low) / 1127.0;
    const double hz = product(700.0, wide_exp(at) - 1.0) - (i == filters + 1 ? 0.001 : 0.0);
    const double bin = product(static_cast<double>(bins), hz) / rate_hz;
    edges[i] = bin < 0 ? -1 : static_cast<int32_t>(bin);
  }
}

/// The first filter that no bin reaches, or -1.
[[nodiscard]] inline int32_t empty_filter(int32_t filters, const int32_t* edges) {
  for (int32_t i = 0; i < filters; ++i) {
    if (edges[i] == edges[i + 2]) return i;
  }
  return -1;
}

/// Calls visit(bin, weight) for the bins of the filter between three edges; weights rise to 1 and fall.
template <class Scalar, class Visitor>
[[gnu::always_inline]] inline void for_each_weight(const int32_t* edges, Visitor&& visit) {
  const int32_t low = edges[0], centre = edges[1], high = edges[2];
  for (int32_t k = low + 1; k < centre; ++k) visit(k, static_cast<Scalar>(k - low) / static_cast<Scalar>(centre - low));
  visit(centre, Scalar(1));
  for (int32_t k = centre + 1; k < high; ++k) {
    visit(k, static_cast<Scalar>(high - k) / static_cast<Scalar>(high - centre));
  }
}

/// What those weights add up to.
[[nodiscard, gnu::always_inline]] inline float weight_sum(const int32_t* edges) {
  const int32_t rising = edges[1] - edges[0], falling = edges[2] - edges[1];
  return 0.5F * static_cast<float>(2 + (rising > 0 ? rising - 1 : 0) + (falling > 0 ? falling - 1 : 0));
}

/// How many bins that filter has.
[[nodiscard]] constexpr int32_t weight_count(const int32_t* edges) {
  const int32_t rising = edges[1] - edges[0], falling = edges[2] - edges[1];
  return 1 + (rising > 0 ? rising - 1 : 0) + (falling > 0 ? falling - 1 : 0);
}

/// The weights of all filters behind one another, [the sum of their weight_count()].
inline void mel_weights(int32_t filters, const int32_t* edges, float* weights) {
  for (int32_t i = 0; i < filters; ++i) {
    for_each_weight<float>(edges + i, [&](int32_t, float weight) { *weights++ = weight; });
  }
}

/// A filter's sum of weighted powers.
template <class Real>
[[nodiscard]] inline Real mel_energy(const int32_t* edges, const Real* power) {
  Real sum(0.0F);
  for_each_weight<float>(edges, [&](int32_t bin, float weight) { sum = sum + product(power[bin], Real(weight)); });
  return sum;
}

/// The energies of all filters.
/// weights   of mel_weights(); null where there are none, which costs a division for each
/// energies  [filters]
template <class Real>
inline void mel_energies(int32_t filters, const int32_t* edges, const float* weights, const Real* power,
                         Real* energies) {
  for (int32_t i = 0; i < filters; ++i) {
    if (weights == nullptr) {
      energies[i] = mel_energy(edges + i, power);
      continue;
    }
    const int32_t first = edges[i] < edges[i + 1] ? edges[i] + 1 : edges[i + 1], count = weight_count(edges + i);
    Real sum(0.0F);
    for (int32_t k = 0; k < count; ++k) sum = sum + product(power[first + k], Real(weights[k]));
    energies[i] = sum;
    weights += count;
  }
}

}  // namespace edgetwin::real

#endif  // EDGETWIN_MEL_HPP_
