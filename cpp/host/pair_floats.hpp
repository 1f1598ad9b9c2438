// Float32 forms of sums and products of int8: used only where every pair of codes gives the device core's output.
#ifndef EDGETWIN_HOST_PAIR_FLOATS_HPP_
#define EDGETWIN_HOST_PAIR_FLOATS_HPP_

#include <cstdint>
#include <vector>

#include "host/simd/element_tasks.hpp"

namespace edgetwin::host {

constexpr int64_t kPairs = 65536;

/// What a pair of codes should give, [x][y] by their bits.
using PairOutputs = std::vector<int8_t>;

/// The real factors of both operands less their zero points; of a product, x for the whole.
struct PairFactors {
  double x;
  double y;  ///< 0 for a product
  int32_t x_zero_point;
  int32_t y_zero_point;
};

/// Sets the float32 factors of `task` so that `kernel` gives `expected` for all 65,536 pairs, trying the nearest
/// float32 values first, then their neighbours: few pairs lie so near to the middle between two outputs that the last
/// bits decide. False where none of a bounded number of attempts (at most a millisecond) does it.
[[nodiscard]] bool find_factors(simd::PairTask& task, void (*kernel)(const simd::PairTask&), const PairFactors& factors,
                                const PairOutputs& expected);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PAIR_FLOATS_HPP_
