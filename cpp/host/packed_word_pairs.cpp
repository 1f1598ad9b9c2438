// add, sub, mul and squared_difference of int16 on a SIMD level.
#include "calls/elementwise.hpp"
#include "host/packed_steps.hpp"
#include "host/pair_step.hpp"

namespace edgetwin::host {
namespace {

/// A scale of an operand that no shift follows is a form for itself, slower than that of any other. With twice the
/// value, which fits, it is that of half a scale, rounded once: (2v * M + 2^31) >> 32 = (v * M + 2^30) >> 31.
struct OperandScale {
  int32_t left;
  PackedScales scales;

  OperandScale(const simd::Kernels& kernels, int32_t left_shift, int32_t multiplier, int32_t shift, Rounding rounding)
      : left(shift == 0 ? left_shift + 1 : left_shift),
        scales(uniform_scales(kernels, shift == 0 ? bare_scale(multiplier, -1, Rounding::kSingle)
                                                  : bare_scale(multiplier, shift, rounding))) {}

  [[nodiscard]] simd::WordOperand operand() const { return {left, lane_scale(scales)}; }
};

template <class Call>
class WordPairs : public PairStep<Call, simd::WordPairTask> {
 public:
  WordPairs(const ParamMap& params, const ConstantMap& constants, const OutputScale& scale,
            const simd::Kernels& kernels, void (*kernel)(const simd::WordPairTask&))
      : PairStep<Call, simd::WordPairTask>(params, constants, scale, kernels) {
    this->task_.scale = lane_scale(this->scales_);
    this->task_.range = {scale.zero_point, scale.activation_min, scale.activation_max};
    this->kernel_ = kernel;
  }
};

/// Of operands that are brought to one scale.
template <class Call>
class CommonWords final : public WordPairs<Call> {
 public:
  CommonWords(const ParamMap& params, const ConstantMap& constants, const OutputScale& scale,
              const simd::Kernels& kernels, void (*kernel)(const simd::WordPairTask&))
      : WordPairs<Call>(params, constants, scale, kernels, kernel),
        x_(kernels, this->params_.left_shift, this->params_.x_multiplier, this->params_.x_shift, scale.rounding),
        y_(kernels, this->params_.left_shift, this->params_.y_multiplier, this->params_.y_shift, scale.rounding) {
    this->task_.x_operand = x_.operand();
    this->task_.y_operand = y_.operand();
  }

 private:
  OperandScale x_, y_;
};

template <class Call>
std::unique_ptr<Step> make_sum(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels,
                               void (*kernel)(const simd::WordPairTask&)) {
  const AddParams p = BoundStep<Call>::checked(params);
  const OutputScale scale = {p.output_multiplier, p.output_shift,   p.output_zero_point,
                             p.activation_min,    p.activation_max, p.rounding};
  return std::make_unique<CommonWords<Call>>(params, constants, scale, kernels, kernel);
}

}  // namespace

std::unique_ptr<Step> make_packed_word_pairs(const std::string& kernel, const ParamMap& params,
                                             const ConstantMap& constants, const simd::Kernels& kernels) {
  const simd::WordPairKernels& of = kernels.word_pairs;
  if (kernel == "add_s16") return make_sum<calls::AddS16>(params, constants, kernels, of.add);
  if (kernel == "sub_s16") return make_sum<calls::SubS16>(params, constants, kernels, of.sub);
  if (kernel == "mul_s16") {
    const MulParams p = BoundStep<calls::MulS16>::checked(params);
    const OutputScale scale = {p.multiplier,     p.shift,          p.output_zero_point,
                               p.activation_min, p.activation_max, p.rounding};
    return std::make_unique<WordPairs<calls::MulS16>>(params, constants, scale, kernels, of.mul);
  }
  if (kernel == "squared_difference_s16") {
    const SquaredDifferenceParams p = BoundStep<calls::SquaredDifferenceS16>::checked(params);
    const OutputScale scale = {p.output_multiplier, p.output_shift, p.output_zero_point,
                               kInt16Min,           kInt16Max,      Rounding::kDouble};
    return std::make_unique<CommonWords<calls::SquaredDifferenceS16>>(params, constants, scale, kernels,
                                                                      of.squared_difference);
  }
  return nullptr;
}

}  // namespace edgetwin::host
