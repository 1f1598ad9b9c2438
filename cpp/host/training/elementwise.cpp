#include <algorithm>
#include <cmath>

#include "host/step.hpp"
#include "host/training/layers.hpp"
#include "host/training/random.hpp"

namespace edgetwin::host::training {
namespace {

/// 0 below 0 and `maximum` above it; NaN stays NaN. The gradient is 0 at both and beyond.
class Relu : public Layer {
 public:
  Relu(const LayerSpec& spec, const Shape& input) : Layer(spec.kind, input, input), maximum_(spec.maximum) {}

  bool needs_output() const override { return true; }
  bool in_place() const override { return true; }

  void forward(const Pass& pass, const Part& part) override {
    pass.kernels->relu(part.input, part.count * size_of(input()), maximum_, part.output);
  }

  void backward(const Pass& pass, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    pass.kernels->relu_gradient(part.output, part.output_gradient, part.count * size_of(input()), maximum_,
                                part.input_gradient);
  }

 private:
  const float maximum_;
};

/// In training an element is 0 with probability `rate`, and over 1 - rate otherwise.
class Dropout : public Layer {
 public:
  Dropout(const LayerSpec& spec, const Shape& input)
      : Layer(spec.kind, input, input),
        threshold_(static_cast<uint64_t>(std::ldexp(spec.rate, 32))),
        factor_(static_cast<float>(1.0 / (1.0 - spec.rate))) {}

  bool in_place() const override { return true; }

  void forward(const Pass& pass, const Part& part) override { drop(pass, part, part.input, part.output); }
  void backward(const Pass& pass, const Part& part) override {
    if (part.input_gradient != nullptr) drop(pass, part, part.output_gradient, part.input_gradient);
  }

 private:
  void drop(const Pass& pass, const Part& part, const float* from, float* to) const {
    const int64_t size = size_of(input());
    if (!pass.training || threshold_ == 0) {
      if (to != from) std::copy_n(from, part.count * size, to);
      return;
    }
    const uint64_t seed = random_bits(pass.seed, static_cast<uint64_t>(index));
    // Two elements of a sample share the bits of one number.
    const int64_t numbers = (size + 1) / 2;
    for (int64_t i = 0; i < part.count; ++i) {
      const uint64_t first = static_cast<uint64_t>((part.begin + i) * numbers);
      for (int64_t e = 0; e < size; ++e) {
        const uint64_t bits = random_bits(seed, first + static_cast<uint64_t>(e / 2));
        const uint64_t half = e % 2 == 0 ? bits >> 32 : bits & 0xFFFFFFFFU;
        const int64_t place = i * size + e;
        to[place] = half < threshold_ ? 0.0F : from[place] * factor_;
      }
    }
  }

  const uint64_t threshold_;
  const float factor_;
};

/// The same elements under another shape.
class Reshape : public Layer {
 public:
  using Layer::Layer;

  bool in_place() const override { return true; }

  void forward(const Pass&, const Part& part) override {
    if (part.output != part.input) std::copy_n(part.input, part.count * size_of(input()), part.output);
  }
  void backward(const Pass&, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    std::copy_n(part.output_gradient, part.count * size_of(input()), part.input_gradient);
  }
};

/// Over the last axis.
class Softmax : public Layer {
 public:
  using Layer::Layer;

  bool sliced() const override { return false; }
  bool needs_output() const override { return true; }

  void forward(const Pass&, const Part& part) override {
    const int64_t classes = input().back(), count = part.count * size_of(input());
    for (int64_t first = 0; first < count; first += classes) {
      const float* const x = part.input + first;
      float* const y = part.output + first;
      const float most = *std::max_element(x, x + classes);
      float sum = 0.0F;
      for (int64_t c = 0; c < classes; ++c) {
        y[c] = std::exp(x[c] - most);
        sum += y[c];
      }
      for (int64_t c = 0; c < classes; ++c) y[c] /= sum;
    }
  }

  void backward(const Pass&, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    const int64_t classes = input().back(), count = part.count * size_of(input());
    for (int64_t first = 0; first < count; first += classes) {
      const float* const y = part.output + first;
      const float* const gradient = part.output_gradient + first;
      float sum = 0.0F;
      for (int64_t c = 0; c < classes; ++c) sum += gradient[c] * y[c];
      for (int64_t c = 0; c < classes; ++c) part.input_gradient[first + c] = y[c] * (gradient[c] - sum);
    }
  }
};

}  // namespace

std::unique_ptr<Layer> make_relu(const LayerSpec& spec, const Shape& input) {
  if (!(spec.maximum > 0)) throw ShapeFault(spec.kind + ": maximum is positive");
  return std::make_unique<Relu>(spec, input);
}

std::unique_ptr<Layer> make_dropout(const LayerSpec& spec, const Shape& input) {
  if (!(spec.rate >= 0 && spec.rate < 1)) throw ShapeFault(spec.kind + ": rate is at least 0 and below 1");
  return std::make_unique<Dropout>(spec, input);
}

std::unique_ptr<Layer> make_reshape(const LayerSpec& spec, const Shape& input) {
  for (const int64_t length : spec.shape) {
    if (length < 1) throw ShapeFault(spec.kind + ": " + text_of(spec.shape) + " has a length that is not positive");
  }
  if (spec.shape.empty() || size_of(spec.shape) != size_of(input)) {
    throw ShapeFault(spec.kind + ": " + text_of(input) + " has not as many elements as " + text_of(spec.shape));
  }
  return std::make_unique<Reshape>(spec.kind, input, spec.shape);
}

std::unique_ptr<Layer> make_softmax(const LayerSpec& spec, const Shape& input) {
  return std::make_unique<Softmax>(spec.kind, input, input);
}

}  // namespace edgetwin::host::training
