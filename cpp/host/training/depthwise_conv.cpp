#include <algorithm>

#include "host/step.hpp"
#include "host/training/layers.hpp"
#include "host/training/windows.hpp"

namespace edgetwin::host::training {
namespace {

/// 2-D convolution of each channel alone with `multiplier` filters: output channel c * multiplier + m is channel c's.
/// The input's channels are repeated that often, with its padding; then channel stands against channel.
///
/// input   [h, w, in] a sample
/// weights [1, kernel_h, kernel_w, in * multiplier], bias [in * multiplier]
class DepthwiseConv : public Layer {
 public:
  DepthwiseConv(const LayerSpec& spec, const Shape& input, const Windows& windows)
      : Layer(spec.kind, input, {windows.y.output, windows.x.output, windows.channels * spec.multiplier}),
        windows_(windows),
        multiplier_(spec.multiplier),
        channels_(windows.channels * spec.multiplier) {
    add_parameter("weights", {1, windows_.y.kernel, windows_.x.kernel, channels_});
    if (spec.use_bias) add_parameter("bias", {channels_});
  }

  int64_t scratch() const override { return 2 * windows_.y.padded() * windows_.x.padded() * channels_; }
  int64_t cost() const override { return size_of(output()) * windows_.y.kernel * windows_.x.kernel; }

  void forward(const Pass& pass, const Part& part) override {
    for (int64_t i = 0; i < part.count; ++i) {
      repeat(part.input + i * size_of(input()), part.scratch);
      pass.kernels->depthwise(task(), part.scratch, value(0), has_bias() ? value(1) : nullptr,
                              part.output + i * size_of(output()));
    }
  }

  void backward(const Pass& pass, const Part& part) override {
    float* const weights = part.parameter_gradient + offset(0);
    std::fill_n(weights, windows_.y.kernel * windows_.x.kernel * channels_, 0.0F);
    if (has_bias()) {
      float* const bias = part.parameter_gradient + offset(1);
      std::fill_n(bias, channels_, 0.0F);
      const int64_t pixels = part.count * windows_.y.output * windows_.x.output;
      pass.kernels->add_rows(part.output_gradient, pixels, channels_, bias);
    }
    const int64_t floats = windows_.y.padded() * windows_.x.padded() * channels_;
    float* const met = part.input_gradient != nullptr ? part.scratch + floats : nullptr;
    for (int64_t i = 0; i < part.count; ++i) {
      repeat(part.input + i * size_of(input()), part.scratch);
      if (met != nullptr) std::fill_n(met, floats, 0.0F);
      pass.kernels->depthwise_gradient(task(), part.scratch, value(0), part.output_gradient + i * size_of(output()),
                                       weights, met);
      if (met != nullptr) gather(met, part.input_gradient + i * size_of(input()));
    }
  }

 private:
  bool has_bias() { return parameters().size() > 1; }

  DepthwiseTask task() const {
    const int64_t line = windows_.x.padded() * channels_;
    DepthwiseTask task = {};
    task.output_h = windows_.y.output;
    task.output_w = windows_.x.output;
    task.kernel_h = windows_.y.kernel;
    task.kernel_w = windows_.x.kernel;
    task.channels = channels_;
    task.line = windows_.y.stride * line;
    task.pixel = windows_.x.stride * channels_;
    task.tap_line = windows_.y.dilation * line;
    task.tap_step = windows_.x.dilation * channels_;
    return task;
  }

  /// Calls pixel(input, padded) with the places of each of the input's pixels in both.
  template <class Pixel>
  void for_each_pixel(Pixel&& pixel) const {
    for (int64_t y = 0; y < windows_.y.input; ++y) {
      for (int64_t x = 0; x < windows_.x.input; ++x) {
        const int64_t place = (y + windows_.y.before) * windows_.x.padded() + x + windows_.x.before;
        pixel((y * windows_.x.input + x) * windows_.channels, place * channels_);
      }
    }
  }

  void repeat(const float* image, float* repeated) const {
    std::fill_n(repeated, windows_.y.padded() * windows_.x.padded() * channels_, 0.0F);
    for_each_pixel([&](int64_t from, int64_t to) {
      for (int64_t c = 0; c < channels_; ++c) repeated[to + c] = image[from + c / multiplier_];
    });
  }

  void gather(const float* repeated, float* image) const {
    for_each_pixel([&](int64_t to, int64_t from) {
      for (int64_t c = 0; c < windows_.channels; ++c) {
        float sum = 0.0F;
        for (int64_t m = 0; m < multiplier_; ++m) sum += repeated[from + c * multiplier_ + m];
        image[to + c] = sum;
      }
    });
  }

  const Windows windows_;
  const int64_t multiplier_, channels_;
};

}  // namespace

std::unique_ptr<Layer> make_depthwise_conv(const LayerSpec& spec, const Shape& input) {
  if (spec.multiplier < 1) {
    throw ShapeFault(spec.kind + ": multiplier is positive, got " + std::to_string(spec.multiplier));
  }
  return std::make_unique<DepthwiseConv>(spec, input, windows_of(spec, spec.kernel, input));
}

}  // namespace edgetwin::host::training
