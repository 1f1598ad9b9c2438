// Pooling on a SIMD level.
#include <type_traits>
#include <vector>

#include "calls/pool.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"

namespace edgetwin::host {
namespace {

/// The parts of an axis that its windows cover.
std::vector<simd::Span> spans(int32_t count, int32_t stride, int32_t pad, int32_t size, int32_t limit) {
  std::vector<simd::Span> made(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) {
    const detail::WindowPart part = detail::window_part(i * stride - pad, size, limit);
    made[static_cast<size_t>(i)] = {part.begin, part.end};
  }
  return made;
}

/// What poolings share: `kernel` of the level runs image by image. Task is that of int8 or of int16.
template <class Call, class Task = simd::PoolTask>
class PackedPool : public BoundStep<Call> {
 public:
  using Kernel = void (*)(const Task&);

  PackedPool(const ParamMap& params, const ConstantMap& constants, Kernel kernel)
      : BoundStep<Call>(params, constants), kernel_(kernel) {
    const Pool2dParams& p = this->params_;
    rows_ = spans(p.output_h, p.stride_h, p.pad_top, p.pool_h, p.input_h);
    columns_ = spans(p.output_w, p.stride_w, p.pad_left, p.pool_w, p.input_w);
  }

  /// With a line of scratch, a value for each element of a row of the input.
  PackedPool(const ParamMap& params, const ConstantMap& constants, Kernel kernel, int64_t line_value_bytes)
      : PackedPool(params, constants, kernel) {
    const Pool2dParams& p = this->params_;
    this->layout_.scratch = int64_t{p.input_w} * p.channels * line_value_bytes + simd::kLineSlack;
  }

  void run(const calls::Operands& operands) const override {
    using Value = std::remove_pointer_t<decltype(Task::output)>;
    const Pool2dParams& p = this->params_;
    Task task = {};
    task.input = calls::as<Value>(operands.inputs[0]);
    task.output = calls::as<Value>(operands.outputs[0]);
    if constexpr (std::is_same_v<Task, simd::PoolTask>) task.line = operands.scratch;
    task.rows = rows_.data();
    task.columns = columns_.data();
    task.row_count = p.output_h;
    task.column_count = p.output_w;
    task.width = p.input_w;
    task.channels = p.channels;
    task.low = p.activation_min;
    task.high = p.activation_max;
    for (int32_t b = 0; b < p.batches; ++b) {
      kernel_(task);
      task.input += int64_t{p.input_h} * p.input_w * p.channels;
      task.output += int64_t{p.output_h} * p.output_w * p.channels;
    }
  }

 private:
  Kernel kernel_;
  std::vector<simd::Span> rows_, columns_;
};

class PackedMaxPool final : public PackedPool<calls::MaxPool2dS8> {
 public:
  using PackedPool::PackedPool;
  const Pool2dParams* max_pool() const override { return &params_; }
};

/// Of int16: a vector of channels at a time.
template <class Call>
using PackedWordPool = PackedPool<Call, simd::WordPoolTask>;

/// Fewer channels than a vector has lanes are quicker one by one.
template <class Call>
std::unique_ptr<Step> made_of_words(const ParamMap& params, const ConstantMap& constants, int32_t lanes,
                                    typename PackedWordPool<Call>::Kernel kernel) {
  if (BoundStep<Call>::checked(params).channels < lanes) return nullptr;
  return std::make_unique<PackedWordPool<Call>>(params, constants, kernel);
}

}  // namespace

std::unique_ptr<Step> make_packed_word_pool_2d(const std::string& kernel, const ParamMap& params,
                                               const ConstantMap& constants, const simd::Kernels& kernels) {
  if (kernel == "max_pool_2d_s16") {
    return made_of_words<calls::MaxPool2dS16>(params, constants, kernels.lanes, kernels.max_pool_words);
  }
  if (kernel == "average_pool_2d_s16") {
    return made_of_words<calls::AveragePool2dS16>(params, constants, kernels.lanes, kernels.average_pool_words);
  }
  return nullptr;
}

std::unique_ptr<Step> make_packed_max_pool_2d(const ParamMap& params, const ConstantMap& constants,
                                              const simd::Kernels& kernels) {
  return std::make_unique<PackedMaxPool>(params, constants, kernels.max_pool, 1);
}

std::unique_ptr<Step> make_packed_average_pool_2d(const ParamMap& params, const ConstantMap& constants,
                                                  const simd::Kernels& kernels) {
  using Made = PackedPool<calls::AveragePool2dS8>;
  const Pool2dParams p = Made::checked(params);
  if (int64_t{p.pool_h} * p.pool_w > simd::kMostPoolElements) return nullptr;
  return std::make_unique<Made>(params, constants, kernels.average_pool, sizeof(int16_t));
}

}  // namespace edgetwin::host
