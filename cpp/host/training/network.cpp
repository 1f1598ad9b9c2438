#include "host/training/network.hpp"

#include <algorithm>
#include <utility>

#include "host/step.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::host::training {
namespace {

/// Samples that inference takes at once.
constexpr int64_t kBlockSamples = 64;
/// Operations that are worth another thread.
constexpr int64_t kWorthAThread = 100'000;
constexpr int64_t kMostElements = (int64_t{1} << 31) - 1;

}  // namespace

Network::Network(const Shape& input, const std::vector<LayerSpec>& specs)
    : shared_(layers_, segments_, true), separate_(layers_, segments_, false) {
  if (specs.empty()) throw ShapeFault("a network has at least one layer");
  if (input.empty()) throw ShapeFault("an input has at least one axis");
  for (const int64_t length : input) {
    if (length < 1 || length > kMostElements)
      throw ShapeFault("the input " + text_of(input) + " is empty or too large");
  }
  int64_t fixed = 0;
  for (const LayerSpec& spec : specs) {
    const Shape& before = layers_.empty() ? input : layers_.back()->output();
    const std::string name = "layer " + std::to_string(layers_.size()) + ": ";
    try {
      layers_.push_back(make_layer(spec, before));
    } catch (const ShapeFault& fault) {
      throw ShapeFault(name + fault.what());
    }
    Layer& layer = *layers_.back();
    layer.index = static_cast<int>(layers_.size()) - 1;
    if (size_of(layer.output()) > kMostElements) throw ShapeFault(name + "its output is too large");
    layer_gradients_.push_back(gradient_floats_);
    for (Parameter& parameter : layer.parameters()) {
      const int64_t place = parameter.offset + (parameter.trainable ? gradient_floats_ : fixed);
      entries_.push_back({layer.index, &parameter, parameter.trainable ? place : -1});
    }
    gradient_floats_ += layer.trainable_floats();
    fixed += layer.other_floats();
  }
  values_ = Floats(gradient_floats_);
  fixed_ = Floats(fixed);
  int64_t trainable = 0, other = 0;
  for (const auto& layer : layers_) {
    for (Parameter& parameter : layer->parameters()) {
      parameter.value = (parameter.trainable ? values_.data() + trainable : fixed_.data() + other) + parameter.offset;
    }
    if (trainable == 0 && layer->trainable_floats() == 0) ++first_learner_;
    trainable += layer->trainable_floats();
    other += layer->other_floats();
  }
  segments_ = segments_of(layers_);
}

void Network::copy_parameter(size_t parameter, float* values) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::copy_n(entries_[parameter].parameter->value, size_of(entries_[parameter].parameter->shape), values);
}

void Network::set_parameter(size_t parameter, const float* values) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::copy_n(values, size_of(entries_[parameter].parameter->shape), entries_[parameter].parameter->value);
}

int Network::threads_for(const Pass& pass, int64_t cost) const {
  return static_cast<int>(std::clamp<int64_t>(pass.samples * cost / kWorthAThread, 1, pass.threads));
}

void Network::prepare(const Pass& pass, bool backward) {
  for (const auto& layer : layers_) layer->prepare(pass, backward);
}

void Network::run_forward(Workspace& workspace, const Pass& pass, const float* inputs, const int64_t* order) {
  const int64_t size = size_of(layers_.front()->input());
  const auto take = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(inputs + (order != nullptr ? order[i] : i) * size, size, workspace.values(0) + i * size);
    }
  };
  for (const Segment& segment : segments_) {
    if (!segment.sliced) {
      if (segment.first == 0) take(0, pass.samples);
      Layer& layer = *layers_[segment.first];
      layer.forward(pass, {0, pass.samples, workspace.values(segment.first), workspace.values(segment.first + 1),
                           nullptr, nullptr, nullptr, nullptr});
      continue;
    }
    parallel_for(pass.samples, kSliceSamples, threads_for(pass, segment.cost), [&](int64_t from, int64_t to) {
      const Workspace::Lease lease(workspace);
      for (int64_t begin = from; begin < to; begin += kSliceSamples) {
        const int64_t count = std::min(kSliceSamples, to - begin);
        if (segment.first == 0) take(begin, begin + count);
        for (size_t l = segment.first; l < segment.last; ++l) {
          Layer& layer = *layers_[l];
          layer.forward(pass, {begin, count, workspace.values(l) + begin * size_of(layer.input()),
                               workspace.values(l + 1) + begin * size_of(layer.output()), nullptr, nullptr, nullptr,
                               lease.scratch()});
        }
      }
    });
  }
}

void Network::forward(const Means& means, const float* inputs, int64_t samples, bool training, uint64_t seed, bool all,
                      float* const* outputs) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Workspace& workspace = all ? separate_ : shared_;
  // In training samples know of each other.
  const int64_t block = training ? samples : std::min(samples, kBlockSamples);
  workspace.reserve(block, false);
  for (int64_t begin = 0; begin < samples; begin += block) {
    const Pass pass = {means.kernels, std::min(block, samples - begin), training, seed, means.threads};
    if (begin == 0) prepare(pass, false);
    run_forward(workspace, pass, inputs + begin * size_of(layers_.front()->input()), nullptr);
    for (size_t l = all ? 0 : layers_.size() - 1, i = 0; l < layers_.size(); ++l, ++i) {
      const int64_t size = size_of(layers_[l]->output());
      std::copy_n(workspace.values(l + 1), pass.samples * size, outputs[i] + begin * size);
    }
  }
}

