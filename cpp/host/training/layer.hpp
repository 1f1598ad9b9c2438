// A layer of a network in training: what it learns, its output from its input, and gradients from that of its output.
#ifndef EDGETWIN_HOST_TRAINING_LAYER_HPP_
#define EDGETWIN_HOST_TRAINING_LAYER_HPP_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "host/training/kernels.hpp"

namespace edgetwin::host::training {

using Shape = std::vector<int64_t>;

[[nodiscard]] int64_t size_of(const Shape& shape);
[[nodiscard]] std::string text_of(const Shape& shape);

/// What a layer was asked to be; of these each kind reads its own.
struct LayerSpec {
  std::string kind;
  int64_t filters = 0, units = 0, multiplier = 1;
  int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1}, pool[2] = {1, 1};
  int64_t before[2] = {0, 0}, after[2] = {0, 0};  ///< padding: top and left, bottom and right
  bool use_bias = true;
  double momentum = 0.99, epsilon = 1e-3, rate = 0.0;
  float maximum = std::numeric_limits<float>::infinity();
  Shape shape;
};

struct Parameter {
  std::string name;
  Shape shape;
  bool trainable;
  int64_t offset;  ///< among the layer's, trainable ones and others apart; a multiple of kSlack
  float* value = nullptr;
};

/// One way through the network.
struct Pass {
  const Kernels* kernels;
  int64_t samples;
  bool training;  ///< dropout drops, batch norm takes the batch's statistics
  uint64_t seed;  ///< of this step
  int threads;
};

/// The samples that a layer is called for, and where their values are. Gradients are of the sum of all samples.
struct Part {
  int64_t begin, count;
  const float* input;
  float* output;
  const float* output_gradient;
  float* input_gradient;      ///< null where nobody asks for it
  float* parameter_gradient;  ///< of the layer's trainable parameters, at their offsets; written, not added to
  float* scratch;             ///< scratch() floats
};

class Layer {
 public:
  Layer(std::string kind, Shape input, Shape output)
      : kind_(std::move(kind)), input_(std::move(input)), output_(std::move(output)) {}
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] const Shape& input() const { return input_; }
  [[nodiscard]] const Shape& output() const { return output_; }
  [[nodiscard]] std::vector<Parameter>& parameters() { return parameters_; }
  [[nodiscard]] int64_t trainable_floats() const { return floats_[1]; }
  [[nodiscard]] int64_t other_floats() const { return floats_[0]; }

  /// Whether it works sample by sample: it is then called for slices of a batch, on several threads at once. Otherwise
  /// it is called for the whole batch and uses threads itself.
  [[nodiscard]] virtual bool sliced() const { return true; }
  /// Whether its backward() reads its output.
  [[nodiscard]] virtual bool needs_output() const { return false; }
  /// Whether output may be input: nothing else is read than the same element, and backward() does not read the input.
  [[nodiscard]] virtual bool in_place() const { return false; }
  /// Of a sliced layer's calls, in floats.
  [[nodiscard]] virtual int64_t scratch() const { return 0; }
  /// Rough number of operations for a sample.
  [[nodiscard]] virtual int64_t cost() const { return size_of(output_); }

  /// Called once before the others of a pass.
  virtual void prepare(const Pass& /*pass*/, bool /*backward*/) {}
  virtual void forward(const Pass& pass, const Part& part) = 0;
  virtual void backward(const Pass& pass, const Part& part) = 0;
  /// Moves what follows the data and not its gradient on, after a step of training.
  virtual void commit() {}

  int index = 0;  ///< of the layer in its network: dropout's random numbers are its own

 protected:
  void add_parameter(const std::string& name, Shape shape, bool trainable = true);
  [[nodiscard]] const float* value(size_t parameter) const { return parameters_[parameter].value; }
  [[nodiscard]] int64_t offset(size_t parameter) const { return parameters_[parameter].offset; }

 private:
  std::string kind_;
  Shape input_, output_;
  std::vector<Parameter> parameters_;
  int64_t floats_[2] = {0, 0};
};

/// Throws ShapeFault where the input or the numbers do not fit.
[[nodiscard]] std::unique_ptr<Layer> make_layer(const LayerSpec& spec, const Shape& input);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_LAYER_HPP_
