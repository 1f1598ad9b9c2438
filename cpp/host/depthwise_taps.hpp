// The taps of a depthwise convolution in the order in which a SIMD level's kernel reads them.
#ifndef EDGETWIN_HOST_DEPTHWISE_TAPS_HPP_
#define EDGETWIN_HOST_DEPTHWISE_TAPS_HPP_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "edgetwin/depthwise_conv.hpp"
#include "host/simd/kernels.hpp"

namespace edgetwin::host {

/// Taps of one output line, or of two lines that share most of them, in groups of as many as a dot product takes.
class DepthwiseTaps {
 public:
  /// `pitch`: codes from a row of the plane to the next.
  DepthwiseTaps(const DepthwiseConv2dParams& p, int64_t pitch, const simd::Kernels& kernels);

  void describe(simd::DepthwiseTask& task) const;

  /// Bytes of a slice's weights.
  [[nodiscard]] int64_t weight_bytes() const;
  /// The lane, over all vectors of a slice, that has an element of it.
  [[nodiscard]] int64_t lane_of(int64_t element) const;
  /// Puts a channel's weights [kernel_h][kernel_w] into a lane of a slice's, which are zeros.
  void pack(const int8_t* channel, int64_t lane, std::byte* slice) const;

 private:
  void make(const DepthwiseConv2dParams& p, int64_t pitch, int32_t lines);
  void turn();
  [[nodiscard]] int64_t cost() const;
  [[nodiscard]] simd::KnownTaps known(const DepthwiseConv2dParams& p) const;

  /// In a row of weights [kernel_h][kernel_w], or -1: that of each tap for each line, [tap][line].
  std::vector<int32_t> weight_of_;
  std::vector<int32_t> offsets_;
  int32_t lines_ = 1, groups_ = 0, second_line_ = 0, first_line_end_ = 0;
  simd::KnownTaps known_ = simd::KnownTaps::kNone;
  int64_t row_step_, column_step_;
  int32_t group_, lanes_, code_bytes_;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_DEPTHWISE_TAPS_HPP_
