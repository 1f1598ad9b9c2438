#include "host/tiling.hpp"

#include <algorithm>
#include <limits>

namespace edgetwin::host {
namespace {

using simd::TileJob;
using simd::TilePool;

/// A run of rows of one line: the base of a tile.
struct Segment {
  int64_t input;
  int64_t output;
};

/// Index into kTileShapes, or -1.
int32_t shape_of(int64_t bases, int64_t steps) {
  for (int32_t i = 0; i < simd::kTileShapeCount; ++i) {
    if (simd::kTileShapes[i].bases == bases && simd::kTileShapes[i].steps == steps) return i;
  }
  return -1;
}

bool exists(int64_t bases, int64_t steps, int64_t most_rows) {
  return bases * steps <= most_rows && shape_of(bases, steps) >= 0;
}

/// The most bases, 4, 2 or 1, that a tile of these steps may have when `left` segments are left.
int64_t most_bases(int64_t steps, int64_t most_rows, int64_t left, int64_t unit) {
  int64_t bases = simd::kMaxBases;
  while (bases > unit && (bases > left || !exists(bases, steps, most_rows))) bases /= 2;
  return bases;
}

/// Adds tiles over segments of `steps` rows each; for maxima over pairs of bases those come in pairs.
void add_tiles(const std::vector<Segment>& segments, int64_t steps, int64_t most_rows, TilePool pool,
               std::vector<TileJob>& jobs) {
  const int64_t unit = pool == TilePool::kStepsAndPairs ? 2 : 1;
  const int64_t count = static_cast<int64_t>(segments.size());
  for (int64_t i = 0; i < count;) {
    const int64_t bases = most_bases(steps, most_rows, count - i, unit);
    TileJob job = {};
    job.shape = shape_of(bases, steps);
    job.pool = pool;
    for (int64_t b = 0; b < bases; ++b) {
      const Segment& segment = segments[static_cast<size_t>(i + b)];
      job.input[b] = static_cast<int32_t>(segment.input);
      job.output[b] = static_cast<int32_t>(segment.output);
    }
    jobs.push_back(job);
    i += bases;
  }
}

/// Half cycles of a tile for each group of its depth: a dot product and a load each take one, and sums that wait for
/// their own last product take about five cycles.
int64_t cost(int64_t rows, int64_t blocks) { return std::max({rows * blocks, rows + blocks, int64_t{10}}); }

int64_t cost_of_segments(int64_t count, int64_t steps, int64_t most_rows, int64_t blocks) {
  int64_t total = 0;
  for (int64_t bases = simd::kMaxBases; bases > 0; bases /= 2) {
    if (!exists(bases, steps, most_rows)) continue;
    total += count / bases * cost(bases * steps, blocks);
    count %= bases;
  }
  return count == 0 ? total : std::numeric_limits<int64_t>::max() / 2;
}

}  // namespace

std::vector<TileJob> tile_grid(const RowGrid& given, int64_t most_rows, int64_t blocks) {
  RowGrid grid = given;
  if (grid.input_line == grid.width * grid.input_step && grid.output_line == grid.width * grid.output_step) {
    grid.width *= grid.lines;
    grid.lines = 1;
  }
  int64_t best = 1, best_cost = std::numeric_limits<int64_t>::max();
  for (int64_t steps = 1; steps <= std::min<int64_t>(3, most_rows); ++steps) {
    const int64_t rest = grid.width % steps;
    int64_t total = cost_of_segments(grid.lines * (grid.width / steps), steps, most_rows, blocks);
    if (rest > 0) total += cost_of_segments(grid.lines, rest, most_rows, blocks);
    // Of equals the longer: its tiles have fewer bases to keep.
    if (total <= best_cost) {
      best_cost = total;
      best = steps;
    }
  }
  const auto segment = [&](int64_t line, int64_t row) {
    return Segment{grid.input_first + line * grid.input_line + row * grid.input_step,
                   grid.output_first + line * grid.output_line + row * grid.output_step};
  };
  std::vector<Segment> whole, rests;
  for (int64_t line = 0; line < grid.lines; ++line) {
    int64_t row = 0;
    for (; row + best <= grid.width; row += best) whole.push_back(segment(line, row));
    if (row < grid.width) rests.push_back(segment(line, row));
  }
  std::vector<TileJob> jobs;
  add_tiles(whole, best, most_rows, TilePool::kNone, jobs);
  add_tiles(rests, grid.width % best, most_rows, TilePool::kNone, jobs);
  return jobs;
}

std::vector<TileJob> tile_pooled_grid(const RowGrid& grid, int64_t pool_h, int64_t pool_w, int64_t most_rows) {
  // By the size of the window: whole ones, and those that the grid's right or lower edge cuts.
  std::vector<Segment> segments[2][3];
  for (int64_t y = 0; y * pool_h < grid.lines; ++y) {
    for (int64_t x = 0; x * pool_w < grid.width; ++x) {
      const int64_t h = std::min(pool_h, grid.lines - y * pool_h), w = std::min(pool_w, grid.width - x * pool_w);
      const int64_t output = grid.output_first + y * grid.output_line + x * grid.output_step;
      for (int64_t line = y * pool_h; line < y * pool_h + h; ++line) {
        segments[h - 1][w - 1].push_back(
            {grid.input_first + line * grid.input_line + x * pool_w * grid.input_step, output});
      }
    }
  }
  std::vector<TileJob> jobs;
  for (int64_t h = 1; h <= 2; ++h) {
    for (int64_t w = 1; w <= 3; ++w) {
      const TilePool pool = h == 2 ? TilePool::kStepsAndPairs : w > 1 ? TilePool::kSteps : TilePool::kNone;
      add_tiles(segments[h - 1][w - 1], w, most_rows, pool, jobs);
    }
  }
  return jobs;
}

std::vector<simd::LineJob> tile_lines(const RowGrid& grid, int64_t pool_h, int64_t pool_w) {
  using simd::LineShape;
  const bool fours = pool_h == 2 && pool_w == 2;
  if (pool_w > 2 || (pool_h == 2 && !fours) || grid.width % pool_w != 0 || grid.lines % pool_h != 0) return {};
  struct Span {
    int64_t first, count;
  };
  std::vector<Span> spans;
  int64_t made = 0;
  for (int64_t first = 0; first < grid.width;) {
    const int64_t left = grid.width - first;
    const int64_t count = !fours && (left > 8 && grid.width >= 16) ? 16 : 8;
    if (grid.width < count) return {};
    spans.push_back({std::min(first, grid.width - count), count});
    made += count;
    first += count;
  }
  // Sixteen pixels take about an eighth less time than tiles that share no loads.
  if (8 * made > 9 * grid.width) return {};
  std::vector<simd::LineJob> jobs;
  for (int64_t line = 0; line < grid.lines; line += pool_h) {
    for (const Span& span : spans) {
      const LineShape single = span.count == 16 ? LineShape::k16 : LineShape::k8;
      const LineShape pairs = span.count == 16 ? LineShape::k16Pairs : LineShape::k8Pairs;
      jobs.push_back({fours         ? LineShape::k2x8Fours
                      : pool_w == 2 ? pairs
                                    : single,
                      static_cast<int32_t>(grid.input_first + line * grid.input_line + span.first * grid.input_step),
                      static_cast<int32_t>(grid.output_first + line / pool_h * grid.output_line +
                                           span.first / pool_w * grid.output_step)});
    }
  }
  return jobs;
}

}  // namespace edgetwin::host
