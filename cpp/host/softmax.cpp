// softmax of int8, to int8 or int16: its exponentials are of differences of two codes, of which there are 256.
#include <cstdint>
#include <limits>

#include "calls/nonlinear.hpp"
#include "host/core_step.hpp"
#include "host/fast_steps.hpp"

namespace edgetwin::host {
namespace {

template <class Call, class Out>
class FastSoftmax final : public BoundStep<Call> {
 public:
  FastSoftmax(const ParamMap& params, const ConstantMap& constants) : BoundStep<Call>(params, constants) {
    for (int32_t i = 0; i < 256; ++i) {
      if (-i < params_.diff_min) break;
      exponentials_[i] =
          fixed::exp_on_negative_values<detail::kSoftmaxDifferenceIntegerBits>(detail::softmax_difference(params_, -i));
      summands_[i] = rounding_divide_by_pot(exponentials_[i], detail::kSoftmaxSumIntegerBits);
      count_ = i + 1;
    }
  }

  void run(const calls::Operands& operands) const override { run_block(operands, 1); }

  int64_t block_samples() const override { return layout_.inputs[0] > kMostBlockBytes ? 1 : kBlockSamples; }

  void run_block(const calls::Operands& operands, int64_t samples) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    Out* output = calls::as<Out>(operands.outputs[0]);
    for (int64_t row = 0; row < samples * params_.rows; ++row) {
      run_row(input, output);
      input += params_.depth;
      output += params_.depth;
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  static constexpr int32_t kLow = std::numeric_limits<Out>::min(), kHigh = std::numeric_limits<Out>::max();
  static constexpr int kOutputBits = static_cast<int>(sizeof(Out)) * 8;

  void run_row(const int8_t* input, Out* output) const {
    const int32_t largest = detail::softmax_largest(input, params_.depth);
    int32_t sum = 0;
    for (int32_t i = 0; i < params_.depth; ++i) sum = wrapping_add(sum, summands_[largest - input[i]]);
    int bits_over_unit = 0;
    const int32_t scale = fixed::reciprocal(sum, detail::kSoftmaxSumIntegerBits, &bits_over_unit);
    const int exponent = bits_over_unit + 31 - kOutputBits;
    for (int32_t i = 0; i < params_.depth; ++i) {
      const int32_t down = largest - input[i];
      int32_t value = kLow;
      if (down < count_) {
        value += rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scale, exponentials_[down]), exponent);
      }
      output[i] = static_cast<Out>(clamp(value, kLow, kHigh));
    }
  }

  int32_t count_ = 0;  ///< differences below this contribute
  int32_t exponentials_[256] = {};
  int32_t summands_[256] = {};
};

}  // namespace

std::unique_ptr<Step> make_fast_softmax(const std::string& kernel, const ParamMap& params,
                                        const ConstantMap& constants) {
  if (kernel == "softmax_s8") {
    return std::make_unique<FastSoftmax<calls::SoftmaxS8, int8_t>>(params, constants);
  }
  return std::make_unique<FastSoftmax<calls::SoftmaxS8S16, int16_t>>(params, constants);
}

}  // namespace edgetwin::host
