// fully_connected on the host: int16 dot products, four output features at a time, two rows at a time.
#ifndef EDGETWIN_HOST_FULLY_CONNECTED_STEP_HPP_
#define EDGETWIN_HOST_FULLY_CONNECTED_STEP_HPP_

#include <algorithm>

#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/gemm_s16.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {

/// `Call` has the Params and the constants of fully_connected's int8 call; `Output` makes what its sums go through.
template <class Call, class Output>
class FullyConnectedStep final : public BoundStep<Call> {
 public:
  FullyConnectedStep(const ParamMap& params, const ConstantMap& constants)
      : BoundStep<Call>(params, constants),
        blocks_(blocks_of(params_.input_features)),
        row_(blocks_ * kBlock),
        tiles_(tiles_of(params_.output_features)),
        stage_(Output::stage(params_, params_.output_features, kTile, constants_.pointers())) {
    const int8_t* weights = calls::as<int8_t>(constants_.pointers()[0]);
    weights_ = AlignedBytes(static_cast<size_t>(tiles_ * kTile * row_) * sizeof(int16_t));
    int16_t* packed = calls::as<int16_t>(static_cast<void*>(weights_.data()));
    for (int64_t o = 0; o < params_.output_features; ++o) {
      for (int64_t i = 0; i < params_.input_features; ++i) {
        packed[o * row_ + i] =
            static_cast<int16_t>(weights[o * params_.input_features + i] - params_.weights_zero_point);
      }
    }
    constants_.release(0);
    layout_.scratch = 2 * row_ * static_cast<int64_t>(sizeof(int16_t));
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    int16_t* const x = calls::as<int16_t>(operands.scratch);
    int16_t* const y = x + row_;
    const int16_t* const weights = calls::as<int16_t>(static_cast<const void*>(weights_.data()));
    for (int32_t rest = params_.batches; rest > 0; rest -= 2) {
      const bool two = rest > 1;
      widen_row(input, params_.input_features, params_.input_zero_point, x, row_);
      if (two) widen_row(input + params_.input_features, params_.input_features, params_.input_zero_point, y, row_);
      for (int64_t tile = 0; tile < tiles_; ++tile) {
        const int16_t* w = weights + tile * kTile * row_;
        const int32_t done = static_cast<int32_t>(tile) * kTile;
        int32_t x_sums[kTile], y_sums[kTile];
        std::copy_n(stage_.bias.data() + done, kTile, x_sums);
        std::copy_n(stage_.bias.data() + done, kTile, y_sums);
        const int32_t count = std::min(kTile, params_.output_features - done);
        if (two) {
          dot_2x4(x, y, w, blocks_, x_sums, y_sums);
          stage_.store(y_sums, done, count, output + params_.output_features + done);
        } else {
          dot_1x4(x, w, blocks_, x_sums);
        }
        stage_.store(x_sums, done, count, output + done);
      }
      input += 2 * static_cast<ptrdiff_t>(params_.input_features);
      output += 2 * static_cast<ptrdiff_t>(params_.output_features);
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::constants_;
  using BoundStep<Call>::layout_;

  int64_t blocks_, row_, tiles_;
  typename Output::Stage stage_;
  AlignedBytes weights_;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_FULLY_CONNECTED_STEP_HPP_
