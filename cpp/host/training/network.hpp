// A chain of layers that learns: outputs, gradients, training.
#ifndef EDGETWIN_HOST_TRAINING_NETWORK_HPP_
#define EDGETWIN_HOST_TRAINING_NETWORK_HPP_

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/training/layer.hpp"
#include "host/training/loss.hpp"
#include "host/training/optimizer.hpp"
#include "host/training/workspace.hpp"

namespace edgetwin::host::training {

/// Training came to numbers that are not finite.
struct TrainingFault : std::runtime_error {
  TrainingFault(const std::string& what, int64_t at_step, int64_t at_layer)
      : std::runtime_error(what), step(at_step), layer(at_layer) {}
  int64_t step, layer;
};

/// Samples and what to make of them.
struct Task {
  const float* inputs;  ///< [samples, input]
  Targets targets;
  Loss loss;
};

/// The level's code and the most threads that a call uses.
struct Means {
  const Kernels* kernels;
  int threads;
};

/// Steps of training, each with `batch` samples of a task.
struct Course {
  const int64_t* order;  ///< [steps, batch] indices of samples
  int64_t steps, batch;
  Optimizer optimizer;
  const float* learning_rates;  ///< [steps]
  int64_t first_step;           ///< the number, from 0 on, of the first one
  uint64_t seed;
};

/// Its calls wait for each other. None of them changes parameters or states but train() and those that say so.
class Network {
 public:
  /// Throws ShapeFault, with the layer's index.
  Network(const Shape& input, const std::vector<LayerSpec>& specs);

  struct Entry {
    int64_t layer;
    const Parameter* parameter;
    int64_t gradient;  ///< where a trainable one's gradient is among all, else -1
  };

  [[nodiscard]] const Layers& layers() const { return layers_; }
  [[nodiscard]] const std::vector<Entry>& parameters() const { return entries_; }
  [[nodiscard]] int64_t gradient_floats() const { return gradient_floats_; }
  [[nodiscard]] bool ends_with_softmax() const { return layers_.back()->kind() == "softmax"; }

  void copy_parameter(size_t parameter, float* values);
  void set_parameter(size_t parameter, const float* values);

  /// outputs: one array, or with `all` one for every layer's.
  void forward(const Means& means, const float* inputs, int64_t samples, bool training, uint64_t seed, bool all,
               float* const* outputs);

  /// The loss; gradients [gradient_floats()] of all trainable parameters.
  double gradients(const Means& means, const Task& task, int64_t samples, bool training, uint64_t seed,
                   float* gradients);

  /// Gradients from that of the output, at given outputs of all layers. Batch norm takes its moving statistics and
  /// dropout drops nothing. masks: of each layer, or null, [samples, output]: where zero no gradient goes through.
  void backward(const Means& means, const float* inputs, int64_t samples, const std::vector<const float*>& outputs,
                const float* output_gradient, const std::vector<const uint8_t*>& masks, float* gradients);

  /// Writes every step's loss. Asks `interrupted` between steps, some 20 times a second, and throws Interrupted at
  /// true. Throws TrainingFault before a step's gradients are used where they or its loss are not finite.
  void train(const Means& means, const Task& task, const Course& course, double* losses,
             const std::function<bool()>& interrupted);

  /// Arrays of the optimizer, each as long as all trainable parameters: none, momentum, or two moving means.
  [[nodiscard]] std::vector<std::vector<float>> state();
  void set_state(const std::vector<std::vector<float>>& state);

 private:
  void prepare(const Pass& pass, bool backward);
  void run_forward(Workspace& workspace, const Pass& pass, const float* inputs, const int64_t* order);
  /// From the gradient of layer last - 1's output down.
  void run_backward(Workspace& workspace, const Pass& pass, size_t last, const std::vector<const uint8_t*>* masks,
                    float* gradients);
  void run_backward_sliced(Workspace& workspace, const Pass& pass, const Segment& segment, size_t last,
                           const std::vector<const uint8_t*>* masks, float* gradients);
  double run_gradients(const Pass& pass, const Task& task, const int64_t* order, float* gradients);
  void check_finite(const Pass& pass, double loss, const float* gradients, int64_t step);
  int threads_for(const Pass& pass, int64_t cost) const;

  std::mutex mutex_;
  Layers layers_;
  std::vector<Segment> segments_;
  std::vector<Entry> entries_;
  std::vector<int64_t> layer_gradients_;  // where each layer's begin
  int64_t gradient_floats_ = 0;
  size_t first_learner_ = 0;  // gradients need not go below
  Floats values_, fixed_;     // trainable parameters, and others
  std::vector<Floats> state_;
  Workspace shared_, separate_;
  std::vector<float> chosen_values_, chosen_weights_;
  std::vector<int64_t> chosen_classes_;
};

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_NETWORK_HPP_
