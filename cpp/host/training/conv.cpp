#include <algorithm>

#include "host/step.hpp"
#include "host/training/floats.hpp"
#include "host/training/layers.hpp"
#include "host/training/windows.hpp"

namespace edgetwin::host::training {
namespace {

/// 2-D convolution, a matrix product over windows. Taps that follow each other in memory are one run: a whole row of a
/// kernel without dilation. Nothing is copied but for padding.
///
/// input   [h, w, in] a sample
/// weights [filters, kernel_h, kernel_w, in], bias [filters]
class Conv : public Layer {
 public:
  Conv(const LayerSpec& spec, const Shape& input, const Windows& windows)
      : Layer(spec.kind, input, {windows.y.output, windows.x.output, spec.filters}),
        windows_(windows),
        filters_(spec.filters),
        run_floats_((windows.x.dilation == 1 ? windows.x.kernel : 1) * windows.channels),
        window_floats_(windows.y.kernel * windows.x.kernel * windows.channels) {
    add_parameter("weights", {filters_, windows_.y.kernel, windows_.x.kernel, windows_.channels});
    if (spec.use_bias) add_parameter("bias", {filters_});
    const int64_t runs_x = windows_.x.dilation == 1 ? 1 : windows_.x.kernel;
    const int64_t gradient_run = (windows_.x.dilation == 1 ? windows_.x.kernel : 1) * filters_;
    for (int64_t y = 0; y < windows_.y.kernel; ++y) {
      for (int64_t x = 0; x < runs_x; ++x) {
        const int64_t run = static_cast<int64_t>(input_runs_.size());
        const int64_t down = y * windows_.y.dilation, along = x * windows_.x.dilation;
        input_runs_.push_back((down * windows_.x.padded() + along) * windows_.channels);
        weight_runs_.push_back(run * run_floats_ * padded_to_lanes(filters_));
        gradient_runs_.push_back((down * spread_width() + along) * filters_);
        turned_runs_.push_back(run * gradient_run * padded_to_lanes(windows_.channels));
      }
    }
    for (int64_t y = 0; y < windows_.y.output; ++y) {
      line_gradients_.push_back(y * windows_.x.output * filters_);
      line_inputs_.push_back(y * windows_.y.stride * windows_.x.padded() * windows_.channels);
    }
    packed_ = Floats(window_floats_ * padded_to_lanes(filters_));
    turned_ = Floats(windows_.y.kernel * windows_.x.kernel * filters_ * padded_to_lanes(windows_.channels));
    bias_ = Floats(padded_to_lanes(filters_));
  }

  int64_t scratch() const override {
    return padded_to_lanes(windows_.padded_floats()) + spread_height() * spread_width() * filters_ + 2 * kSlack;
  }
  int64_t cost() const override { return size_of(output()) * window_floats_; }

  void prepare(const Pass& pass, bool backward) override {
    pass.kernels->transpose(value(0), filters_, window_floats_, window_floats_, packed_.data(),
                            padded_to_lanes(filters_));
    if (has_bias()) std::copy_n(value(1), filters_, bias_.data());
    if (!backward) return;
    // Turned around: what the input's pixel gave to the output's pixels before and behind it.
    const int64_t taps = windows_.y.kernel * windows_.x.kernel, channels = windows_.channels;
    for (int64_t tap = 0; tap < taps; ++tap) {
      for (int64_t f = 0; f < filters_; ++f) {
        std::copy_n(value(0) + (f * taps + taps - 1 - tap) * channels, channels,
                    turned_.data() + (tap * filters_ + f) * padded_to_lanes(channels));
      }
    }
  }

  void forward(const Pass& pass, const Part& part) override {
    GemmTask task = {};
    task.a_row = windows_.x.stride * windows_.channels;
    task.a_step = 1;
    task.b = packed_.data();
    task.b_step = padded_to_lanes(filters_);
    task.a_runs = input_runs_.data();
    task.b_runs = weight_runs_.data();
    task.runs = static_cast<int64_t>(input_runs_.size());
    task.depth = run_floats_;
    task.bias = has_bias() ? bias_.data() : nullptr;
    task.c_row = filters_;
    task.rows = windows_.x.output;
    task.columns = filters_;
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const image = padded(windows_, part.input + i * size_of(input()), part.scratch);
      for (int64_t y = 0; y < windows_.y.output; ++y) {
        task.a = image + line_inputs_[static_cast<size_t>(y)];
        task.c = part.output + i * size_of(output()) + line_gradients_[static_cast<size_t>(y)];
        pass.kernels->gemm(task);
      }
    }
  }

