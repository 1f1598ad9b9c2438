// add, sub, mul and squared_difference of int8 on a SIMD level.
#include <cmath>
#include <vector>

#include "calls/elementwise.hpp"
#include "host/packed_steps.hpp"
#include "host/pair_floats.hpp"
#include "host/pair_step.hpp"

namespace edgetwin::host {
namespace {

/// The code whose bits are `bits`.
int8_t code_of(int64_t bits) { return static_cast<int8_t>(static_cast<uint8_t>(bits)); }

double real(int32_t multiplier, int32_t shift) { return std::ldexp(multiplier, shift - 31); }

/// What sums and products share.
template <class Call>
class PackedPairs : public PairStep<Call, simd::PairTask> {
 public:
  PackedPairs(const ParamMap& params, const ConstantMap& constants, const OutputScale& scale,
              const simd::Kernels& kernels)
      : PairStep<Call, simd::PairTask>(params, constants, scale, kernels) {
    this->task_.scales = rows_of(this->scales_);
    this->task_.finish = this->scales_.finish;
  }

 protected:
  /// Only where it is worth a fraction of a millisecond when the step is made.
  [[nodiscard]] bool worth_certifying() const { return this->layout_.outputs[0] >= 1024; }

  template <class Element>
  [[nodiscard]] static PairOutputs all_outputs(Element&& element) {
    PairOutputs outputs(kPairs);
    for (int64_t i = 0; i < kPairs; ++i) outputs[static_cast<size_t>(i)] = element(i / 256, i % 256);
    return outputs;
  }
};

template <class Call, bool kSubtract>
class PackedSum final : public PackedPairs<Call> {
  using Base = PackedPairs<Call>;

 public:
  PackedSum(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : Base(params, constants, scale_of(Base::checked(params)), kernels), x_table_(256), y_table_(256) {
    const AddParams& p = this->params_;
    for (int64_t i = 0; i < 256; ++i) {
      const size_t at = static_cast<size_t>(i);
      x_table_[at] = detail::common_x(p, code_of(i), p.rounding);
      const int32_t y = detail::common_y(p, code_of(i), p.rounding);
      y_table_[at] = kSubtract ? wrapping_sub(0, y) : y;
    }
    this->task_.x_table = x_table_.data();
    this->task_.y_table = y_table_.data();
    this->kernel_ = kernels.add_exact;
    if (!this->worth_certifying()) return;
    const double shared = std::ldexp(real(p.output_multiplier, p.output_shift), p.left_shift);
    const double y = real(p.y_multiplier, p.y_shift) * shared;
    const PairFactors factors = {real(p.x_multiplier, p.x_shift) * shared, kSubtract ? -y : y, p.x_zero_point,
                                 p.y_zero_point};
    simd::PairTask task = this->task_;
    task.x_is_one = task.y_is_one = false;
    const PairOutputs expected = Base::all_outputs([&](int64_t i, int64_t j) {
      const int32_t total = wrapping_add(x_table_[static_cast<size_t>(i)], y_table_[static_cast<size_t>(j)]);
      return static_cast<int8_t>(detail::add_result(p, total));
    });
    if (!find_factors(task, kernels.add_float, factors, expected)) return;
    this->task_.x_factor = task.x_factor;
    this->task_.y_factor = task.y_factor;
    this->task_.offset = task.offset;
    this->kernel_ = kernels.add_float;
  }

 private:
  [[nodiscard]] static OutputScale scale_of(const AddParams& p) {
    return {p.output_multiplier, p.output_shift, p.output_zero_point, p.activation_min, p.activation_max, p.rounding};
  }

  std::vector<int32_t> x_table_, y_table_;
};

class PackedSquare final : public PackedPairs<calls::SquaredDifferenceS8> {
 public:
  PackedSquare(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : PackedPairs(params, constants, scale_of(checked(params)), kernels), x_table_(256), y_table_(256) {
    for (int64_t i = 0; i < 256; ++i) {
      const size_t at = static_cast<size_t>(i);
      x_table_[at] = detail::common_x(params_, code_of(i), Rounding::kDouble);
      y_table_[at] = wrapping_sub(0, detail::common_y(params_, code_of(i), Rounding::kDouble));
    }
    task_.x_table = x_table_.data();
    task_.y_table = y_table_.data();
    kernel_ = kernels.squared_difference;
  }

 private:
  [[nodiscard]] static OutputScale scale_of(const SquaredDifferenceParams& p) {
    return {p.output_multiplier, p.output_shift, p.output_zero_point, kInt8Min, kInt8Max, Rounding::kDouble};
  }

  std::vector<int32_t> x_table_, y_table_;
};

class PackedProduct final : public PackedPairs<calls::MulS8> {
 public:
  PackedProduct(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : PackedPairs(params, constants, scale_of(checked(params)), kernels) {
    const MulParams& p = params_;
    task_.x_zero_point = p.x_zero_point;
    task_.y_zero_point = p.y_zero_point;
    kernel_ = kernels.mul_exact;
    if (!worth_certifying()) return;
    simd::PairTask task = task_;
    task.x_is_one = task.y_is_one = false;
    const PairOutputs expected =
        all_outputs([&](int64_t i, int64_t j) { return mul_element(p, code_of(i), code_of(j)); });
    if (!find_factors(task, kernels.mul_float, {real(p.multiplier, p.shift), 0, 0, 0}, expected)) return;
    task_.x_factor = task.x_factor;
    kernel_ = kernels.mul_float;
  }

 private:
  [[nodiscard]] static OutputScale scale_of(const MulParams& p) {
    return {p.multiplier, p.shift, p.output_zero_point, p.activation_min, p.activation_max, p.rounding};
  }
};

}  // namespace

std::unique_ptr<Step> make_packed_add(const ParamMap& params, const ConstantMap& constants,
                                      const simd::Kernels& kernels) {
  return std::make_unique<PackedSum<calls::AddS8, false>>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_sub(const ParamMap& params, const ConstantMap& constants,
                                      const simd::Kernels& kernels) {
  return std::make_unique<PackedSum<calls::SubS8, true>>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_squared_difference(const ParamMap& params, const ConstantMap& constants,
                                                     const simd::Kernels& kernels) {
  return std::make_unique<PackedSquare>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_mul(const ParamMap& params, const ConstantMap& constants,
                                      const simd::Kernels& kernels) {
  return std::make_unique<PackedProduct>(params, constants, kernels);
}

}  // namespace edgetwin::host
