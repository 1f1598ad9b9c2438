// Rows times a matrix in float32, without memory of its own, in the order of TFLite Micro's sums.
#ifndef EDGETWIN_HOST_FLOAT32_MATRIX_HPP_
#define EDGETWIN_HOST_FLOAT32_MATRIX_HPP_

#include <Eigen/Core>

#include "host/float32/activation.hpp"

namespace edgetwin::host::float32 {

/// Elements of a matrix with rows of their own distance, row after row.
struct Rows {
  const float* data;
  int64_t pitch;  ///< elements from one row to the next

  [[nodiscard]] const float* row(int64_t index) const { return data + index * pitch; }
};

/// Where products go, and what happens to them on the way.
struct Products {
  float* data;  ///< [count, columns]
  int64_t pitch;
  const float* bias = nullptr;  ///< [columns], added to the finished sum; null for none
  Clamp clamp = {};
  bool onto = false;  ///< sums begin with what is there, not with zero

  [[nodiscard]] Products at(int64_t row, int64_t column) const {
    return {data + row * pitch + column, pitch, bias != nullptr ? bias + column : nullptr, clamp, onto};
  }
};

/// `kCount` rows times `kLanes` columns. Each sum has one order, x[0] w[0] + x[1] w[1] + ..., whatever else is computed
/// beside it: results do not depend on how rows and columns are cut into tiles.
template <int kCount, int kLanes>
inline void multiply_tile(Rows x, int64_t depth, Rows weights, const Products& output) {
  using Lanes = Eigen::Array<float, kLanes, 1>;
  using Map = Eigen::Map<const Lanes>;
  Lanes sums[kCount];
  for (int r = 0; r < kCount; ++r) {
    sums[r] = output.onto ? Lanes(Map(output.data + r * output.pitch)) : Lanes(Lanes::Zero());
  }
  for (int64_t k = 0; k < depth; ++k) {
    const Lanes taps = Map(weights.row(k));
    for (int r = 0; r < kCount; ++r) sums[r] += x.row(r)[k] * taps;
  }
  for (int r = 0; r < kCount; ++r) {
    if (output.bias != nullptr) sums[r] += Map(output.bias);
    Eigen::Map<Lanes>(output.data + r * output.pitch) = sums[r].unaryExpr(output.clamp);
  }
}

template <int kCount>
inline void multiply_rows(Rows x, int64_t depth, Rows weights, int64_t columns, const Products& output) {
  int64_t c = 0;
  const auto tile = [&](auto lanes) {
    constexpr int kLanes = decltype(lanes)::value;
    for (; c + kLanes <= columns; c += kLanes) {
      multiply_tile<kCount, kLanes>(x, depth, {weights.data + c, weights.pitch}, output.at(0, c));
    }
  };
  tile(std::integral_constant<int, 8>{});
  tile(std::integral_constant<int, 4>{});
  tile(std::integral_constant<int, 1>{});
}

/// output = clamp(x * weights + bias).
///
/// x       [count, depth], rows x.pitch apart
/// weights [depth, columns], rows weights.pitch apart
/// output  [count, columns], rows output.pitch apart; no other array
inline void multiply(Rows x, int64_t count, int64_t depth, Rows weights, int64_t columns, const Products& output) {
  constexpr int64_t kTile = 4;
  int64_t r = 0;
  for (; r + kTile <= count; r += kTile) {
    multiply_rows<kTile>({x.row(r), x.pitch}, depth, weights, columns, output.at(r, 0));
  }
  for (; r < count; ++r) multiply_rows<1>({x.row(r), x.pitch}, depth, weights, columns, output.at(r, 0));
}

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_MATRIX_HPP_
