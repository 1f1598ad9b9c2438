// depthwise_conv_2d on the host: channels are the inner loop, each input channel repeated for its multiplier.
#ifndef EDGETWIN_HOST_DEPTHWISE_CONV_STEP_HPP_
#define EDGETWIN_HOST_DEPTHWISE_CONV_STEP_HPP_

#include <algorithm>
#include <cstring>

#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {

/// `Call` has the Params and the constants of depthwise_conv's int8 call; `Output` makes what its sums go through.
template <class Call, class Output>
class DepthwiseConvStep final : public BoundStep<Call> {
 public:
  DepthwiseConvStep(const ParamMap& params, const ConstantMap& constants)
      : BoundStep<Call>(params, constants),
        plane_(params_),
        stage_(Output::stage(params_, params_.output_c, 0, constants_.pointers())) {
    const int8_t* weights = calls::as<int8_t>(constants_.pointers()[0]);
    weights_.assign(weights, weights + layout_.constants[0]);
    constants_.release(0);
    // The row of sums comes first: it needs the stricter alignment.
    sums_bytes_ = (int64_t{params_.output_c} * static_cast<int64_t>(sizeof(int32_t)) + 63) / 64 * 64;
    layout_.scratch = sums_bytes_ + plane_.h * plane_.w * params_.output_c * static_cast<int64_t>(sizeof(int16_t));
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    int32_t* const sums = calls::as<int32_t>(operands.scratch);
    int16_t* const plane =
        calls::as<int16_t>(static_cast<void*>(static_cast<std::byte*>(operands.scratch) + sums_bytes_));
    // The plane's border: zero contributes nothing.
    std::memset(plane, 0, static_cast<size_t>(layout_.scratch - sums_bytes_));
    for (int32_t b = 0; b < params_.batches; ++b) {
      fill(input, plane);
      for (int64_t oy = 0; oy < params_.output_h; ++oy) {
        for (int64_t ox = 0; ox < params_.output_w; ++ox) {
          accumulate(plane + (oy * params_.stride_h * plane_.w + ox * params_.stride_w) * params_.output_c, sums);
          stage_.store(sums, 0, params_.output_c, output);
          output += params_.output_c;
        }
      }
      input += int64_t{params_.input_h} * params_.input_w * params_.input_c;
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::constants_;
  using BoundStep<Call>::layout_;

  /// Puts the input into the plane, every channel `depth_multiplier` times in a row.
  void fill(const int8_t* input, int16_t* plane) const {
    const int32_t repeat = params_.output_c / params_.input_c;
    const int16_t zero_point = static_cast<int16_t>(params_.input_zero_point);
    plane_.for_each_row(params_, [&](int64_t first, int64_t pixel, int64_t count) {
      const int8_t* const source = input + first;
      int16_t* target = plane + pixel * params_.output_c;
      if (repeat == 1) {
        widen(source, count, params_.input_zero_point, target);
      } else {
        for (int64_t i = 0; i < count; ++i) {
          target = std::fill_n(target, repeat, static_cast<int16_t>(source[i] - zero_point));
        }
      }
    });
  }

  /// One output pixel's sums for all channels. Each product is below 2^15, but a sum may wrap: unsigned.
  void accumulate(const int16_t* origin, int32_t* sums) const {
    const int64_t channels = params_.output_c;
    std::copy_n(stage_.bias.data(), channels, sums);
    const int16_t* w = weights_.data();
    for (int64_t ky = 0; ky < params_.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < params_.kernel_w; ++kx) {
        const int16_t* x = origin + (ky * params_.dilation_h * plane_.w + kx * params_.dilation_w) * channels;
        for (int64_t c = 0; c < channels; ++c) sums[c] = wrapping_add(sums[c], x[c] * w[c]);
        w += channels;
      }
    }
  }

  PaddedPlane plane_;
  typename Output::Stage stage_;
  std::vector<int16_t> weights_;
  int64_t sums_bytes_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_DEPTHWISE_CONV_STEP_HPP_
