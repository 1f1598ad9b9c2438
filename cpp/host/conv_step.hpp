// conv_2d on the host: input widened to int16 once into a padded plane, one dot product per output.
#ifndef EDGETWIN_HOST_CONV_STEP_HPP_
#define EDGETWIN_HOST_CONV_STEP_HPP_

#include <algorithm>
#include <cstring>

#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/gemm_s16.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {

/// `Call` has the Params and the constants of conv's int8 call; `Output` makes what its sums go through.
template <class Call, class Output>
class ConvStep final : public BoundStep<Call> {
 public:
  ConvStep(const ParamMap& params, const ConstantMap& constants)
      : BoundStep<Call>(params, constants),
        plane_(params_),
        group_in_(params_.input_c / params_.groups),
        group_out_(params_.output_c / params_.groups),
        depth_(int64_t{params_.kernel_h} * params_.kernel_w * group_in_),
        blocks_(blocks_of(depth_)),
        row_(blocks_ * kBlock),
        tiles_(tiles_of(group_out_)),
        stage_(Output::stage(params_, params_.output_c, kTile, constants_.pointers())) {
    const int8_t* weights = calls::as<int8_t>(constants_.pointers()[0]);
    weights_ = AlignedBytes(static_cast<size_t>(params_.groups * tiles_ * kTile * row_) * sizeof(int16_t));
    int16_t* packed = calls::as<int16_t>(static_cast<void*>(weights_.data()));
    for (int32_t oc = 0; oc < params_.output_c; ++oc) {
      const int64_t packed_row = int64_t{oc / group_out_} * tiles_ * kTile + oc % group_out_;
      std::copy_n(weights + oc * depth_, depth_, packed + packed_row * row_);
    }
    constants_.release(0);
    // One row of slack: a dot product reads up to a padded row from any position of the plane.
    plane_elements_ = plane_.h * plane_.w * params_.input_c + row_;
    layout_.scratch = (plane_elements_ + 2 * row_) * static_cast<int64_t>(sizeof(int16_t));
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    int16_t* const plane = calls::as<int16_t>(operands.scratch);
    const int64_t output_pixels = int64_t{params_.output_h} * params_.output_w;
    // The plane's border, its slack and the patches' tails: zero contributes nothing.
    std::memset(plane, 0, static_cast<size_t>(layout_.scratch));
    for (int32_t b = 0; b < params_.batches; ++b) {
      plane_.for_each_row(params_, [&](int64_t first, int64_t pixel, int64_t count) {
        widen(input + first, count, params_.input_zero_point, plane + pixel * params_.input_c);
      });
      for (int32_t g = 0; g < params_.groups; ++g) run_group(plane, g, output);
      input += int64_t{params_.input_h} * params_.input_w * params_.input_c;
      output += output_pixels * params_.output_c;
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::constants_;
  using BoundStep<Call>::layout_;

  /// The values under the kernel at one output pixel, contiguous: a pointer into the plane or the filled `patch`.
  const int16_t* taps(const int16_t* plane, int64_t pixel, int32_t group, int16_t* patch) const {
    const int64_t channels = params_.input_c;
    const int64_t y = pixel / params_.output_w * params_.stride_h;
    const int64_t x = pixel % params_.output_w * params_.stride_w;
    const int16_t* origin = plane + (y * plane_.w + x) * channels + int64_t{group} * group_in_;
    const bool contiguous_row = params_.dilation_w == 1 && params_.groups == 1;
    if (contiguous_row && params_.kernel_h == 1) return origin;
    const int64_t run = contiguous_row ? params_.kernel_w * channels : group_in_;
    int16_t* target = patch;
    for (int32_t ky = 0; ky < params_.kernel_h; ++ky) {
      const int16_t* source = origin + int64_t{ky} * params_.dilation_h * plane_.w * channels;
      for (int32_t kx = 0; kx < (contiguous_row ? 1 : params_.kernel_w); ++kx) {
        std::memcpy(target, source + int64_t{kx} * params_.dilation_w * channels, static_cast<size_t>(run) * 2);
        target += run;
      }
    }
    return patch;
  }

  void run_group(int16_t* plane, int32_t group, int8_t* output) const {
    int16_t* const patch = plane + plane_elements_;
    const int16_t* const weights =
        calls::as<int16_t>(static_cast<const void*>(weights_.data())) + int64_t{group} * tiles_ * kTile * row_;
    const int64_t pixels = int64_t{params_.output_h} * params_.output_w;
    const int32_t first = group * group_out_;
    for (int64_t pixel = 0; pixel < pixels; pixel += 2) {
      const bool two = pixel + 1 < pixels;
      const int16_t* x = taps(plane, pixel, group, patch);
      const int16_t* y = two ? taps(plane, pixel + 1, group, patch + row_) : x;
      int8_t* target = output + pixel * params_.output_c + first;
      for (int64_t tile = 0; tile < tiles_; ++tile) {
        const int16_t* w = weights + tile * kTile * row_;
        const int32_t done = static_cast<int32_t>(tile) * kTile;
        int32_t x_sums[kTile], y_sums[kTile];
        std::copy_n(stage_.bias.data() + first + done, kTile, x_sums);
        std::copy_n(stage_.bias.data() + first + done, kTile, y_sums);
        const int32_t count = std::min(kTile, group_out_ - done);
        if (two) {
          dot_2x4(x, y, w, blocks_, x_sums, y_sums);
          stage_.store(y_sums, first + done, count, target + params_.output_c + done);
        } else {
          dot_1x4(x, w, blocks_, x_sums);
        }
        stage_.store(x_sums, first + done, count, target + done);
      }
    }
  }

  PaddedPlane plane_;
  int32_t group_in_, group_out_;
  int64_t depth_, blocks_, row_, tiles_;
  typename Output::Stage stage_;
  AlignedBytes weights_;
  int64_t plane_elements_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_CONV_STEP_HPP_
