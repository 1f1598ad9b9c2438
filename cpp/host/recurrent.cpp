// lstm and svdf on the host: their matrix products as int16 dot products, four rows at a time.
#include <algorithm>
#include <cstring>

#include "calls/recurrent.hpp"
#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/fast_steps.hpp"
#include "host/gemm_s16.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {
namespace {

/// int8 weights [rows, columns] widened to int16, rows padded to whole tiles and vectors.
class WideMatrix {
 public:
  WideMatrix(const int8_t* weights, int64_t rows, int64_t columns) : rows_(rows), blocks_(blocks_of(columns)) {
    const int64_t row = blocks_ * kBlock;
    const int64_t padded_rows = tiles_of(rows) * kTile;
    data_ = AlignedBytes(static_cast<size_t>(padded_rows * row) * sizeof(int16_t));
    int16_t* packed = calls::as<int16_t>(static_cast<void*>(data_.data()));
    for (int64_t r = 0; r < rows; ++r) std::copy_n(weights + r * columns, columns, packed + r * row);
  }

  [[nodiscard]] int64_t padded_columns() const { return blocks_ * kBlock; }

  /// Calls store(row, sum) with the product of every row and `x` (padded_columns() elements, zero past the end).
  template <class Store>
  void multiply(const int16_t* x, Store&& store) const {
    const int16_t* packed = calls::as<int16_t>(static_cast<const void*>(data_.data()));
    for (int64_t r = 0; r < rows_; r += kTile) {
      int32_t sums[kTile] = {};
      dot_1x4(x, packed + r * blocks_ * kBlock, blocks_, sums);
      for (int64_t i = 0; i < std::min<int64_t>(kTile, rows_ - r); ++i) store(r + i, sums[i]);
    }
  }

 private:
  int64_t rows_, blocks_;
  AlignedBytes data_;
};

class FastLstm final : public CoreStep<calls::LstmS8> {
 public:
  FastLstm(const ParamMap& params, const ConstantMap& constants) : CoreStep(params, constants) {
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
        lstm_update(params_, gates, cell + b * n, hidden + b * n);
        std::memcpy(output + step * n, hidden + b * n, static_cast<size_t>(n));
      }
    }
  }

 private:
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

class FastSvdf final : public CoreStep<calls::SvdfS8> {
 public:
  FastSvdf(const ParamMap& params, const ConstantMap& constants)
      : CoreStep(params, constants),
        terms_(int64_t{params_.rank} * params_.memory),
        state_size_(int64_t{params_.filters} * params_.memory),
        features_(calls::as<int8_t>(constants_.pointers()[0]), params_.filters, params_.input_size),
        to_state_(params_.input_multiplier, params_.input_shift, params_.rounding),
        to_output_(params_.output_multiplier, params_.output_shift, params_.rounding) {
    const int8_t* time = calls::as<int8_t>(constants_.pointers()[1]);
    const int32_t* bias = calls::as<int32_t>(constants_.pointers()[2]);
    time_.assign(time, time + layout_.constants[1]);
    // sum(time * (state - zero)) = sum(time * state) - zero * sum(time), modulo 2^32 as everything here.
    for (ptrdiff_t unit = 0; unit < params_.filters / params_.rank; ++unit) {
      int32_t start = bias != nullptr ? bias[unit] : 0;
      for (int64_t i = 0; i < terms_; ++i) {
        start = wrapping_sub(start, time[unit * terms_ + i] * params_.state_zero_point);
      }
      start_.push_back(start);
    }
    constants_.release(0);
    constants_.release(1);
    layout_.scratch = (features_.padded_columns() + state_size_) * static_cast<int64_t>(sizeof(int16_t));
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* state = calls::as<int8_t>(operands.state[0]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    int16_t* const x = calls::as<int16_t>(operands.scratch);
    int16_t* const wide_state = x + features_.padded_columns();
    for (int32_t b = 0; b < params_.batches; ++b) {
      widen_row(input, params_.input_size, params_.input_zero_point, x, features_.padded_columns());
      // All filters' memories move on by one step at once: what crosses into the next filter's last place is replaced.
      std::memmove(state, state + 1, static_cast<size_t>(state_size_ - 1));
      features_.multiply(x, [&](int64_t filter, int32_t sum) {
        const int32_t newest = clamp(to_state_.apply(sum), params_.state_min, params_.state_max);
        state[(filter + 1) * params_.memory - 1] =
            static_cast<int8_t>(static_cast<uint8_t>(newest + params_.state_zero_point));
      });
      widen(state, state_size_, 0, wide_state);
      weigh(wide_state, output);
      input += params_.input_size;
      state += state_size_;
      output += params_.filters / params_.rank;
    }
  }

 private:
  /// A unit's filters lie side by side, in the state as in the weights.
  void weigh(const int16_t* state, int8_t* output) const {
    for (ptrdiff_t unit = 0; unit < params_.filters / params_.rank; ++unit) {
      const int32_t sum = dot(state + unit * terms_, time_.data() + unit * terms_, terms_);
      const int32_t value = wrapping_add(to_output_.apply(wrapping_add(start_[static_cast<size_t>(unit)], sum)),
                                         params_.output_zero_point);
      output[unit] = static_cast<int8_t>(clamp(value, params_.activation_min, params_.activation_max));
    }
  }

  int64_t terms_, state_size_;
  WideMatrix features_;
  ChannelScale to_state_, to_output_;
  std::vector<int16_t> time_;
  std::vector<int32_t> start_;  ///< what a unit's sum starts from: its bias, less the state's zero point
};

}  // namespace

std::unique_ptr<Step> make_fast_lstm(const ParamMap& params, const ConstantMap& constants) {
  return std::make_unique<FastLstm>(params, constants);
}

std::unique_ptr<Step> make_fast_svdf(const ParamMap& params, const ConstantMap& constants) {
  return std::make_unique<FastSvdf>(params, constants);
}

}  // namespace edgetwin::host
