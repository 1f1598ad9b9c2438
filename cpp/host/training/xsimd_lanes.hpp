// xsimd's vectors of floats as the training kernels' lanes.
#ifndef EDGETWIN_HOST_TRAINING_XSIMD_LANES_HPP_
#define EDGETWIN_HOST_TRAINING_XSIMD_LANES_HPP_

#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace edgetwin::host::training {
namespace {

/// The widest of the file's level, which has so many registers. What a level adds is parts of vectors:
///   load_part(place, count)      `count` floats, fewer than there are lanes; zeros behind them
///   store_part(x, place, count)  stores as many
template <int Registers>
struct XsimdLanes {
  using Batch = xsimd::batch<float>;
  static constexpr int kRegisters = Registers;
  static constexpr bool kTurns = true;

  /// Transposes a square of 16 floats a side.
  [[gnu::always_inline]] static void turn(const float* from, int64_t from_row, float* to, int64_t to_row) {
    constexpr int64_t lanes = Batch::size;
    for (int64_t r = 0; r < 16; r += lanes) {
      for (int64_t c = 0; c < 16; c += lanes) {
        Batch square[lanes];
        for (int64_t i = 0; i < lanes; ++i) square[i] = Batch::load_unaligned(from + (r + i) * from_row + c);
        xsimd::transpose(square, square + lanes);
        for (int64_t i = 0; i < lanes; ++i) square[i].store_unaligned(to + (c + i) * to_row + r);
      }
    }
  }
  [[gnu::always_inline]] static Batch fused(const Batch& a, const Batch& b, const Batch& c) {
    return xsimd::fma(a, b, c);
  }
  /// xsimd's own division approximates reciprocals on NEON.
  [[gnu::always_inline]] static Batch quotient(const Batch& a, const Batch& b) { return Batch(a.data / b.data); }
  [[gnu::always_inline]] static Batch root(const Batch& a) { return xsimd::sqrt(a); }
  /// a > b ? x : y
  [[gnu::always_inline]] static Batch if_greater(const Batch& a, const Batch& b, const Batch& x, const Batch& y) {
    return xsimd::select(a > b, x, y);
  }
  /// a == b ? x : y
  [[gnu::always_inline]] static Batch if_equal(const Batch& a, const Batch& b, const Batch& x, const Batch& y) {
    return xsimd::select(a == b, x, y);
  }
};

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_XSIMD_LANES_HPP_
