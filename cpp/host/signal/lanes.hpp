// xsimd's vectors as the device core's numbers. Nothing here is fused: files are compiled with -ffp-contract=off, and
// vectors go through no opaque copy.
#ifndef EDGETWIN_HOST_SIGNAL_LANES_HPP_
#define EDGETWIN_HOST_SIGNAL_LANES_HPP_

#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "host/signal/known_length.hpp"
#include "host/signal/transfer.hpp"

namespace edgetwin::real {

template <class Arch>
struct Lanes<xsimd::batch<float, Arch>> {
  using Real = xsimd::batch<float, Arch>;
  using Int = xsimd::batch<int32_t, Arch>;
  using Mask = xsimd::batch_bool<float, Arch>;
  static constexpr int32_t kCount = static_cast<int32_t>(Real::size);

  [[gnu::always_inline]] static Real product(const Real& a, const Real& b) { return a * b; }
  /// xsimd's own quotients and roots are approximations on ARM.
  [[gnu::always_inline]] static Real quotient(const Real& a, const Real& b) {
    using Register = typename Real::register_type;
    return Real(static_cast<Register>(a) / static_cast<Register>(b));
  }
  [[gnu::always_inline]] static Real kept(const Real& x) { return x; }
  [[gnu::always_inline]] static Real select(const Mask& mask, const Real& a, const Real& b) {
    return xsimd::select(mask, a, b);
  }
  [[gnu::always_inline]] static Int bits(const Real& x) { return xsimd::bitwise_cast<int32_t>(x); }
  [[gnu::always_inline]] static Real from_bits(const Int& raw) { return xsimd::bitwise_cast<float>(raw); }
  [[gnu::always_inline]] static Real from_int(const Int& value) { return xsimd::batch_cast<float>(value); }
  [[gnu::always_inline]] static Real square_root(const Real& x) {
    if constexpr (!std::is_base_of_v<xsimd::neon, Arch>) return xsimd::sqrt(x);
    float values[kCount];
    x.store_unaligned(values);
    for (float& value : values) value = __builtin_sqrtf(value);
    return Real::load_unaligned(values);
  }
};

/// The lengths that blocks have as they come, and their neighbours, are known to the compiler.
template <class Arch>
struct Spectrum<xsimd::batch<float, Arch>> {
  using Real = xsimd::batch<float, Arch>;

  static const int32_t* places(int32_t n) {
    switch (n) {
      case 64: return host::signal::kPlaces<64>.values;
      case 128: return host::signal::kPlaces<128>.values;
      case 256: return host::signal::kPlaces<256>.values;
      case 512: return host::signal::kPlaces<512>.values;
      default: return nullptr;
    }
  }

  static void squares_of_placed(Real* values, int32_t n, const float* cosines, Real* power) {
    switch (n) {
      case 64: return host::signal::KnownLength<Real, 64>::squares(values, power);
      case 128: return host::signal::KnownLength<Real, 128>::squares(values, power);
      case 256: return host::signal::KnownLength<Real, 256>::squares(values, power);
      case 512: return host::signal::KnownLength<Real, 512>::squares(values, power);
      default: real_fft(values, n, cosines); return squared_magnitudes(values, n, power);
    }
  }

  static void squares(const Real* values, int32_t count, int32_t n, const float* cosines, Real* work, Real* power) {
    if (n == 16 && count == n) return host::signal::KnownLength<Real, 16>::short_squares(values, power);
    const int32_t* const to = places(n);
    const auto place = [&](int32_t i) { return to == nullptr ? i : to[i]; };
    for (int32_t i = 0; i < count; ++i) work[place(i)] = values[i];
    for (int32_t i = count; i < n; ++i) work[place(i)] = Real(0.0F);
    if (n == 16) return host::signal::KnownLength<Real, 16>::short_squares(work, power);
    squares_of_placed(work, n, cosines, power);
  }
};

}  // namespace edgetwin::real

namespace edgetwin::host::signal {
namespace {

/// xsimd's way; square_512.hpp has another one.
template <class Real>
struct Square {
  [[gnu::always_inline]] static void turn(Real* square) { xsimd::transpose(square, square + Real::size); }
};

template <class Arch>
struct Transfer<xsimd::batch<float, Arch>> {
  using Real = xsimd::batch<float, Arch>;
  [[gnu::always_inline]] static Real gathered(const float* first, const int32_t* offsets) {
    return Real::gather(first, xsimd::batch<int32_t, Arch>::load_unaligned(offsets));
  }
  [[gnu::always_inline]] static Real load(const float* values) { return Real::load_unaligned(values); }
  [[gnu::always_inline]] static void store(const Real& value, float* target) { value.store_unaligned(target); }
  [[gnu::always_inline]] static void turn(Real* square) { Square<Real>::turn(square); }
};

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_LANES_HPP_
