// lstm on the host: its matrix products as int16 dot products, four rows at a time.
#ifndef EDGETWIN_HOST_LSTM_STEP_HPP_
#define EDGETWIN_HOST_LSTM_STEP_HPP_

#include <cstring>

#include "edgetwin/lstm.hpp"
#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/wide_matrix.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {

/// `Call` has the Params, the slots and the constants of lstm_s8; `Cell::update` goes from the gates' sums to the new
/// state, as lstm_update.
template <class Call, class Cell>
class LstmStep final : public BoundStep<Call> {
 public:
  LstmStep(const ParamMap& params, const ConstantMap& constants) : BoundStep<Call>(params, constants) {
    const int32_t scales[4][4] = {{params_.input_input_multiplier, params_.input_input_shift,
                                   params_.input_hidden_multiplier, params_.input_hidden_shift},
                                  {params_.forget_input_multiplier, params_.forget_input_shift,
                                   params_.forget_hidden_multiplier, params_.forget_hidden_shift},
                                  {params_.cell_input_multiplier, params_.cell_input_shift,
                                   params_.cell_hidden_multiplier, params_.cell_hidden_shift},
                                  {params_.output_input_multiplier, params_.output_input_shift,
                                   params_.output_hidden_multiplier, params_.output_hidden_shift}};
    for (int gate = 0; gate < 4; ++gate) {
      for (int side = 0; side < 2; ++side) {
        const int slot = 4 * gate + 2 * side;
        const int32_t columns = side == 0 ? params_.input_size : params_.hidden_size;
        sides_.push_back({WideMatrix(calls::as<int8_t>(constants_.pointers()[slot]), params_.hidden_size, columns),
                          ChannelScale(scales[gate][2 * side], scales[gate][2 * side + 1], params_.rounding),
                          bias(slot + 1)});
        constants_.release(slot);
      }
    }
    input_row_ = padded_row(params_.input_size);
    hidden_row_ = padded_row(params_.hidden_size);
    layout_.scratch =
        (input_row_ + hidden_row_ + 4 * int64_t{params_.hidden_size}) * static_cast<int64_t>(sizeof(int16_t));
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* hidden = calls::as<int8_t>(operands.state[0]);
    int16_t* cell = calls::as<int16_t>(operands.state[1]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    int16_t* const x = calls::as<int16_t>(operands.scratch);
    int16_t* const h = x + input_row_;
    int16_t* const gates = h + hidden_row_;
    const ptrdiff_t n = params_.hidden_size;
    for (ptrdiff_t b = 0; b < params_.batches; ++b) {
      for (ptrdiff_t t = 0; t < params_.time_steps; ++t) {
        const ptrdiff_t step = params_.time_major != 0 ? t * params_.batches + b : b * params_.time_steps + t;
        widen_row(input + step * params_.input_size, params_.input_size, params_.input_zero_point, x, input_row_);
        widen_row(hidden + b * n, n, params_.hidden_zero_point, h, hidden_row_);
        for (ptrdiff_t gate = 0; gate < 4; ++gate) sum_gate(gate, x, h, gates + gate * n);
        Cell::update(params_, gates, cell + b * n, hidden + b * n);
        std::memcpy(output + step * n, hidden + b * n, static_cast<size_t>(n));
      }
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::constants_;
  using BoundStep<Call>::layout_;

  struct Side {
    WideMatrix weights;
    ChannelScale scale;
    std::vector<int32_t> bias;
  };

  [[nodiscard]] std::vector<int32_t> bias(int slot) const {
    const int32_t* values = calls::as<int32_t>(constants_.pointers()[slot]);
    if (values == nullptr) return std::vector<int32_t>(static_cast<size_t>(params_.hidden_size), 0);
    return {values, values + params_.hidden_size};
  }

  void sum_gate(ptrdiff_t gate, const int16_t* x, const int16_t* h, int16_t* sums) const {
    const Side& from_input = sides_[static_cast<size_t>(2 * gate)];
    const Side& from_hidden = sides_[static_cast<size_t>(2 * gate + 1)];
    from_input.weights.multiply(x, [&](int64_t row, int32_t sum) {
      const int32_t acc = wrapping_add(sum, from_input.bias[static_cast<size_t>(row)]);
      sums[row] = static_cast<int16_t>(detail::clamp_s16(from_input.scale.apply(acc)));
    });
    from_hidden.weights.multiply(h, [&](int64_t row, int32_t sum) {
      const int32_t product = from_hidden.scale.apply(wrapping_add(sum, from_hidden.bias[static_cast<size_t>(row)]));
      const bool each = params_.saturation == LstmSaturation::kEachProduct;
      const int32_t added = each ? detail::clamp_s16(product) : product;
      sums[row] = static_cast<int16_t>(detail::clamp_s16(wrapping_add(sums[row], added)));
    });
  }

  std::vector<Side> sides_;
  int64_t input_row_ = 0, hidden_row_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_LSTM_STEP_HPP_
