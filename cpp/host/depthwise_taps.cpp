#include "host/depthwise_taps.hpp"

#include <algorithm>
#include <cstring>

namespace edgetwin::host {

DepthwiseTaps::DepthwiseTaps(const DepthwiseConv2dParams& p, int64_t pitch, const simd::Kernels& kernels)
    : row_step_(p.dilation_h * pitch * kernels.code_bytes),
      column_step_(int64_t{p.dilation_w} * p.output_c * kernels.code_bytes),
      group_(kernels.group),
      lanes_(kernels.lanes),
      code_bytes_(kernels.code_bytes) {
  make(p, pitch, 1);
  const int64_t single = 2 * cost();
  if (p.output_h >= 2) {
    make(p, pitch, 2);
    if (cost() >= single) make(p, pitch, 1);
  }
  known_ = known(p);
  // A line of whole pixels is a place after the other where a slice has channels of one pixel only.
  const bool by_columns = known_ == simd::KnownTaps::k3x3 && lines_ == 2 && kernels.has_columns && p.stride_w == 1 &&
                          p.dilation_w == 1 && p.output_c % (group_ * lanes_) == 0;
  if (by_columns) {
    known_ = simd::KnownTaps::kColumns3x3;
    turn();
  }
}

/// From row by row to column by column: of four rows, a column is a group.
void DepthwiseTaps::turn() {
  const std::vector<int32_t> offsets = offsets_, weights = weight_of_;
  for (size_t tap = 0; tap < offsets.size(); ++tap) {
    const size_t from = tap % 4 * 3 + tap / 4;
    offsets_[tap] = offsets[from];
    for (size_t line = 0; line < 2; ++line) weight_of_[2 * tap + line] = weights[2 * from + line];
  }
}

simd::KnownTaps DepthwiseTaps::known(const DepthwiseConv2dParams& p) const {
  if (p.kernel_h != 3 || p.kernel_w != 3) return simd::KnownTaps::kNone;
  if (lines_ == 1) return simd::KnownTaps::k3x3;
  // Between the rows of two lines must be nothing but the rows of both.
  if (p.dilation_h != 1 || p.stride_h > 2) return simd::KnownTaps::kNone;
  return p.stride_h == 1 ? simd::KnownTaps::k3x3 : simd::KnownTaps::k3x3Stride2;
}

void DepthwiseTaps::make(const DepthwiseConv2dParams& p, int64_t pitch, int32_t lines) {
  // The rows of the plane under all lines, from the top, so that the lines differ in their first and last groups only.
  std::vector<int64_t> rows;
  for (int64_t line = 0; line < lines; ++line) {
    for (int64_t ky = 0; ky < p.kernel_h; ++ky) rows.push_back(line * p.stride_h + ky * p.dilation_h);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const int64_t taps = static_cast<int64_t>(rows.size()) * p.kernel_w;
  lines_ = lines;
  groups_ = static_cast<int32_t>((taps + group_ - 1) / group_);
  second_line_ = first_line_end_ = groups_;
  offsets_.clear();
  weight_of_.assign(static_cast<size_t>(groups_) * static_cast<size_t>(group_ * lines), -1);
  for (const int64_t row : rows) {
    for (int64_t kx = 0; kx < p.kernel_w; ++kx) {
      const size_t tap = offsets_.size();
      const int32_t group = static_cast<int32_t>(tap) / group_;
      offsets_.push_back(static_cast<int32_t>((row * pitch + kx * p.dilation_w * p.output_c) * code_bytes_));
      for (int64_t line = 0; line < lines; ++line) {
        const int64_t y = row - line * p.stride_h;
        if (y < 0 || y % p.dilation_h != 0 || y / p.dilation_h >= p.kernel_h) continue;
        weight_of_[tap * static_cast<size_t>(lines) + static_cast<size_t>(line)] =
            static_cast<int32_t>(y / p.dilation_h * p.kernel_w + kx);
        if (line == 0) first_line_end_ = group + 1;
        if (line == 1) second_line_ = std::min(second_line_, group);
      }
    }
  }
  second_line_ = std::min(second_line_, first_line_end_);
  // What fills the last group has weights of zero, whatever is read for it.
  offsets_.resize(static_cast<size_t>(groups_) * static_cast<size_t>(group_), offsets_.back());
}

/// Instructions for a slice: shuffles of each group, and dot products of each line's groups.
int64_t DepthwiseTaps::cost() const {
  const int64_t shuffles = group_ == 4 ? 8 : group_;
  // Without VNNI a dot product is a multiplication and an addition.
  const int64_t dots = group_ == 4 ? 4 : 2 * group_;
  const int64_t line_groups = lines_ == 1 ? groups_ : first_line_end_ + groups_ - second_line_;
  return groups_ * shuffles + line_groups * dots;
}

void DepthwiseTaps::describe(simd::DepthwiseTask& task) const {
  task.taps = offsets_.data();
  task.groups = groups_;
  task.lines_together = lines_;
  task.second_line = second_line_;
  task.first_line_end = first_line_end_;
  task.known = known_;
  task.row_step = row_step_;
  task.column_step = column_step_;
}

int64_t DepthwiseTaps::weight_bytes() const {
  return int64_t{groups_} * lines_ * group_ * lanes_ * group_ * code_bytes_;
}

int64_t DepthwiseTaps::lane_of(int64_t element) const {
  // See level_kernels.hpp: fours of neighbours, dealt out to the vectors in each 128 bits.
  const int64_t four = element / 4;
  return four % group_ * lanes_ + four / group_ * 4 + element % 4;
}

void DepthwiseTaps::pack(const int8_t* channel, int64_t lane, std::byte* slice) const {
  for (int64_t g = 0; g < groups_; ++g) {
    for (int64_t line = 0; line < lines_; ++line) {
      for (int64_t i = 0; i < group_; ++i) {
        const int32_t from = weight_of_[static_cast<size_t>((g * group_ + i) * lines_ + line)];
        if (from < 0) continue;
        std::byte* const target = slice + (((g * lines_ + line) * group_ * lanes_ + lane) * group_ + i) * code_bytes_;
        const int16_t wide = channel[from];
        if (code_bytes_ == 1) {
          std::memcpy(target, channel + from, 1);
        } else {
          std::memcpy(target, &wide, sizeof(wide));
        }
      }
    }
  }
}

}  // namespace edgetwin::host
