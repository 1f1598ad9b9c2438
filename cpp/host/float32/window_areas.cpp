#include "host/float32/window_areas.hpp"

#include <utility>

namespace edgetwin::host::float32 {
namespace {

/// Neighbouring outputs along one axis whose windows meet the input with the same taps.
struct Stretch {
  int64_t first, count;
  int64_t input;  ///< where the first one's first tap is
  int64_t tap, taps;
};

std::vector<Stretch> stretches(int32_t outputs, int32_t stride, int32_t pad, int32_t kernel, int32_t dilation,
                               int32_t size) {
  std::vector<Stretch> found;
  for (int64_t i = 0; i < outputs; ++i) {
    const int64_t start = i * stride - pad;
    const Taps met(start, kernel, dilation, size);
    const bool none = met.first >= met.last;
    const int64_t tap = none ? 0 : met.first, taps = none ? 0 : met.last - met.first;
    if (!found.empty() && found.back().tap == tap && found.back().taps == taps) {
      ++found.back().count;
    } else {
      found.push_back({i, 1, none ? 0 : start + tap * dilation, tap, taps});
    }
  }
  return found;
}

/// Pixels whose windows meet the input with the taps of both stretches.
simd::FloatArea area_of(const WindowParams& p, const Stretch& y, const Stretch& x) {
  const bool none = y.taps == 0 || x.taps == 0;
  simd::FloatArea area = {};
  area.input = none ? 0 : (y.input * p.input_w + x.input) * p.input_c;
  area.output = (y.first * p.output_w + x.first) * p.output_c;
  area.lines = y.count;
  area.pixels = x.count;
  area.input_line = none ? 0 : int64_t{p.stride_h} * p.input_w * p.input_c;
  area.output_line = int64_t{p.output_w} * p.output_c;
  area.input_step = none ? 0 : int64_t{p.stride_w} * p.input_c;
  area.output_step = p.output_c;
  area.first_tap = y.tap * p.kernel_w + x.tap;
  area.taps_y = none ? 0 : y.taps;
  area.taps_x = none ? 0 : x.taps;
  return area;
}

}  // namespace

WindowAreas::WindowAreas(const WindowParams& p, bool ragged) {
  // In fewer lines, tiles along a column would have too few sums.
  constexpr int64_t few_lines = 4;
  const std::vector<Stretch> columns =
      stretches(p.output_w, p.stride_w, p.pad_left, p.kernel_w, p.dilation_w, p.input_w);
  for (const Stretch& x : columns) {
    columns_.insert(columns_.end(), static_cast<size_t>(x.count), simd::FloatTaps{x.tap, x.tap + x.taps});
  }
  for (const Stretch& y : stretches(p.output_h, p.stride_h, p.pad_top, p.kernel_h, p.dilation_h, p.input_h)) {
    if (ragged && columns.size() > 1 && y.count < few_lines) {
      // As if every window had all taps of its row.
      areas_.push_back(area_of(p, y, {0, p.output_w, -p.pad_left, 0, p.kernel_w}));
      areas_.back().ragged = true;
      continue;
    }
    for (const Stretch& x : columns) {
      simd::FloatArea area = area_of(p, y, x);
      if (area.input_line == area.pixels * area.input_step && area.output_line == area.pixels * area.output_step) {
        area.pixels *= area.lines;
        area.lines = 1;
      }
      // Tiles of a column lie along it.
      if (area.lines > area.pixels) {
        std::swap(area.lines, area.pixels);
        std::swap(area.input_line, area.input_step);
        std::swap(area.output_line, area.output_step);
      }
      areas_.push_back(area);
    }
  }
}

simd::FloatWindows WindowAreas::windows(const WindowParams& p, int64_t channels) const {
  const Clamp clamp(p.activation);
  simd::FloatWindows windows = {};
  windows.areas = areas_.data();
  windows.area_count = static_cast<int64_t>(areas_.size());
  windows.columns = columns_.data();
  windows.step_y = int64_t{p.dilation_h} * p.input_w * p.input_c;
  windows.step_x = int64_t{p.dilation_w} * p.input_c;
  windows.kernel_w = p.kernel_w;
  windows.channels = channels;
  windows.low = clamp.low;
  windows.high = clamp.high;
  return windows;
}

}  // namespace edgetwin::host::float32