  void backward(const Pass& pass, const Part& part) override {
    if (has_bias()) {
      float* const bias = part.parameter_gradient + offset(1);
      std::fill_n(bias, filters_, 0.0F);
      const int64_t pixels = part.count * windows_.y.output * windows_.x.output;
      pass.kernels->add_rows(part.output_gradient, pixels, filters_, bias);
    }
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const gradient = part.output_gradient + i * size_of(output());
      add_weight_gradient(pass, padded(windows_, part.input + i * size_of(input()), part.scratch), gradient, i > 0,
                          part.parameter_gradient + offset(0));
      if (part.input_gradient != nullptr) {
        input_gradient(pass, gradient, part.scratch + padded_to_lanes(windows_.padded_floats()),
                       part.input_gradient + i * size_of(input()));
      }
    }
  }

 private:
  bool has_bias() { return parameters().size() > 1; }

  // Of what spread_out() makes.
  int64_t spread_height() const { return windows_.y.input + windows_.y.extent() - 1; }
  int64_t spread_width() const { return windows_.x.input + windows_.x.extent() - 1; }

  void add_weight_gradient(const Pass& pass, const float* image, const float* gradient, bool onto, float* weights) {
    GemmTask task = {};
    task.a = gradient;
    task.a_row = 1;
    task.a_step = filters_;
    task.b_step = windows_.x.stride * windows_.channels;
    task.a_runs = line_gradients_.data();
    task.b_runs = line_inputs_.data();
    task.runs = windows_.y.output;
    task.depth = windows_.x.output;
    task.c_row = window_floats_;
    task.rows = filters_;
    task.columns = run_floats_;
    task.onto = onto;
    for (size_t run = 0; run < input_runs_.size(); ++run) {
      task.b = image + input_runs_[run];
      task.c = weights + static_cast<int64_t>(run) * run_floats_;
      pass.kernels->gemm(task);
    }
  }

  void input_gradient(const Pass& pass, const float* gradient, float* spread, float* input_gradient) {
    spread_out(gradient, spread);
    GemmTask task = {};
    task.a_row = filters_;
    task.a_step = 1;
    task.b = turned_.data();
    task.b_step = padded_to_lanes(windows_.channels);
    task.a_runs = gradient_runs_.data();
    task.b_runs = turned_runs_.data();
    task.runs = static_cast<int64_t>(gradient_runs_.size());
    task.depth = (windows_.x.dilation == 1 ? windows_.x.kernel : 1) * filters_;
    task.c_row = windows_.channels;
    task.rows = windows_.x.input;
    task.columns = windows_.channels;
    for (int64_t y = 0; y < windows_.y.input; ++y) {
      task.a = spread + y * spread_width() * filters_;
      task.c = input_gradient + y * windows_.x.input * windows_.channels;
      pass.kernels->gemm(task);
    }
  }

  /// The output's gradient with zeros around it and, where there is a stride, between its pixels.
  void spread_out(const float* gradient, float* spread) const {
    const int64_t top = windows_.y.extent() - 1 - windows_.y.before;
    const int64_t left = (windows_.x.extent() - 1 - windows_.x.before) * filters_, width = spread_width() * filters_;
    const int64_t row = windows_.x.output * filters_;
    for (int64_t y = 0; y < spread_height(); ++y, spread += width) {
      const bool is_line = y >= top && (y - top) % windows_.y.stride == 0;
      if (!is_line || (y - top) / windows_.y.stride >= windows_.y.output) {
        std::fill_n(spread, width, 0.0F);
      } else if (windows_.x.stride == 1) {
        std::fill_n(spread, left, 0.0F);
        std::copy_n(gradient, row, spread + left);
        std::fill(spread + left + row, spread + width, 0.0F);
        gradient += row;
      } else {
        std::fill_n(spread, width, 0.0F);
        float* pixel = spread + left;
        for (int64_t x = 0; x < windows_.x.output; ++x, pixel += windows_.x.stride * filters_, gradient += filters_) {
          std::copy_n(gradient, filters_, pixel);
        }
      }
    }
  }

  const Windows windows_;
  const int64_t filters_, run_floats_, window_floats_;
  std::vector<int64_t> input_runs_, weight_runs_;      // of a window's taps
  std::vector<int64_t> gradient_runs_, turned_runs_;   // of the gradients that meet at an input's pixel
  std::vector<int64_t> line_gradients_, line_inputs_;  // of the output's lines
  Floats packed_;                                      // [kernel_h, kernel_w, in, filters]
  Floats turned_;  // [kernel_h, kernel_w, filters, in], taps from the last to the first
  Floats bias_;
};

}  // namespace

std::unique_ptr<Layer> make_conv(const LayerSpec& spec, const Shape& input) {
  if (spec.filters < 1) throw ShapeFault(spec.kind + ": filters is positive, got " + std::to_string(spec.filters));
  return std::make_unique<Conv>(spec, input, windows_of(spec, spec.kernel, input));
}

}  // namespace edgetwin::host::training