void Network::run_backward(Workspace& workspace, const Pass& pass, size_t last,
                           const std::vector<const uint8_t*>* masks, float* gradients) {
  for (size_t s = segments_.size(); s-- > 0;) {
    const Segment& segment = segments_[s];
    if (segment.first >= last) continue;
    if (segment.last <= first_learner_) return;
    if (segment.sliced) {
      run_backward_sliced(workspace, pass, segment, std::min(last, segment.last), masks, gradients);
      continue;
    }
    const size_t l = segment.first;
    Layer& layer = *layers_[l];
    float* const gradient = workspace.gradients(l + 1);
    if (masks != nullptr && (*masks)[l] != nullptr) {
      for (int64_t i = 0; i < pass.samples * size_of(layer.output()); ++i) {
        if ((*masks)[l][i] == 0) gradient[i] = 0.0F;
      }
    }
    layer.backward(pass,
                   {0, pass.samples, workspace.values(l), workspace.values(l + 1), gradient,
                    l > first_learner_ ? workspace.gradients(l) : nullptr, gradients + layer_gradients_[l], nullptr});
  }
}

void Network::run_backward_sliced(Workspace& workspace, const Pass& pass, const Segment& segment, size_t last,
                                  const std::vector<const uint8_t*>* masks, float* gradients) {
  parallel_for(pass.samples, kSliceSamples, threads_for(pass, 2 * segment.cost), [&](int64_t from, int64_t to) {
    const Workspace::Lease lease(workspace);
    for (int64_t begin = from; begin < to; begin += kSliceSamples) {
      const int64_t count = std::min(kSliceSamples, to - begin);
      float* const slice = workspace.slice_gradients(begin / kSliceSamples);
      float* gradient = workspace.gradients(last) + begin * size_of(layers_[last - 1]->output());
      for (size_t l = last; l-- > std::max(segment.first, first_learner_);) {
        Layer& layer = *layers_[l];
        const int64_t outputs = size_of(layer.output());
        if (masks != nullptr && (*masks)[l] != nullptr) {
          for (int64_t i = 0; i < count * outputs; ++i) {
            if ((*masks)[l][begin * outputs + i] == 0) gradient[i] = 0.0F;
          }
        }
        float* below = nullptr;
        if (l > first_learner_) {
          below = l > segment.first ? lease.gradients(l) : workspace.gradients(l) + begin * size_of(layer.input());
        }
        layer.backward(pass, {begin, count, workspace.values(l) + begin * size_of(layer.input()),
                              workspace.values(l + 1) + begin * outputs, gradient, below,
                              slice + workspace.layer_offset(l), lease.scratch()});
        gradient = below;
      }
    }
  });
  for (size_t l = std::max(segment.first, first_learner_); l < last; ++l) {
    const int64_t floats = layers_[l]->trainable_floats(), offset = workspace.layer_offset(l);
    float* const sums = gradients + layer_gradients_[l];
    std::copy_n(workspace.slice_gradients(0) + offset, floats, sums);
    for (int64_t slice = 1; slice < slices_of(pass.samples); ++slice) {
      const float* const terms = workspace.slice_gradients(slice) + offset;
      pass.kernels->add(terms, floats, sums);
    }
  }
}

double Network::run_gradients(const Pass& pass, const Task& task, const int64_t* order, float* gradients) {
  prepare(pass, true);
  run_forward(shared_, pass, task.inputs, order);
  const bool entropy = task.loss.kind == LossKind::kCrossEntropy;
  const size_t last = layers_.size() - (entropy ? 1 : 0);
  const int64_t size = size_of(layers_.back()->output()), classes = layers_.back()->output().back();
  Targets targets = task.targets;
  if (order != nullptr) {
    const auto choose = [&](const auto*& from, auto& chosen, int64_t width) {
      if (from == nullptr) return;
      chosen.resize(static_cast<size_t>(pass.samples * width));
      for (int64_t i = 0; i < pass.samples; ++i) {
        std::copy_n(from + order[i] * width, width, chosen.data() + i * width);
      }
      from = chosen.data();
    };
    choose(targets.values, chosen_values_, size);
    choose(targets.classes, chosen_classes_, size / classes);
    choose(targets.weights, chosen_weights_, 1);
  }
  const double loss =
      loss_and_gradient(task.loss, targets, pass.samples, size, classes, shared_.values(last), shared_.gradients(last));
  run_backward(shared_, pass, last, nullptr, gradients);
  return loss;
}

double Network::gradients(const Means& means, const Task& task, int64_t samples, bool training, uint64_t seed,
                          float* gradients) {
  const std::lock_guard<std::mutex> lock(mutex_);
  shared_.reserve(samples, true);
  return run_gradients({means.kernels, samples, training, seed, means.threads}, task, nullptr, gradients);
}

void Network::backward(const Means& means, const float* inputs, int64_t samples,
                       const std::vector<const float*>& outputs, const float* output_gradient,
                       const std::vector<const uint8_t*>& masks, float* gradients) {
  const std::lock_guard<std::mutex> lock(mutex_);
  separate_.reserve(samples, true);
  std::copy_n(inputs, samples * size_of(layers_.front()->input()), separate_.values(0));
  for (size_t l = 0; l < layers_.size(); ++l) {
    std::copy_n(outputs[l], samples * size_of(layers_[l]->output()), separate_.values(l + 1));
  }
  std::copy_n(output_gradient, samples * size_of(layers_.back()->output()), separate_.gradients(layers_.size()));
  const Pass pass = {means.kernels, samples, false, 0, means.threads};
  prepare(pass, true);
  run_backward(separate_, pass, layers_.size(), &masks, gradients);
}

}  // namespace edgetwin::host::training
