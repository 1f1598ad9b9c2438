// lstm and svdf on the host; svdf's matrix products as int16 dot products, four rows at a time.
#include <algorithm>
#include <cstring>

#include "calls/recurrent.hpp"
#include "host/channel_scale.hpp"
#include "host/core_step.hpp"
#include "host/fast_steps.hpp"
#include "host/lstm_step.hpp"
#include "host/wide_matrix.hpp"
#include "host/widen.hpp"

namespace edgetwin::host {
namespace {

/// TFLite Micro's cell.
struct CoreCell {
  static void update(const LstmParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden) {
    lstm_update(p, gates, cell, hidden);
  }
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
  return std::make_unique<LstmStep<calls::LstmS8, CoreCell>>(params, constants);
}

std::unique_ptr<Step> make_fast_svdf(const ParamMap& params, const ConstantMap& constants) {
  return std::make_unique<FastSvdf>(params, constants);
}

}  // namespace edgetwin::host
