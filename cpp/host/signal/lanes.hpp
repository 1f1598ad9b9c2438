// xsimd's vectors as the device core's numbers. Nothing here is fused: files are compiled with -ffp-contract=off, and
// vectors go through no opaque copy.
#ifndef EDGETWIN_HOST_SIGNAL_LANES_HPP_
#define EDGETWIN_HOST_SIGNAL_LANES_HPP_

#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "host/signal/rows.hpp"

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

}  // namespace edgetwin::real

namespace edgetwin::host::signal {
namespace {

template <class Arch>
struct Transfer<xsimd::batch<float, Arch>> {
  using Real = xsimd::batch<float, Arch>;
  [[gnu::always_inline]] static Real gathered(const float* first, const int32_t* offsets) {
    return Real::gather(first, xsimd::batch<int32_t, Arch>::load_unaligned(offsets));
  }
  [[gnu::always_inline]] static void store(const Real& value, float* target) { value.store_unaligned(target); }
};

}  // namespace
}  // namespace edgetwin::host::signal

#endif  // EDGETWIN_HOST_SIGNAL_LANES_HPP_
