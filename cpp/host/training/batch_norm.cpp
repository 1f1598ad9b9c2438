#include <algorithm>
#include <cmath>

#include "host/step.hpp"
#include "host/thread_pool.hpp"
#include "host/training/layers.hpp"

namespace edgetwin::host::training {
namespace {

/// Pixels of a part of the batch whose sums one thread makes; parts are added in their order.
constexpr int64_t kPartPixels = 1024;

/// Each channel less its mean, over its standard deviation, times gamma plus beta. In training both are the batch's and
/// the gradient goes through them; otherwise they are the moving ones, which are constants.
///
/// input [..., channels] a sample
/// gamma, beta, moving_mean, moving_variance [channels]
class BatchNorm : public Layer {
 public:
  BatchNorm(const LayerSpec& spec, const Shape& input)
      : Layer(spec.kind, input, input),
        channels_(input.back()),
        momentum_(spec.momentum),
        epsilon_(spec.epsilon),
        mean_(static_cast<size_t>(channels_)),
        variance_(mean_.size()),
        factor_(mean_.size()),
        shift_(mean_.size()) {
    add_parameter("gamma", {channels_});
    add_parameter("beta", {channels_});
    add_parameter("moving_mean", {channels_}, false);
    add_parameter("moving_variance", {channels_}, false);
  }

  bool sliced() const override { return false; }

  void forward(const Pass& pass, const Part& part) override {
    const int64_t pixels = part.count * size_of(input()) / channels_;
    const float* const x = part.input;
    if (pass.training) {
      sum_up(pass, pixels, 1, [&](int64_t i, size_t c, double* sums) { sums[c] += x[i]; });
      for (size_t c = 0; c < mean_.size(); ++c) mean_[c] = totals_[c] / static_cast<double>(pixels);
      sum_up(pass, pixels, 1, [&](int64_t i, size_t c, double* sums) {
        const double far = x[i] - mean_[c];
        sums[c] += far * far;
      });
      for (size_t c = 0; c < mean_.size(); ++c) variance_[c] = totals_[c] / static_cast<double>(pixels);
    } else {
      take_moving();
    }
    for (size_t c = 0; c < mean_.size(); ++c) {
      const double factor = value(0)[c] / std::sqrt(variance_[c] + epsilon_);
      factor_[c] = static_cast<float>(factor);
      shift_[c] = static_cast<float>(value(1)[c] - mean_[c] * factor);
    }
    parallel_for(pixels, kPartPixels, pass.threads, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        const float* const from = x + p * channels_;
        float* const to = part.output + p * channels_;
        for (size_t c = 0; c < mean_.size(); ++c) to[c] = from[c] * factor_[c] + shift_[c];
      }
    });
  }

  void backward(const Pass& pass, const Part& part) override {
    const int64_t pixels = part.count * size_of(input()) / channels_;
    if (!pass.training) take_moving();
    const size_t count = mean_.size();
    const float* const x = part.input;
    const float* const gradient = part.output_gradient;
    sum_up(pass, pixels, 2, [&](int64_t i, size_t c, double* sums) {
      sums[c] += gradient[i];
      sums[count + c] += gradient[i] * (x[i] - mean_[c]);
    });
    std::vector<double> centre(count), along(count), scale(count);
    for (size_t c = 0; c < count; ++c) {
      const double spread = 1.0 / std::sqrt(variance_[c] + epsilon_), amount = static_cast<double>(pixels);
      part.parameter_gradient[offset(0) + static_cast<int64_t>(c)] = static_cast<float>(totals_[count + c] * spread);
      part.parameter_gradient[offset(1) + static_cast<int64_t>(c)] = static_cast<float>(totals_[c]);
      scale[c] = value(0)[c] * spread;
      centre[c] = pass.training ? totals_[c] / amount : 0.0;
      along[c] = pass.training ? totals_[count + c] * spread * spread / amount : 0.0;
    }
    if (part.input_gradient == nullptr) return;
    parallel_for(pixels, kPartPixels, pass.threads, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        const int64_t first = p * channels_;
        for (size_t c = 0; c < count; ++c) {
          const int64_t i = first + static_cast<int64_t>(c);
          const double left = gradient[i] - centre[c] - (x[i] - mean_[c]) * along[c];
          part.input_gradient[i] = static_cast<float>(scale[c] * left);
        }
      }
    });
  }

  void commit() override {
    float* const mean = parameters()[2].value;
    float* const variance = parameters()[3].value;
    for (size_t c = 0; c < mean_.size(); ++c) {
      mean[c] = static_cast<float>(mean[c] * momentum_ + mean_[c] * (1 - momentum_));
      variance[c] = static_cast<float>(variance[c] * momentum_ + variance_[c] * (1 - momentum_));
    }
  }

 private:
  void take_moving() {
    std::copy_n(value(2), channels_, mean_.begin());
    std::copy_n(value(3), channels_, variance_.begin());
  }

  /// totals_ = sums over all pixels of what add(element, channel, sums) adds to `kinds` sums a channel.
  template <class Add>
  void sum_up(const Pass& pass, int64_t pixels, size_t kinds, const Add& add) {
    const size_t width = kinds * mean_.size();
    const int64_t parts = (pixels + kPartPixels - 1) / kPartPixels;
    partial_.assign(static_cast<size_t>(parts) * width, 0.0);
    parallel_for(parts, 1, pass.threads, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        double* const sums = partial_.data() + static_cast<size_t>(part) * width;
        for (int64_t p = part * kPartPixels; p < std::min(pixels, (part + 1) * kPartPixels); ++p) {
          for (size_t c = 0; c < mean_.size(); ++c) add(p * channels_ + static_cast<int64_t>(c), c, sums);
        }
      }
    });
    totals_.assign(width, 0.0);
    for (size_t i = 0; i < partial_.size(); ++i) totals_[i % width] += partial_[i];
  }

  const int64_t channels_;
  const double momentum_, epsilon_;
  std::vector<double> mean_, variance_;  // of the last pass
  std::vector<float> factor_, shift_;
  std::vector<double> partial_, totals_;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const LayerSpec& spec, const Shape& input) {
  if (!(spec.momentum >= 0 && spec.momentum <= 1)) throw ShapeFault(spec.kind + ": momentum is within 0 to 1");
  if (!(spec.epsilon > 0)) throw ShapeFault(spec.kind + ": epsilon is positive");
  return std::make_unique<BatchNorm>(spec, input);
}

}  // namespace edgetwin::host::training
