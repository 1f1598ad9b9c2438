// Rows of a product cut into tiles.
#ifndef EDGETWIN_HOST_TILING_HPP_
#define EDGETWIN_HOST_TILING_HPP_

#include <cstdint>
#include <vector>

#include "host/simd/kernels.hpp"

namespace edgetwin::host {

/// Lines of equally spaced rows, as the pixels of a convolution's output are. Input distances are in bytes, output
/// distances in elements.
struct RowGrid {
  int64_t lines;
  int64_t width;  ///< rows of a line
  int64_t input_first;
  int64_t input_line;
  int64_t input_step;
  int64_t output_first;
  int64_t output_line;
  int64_t output_step;
};

/// Runs of contiguous groups, bytes apart. Where runs are single groups those of a line, or of a column, are taken for
/// one run: the inner loop is the long one.
[[nodiscard]] inline simd::Depth spread_depth(int64_t runs_y, int64_t runs_x, int64_t step_y, int64_t step_x,
                                              int64_t groups) {
  constexpr int64_t group_bytes = 4;
  const auto depth = [](auto... values) { return simd::Depth{static_cast<int32_t>(values)...}; };
  if (groups != 1) return depth(runs_y, runs_x, step_y, step_x, groups, group_bytes);
  if (runs_x > 1) return depth(runs_y, 1, step_y, 0, runs_x, step_x);
  return depth(1, 1, 0, 0, runs_y, step_y);
}

/// Rows of a tile of `blocks` blocks of channels at most: three quarters of the registers hold their sums.
[[nodiscard]] constexpr int64_t most_tile_rows(const simd::Kernels& kernels, int64_t blocks) {
  return kernels.registers * 3 / 4 / blocks;
}

/// Tiles of at most `most_rows` rows that cover the grid.
[[nodiscard]] std::vector<simd::TileJob> tile_grid(const RowGrid& grid, int64_t most_rows, int64_t blocks);

/// Tiles for the maximum over windows of pool_h (1 or 2) lines by pool_w (1 to 3) rows that do not overlap and cover
/// the grid, the last of them in part; the output distances of `grid` are those of the maxima.
[[nodiscard]] std::vector<simd::TileJob> tile_pooled_grid(const RowGrid& grid, int64_t pool_h, int64_t pool_w,
                                                          int64_t most_rows);

/// Neighbouring rows of the grid for LineTask, or nothing where other tiles are as good: lines are short, or windows do
/// not divide them. The last tile of a line ends with it, and makes again what the one before it made.
[[nodiscard]] std::vector<simd::LineJob> tile_lines(const RowGrid& grid, int64_t pool_h, int64_t pool_w);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_TILING_HPP_
