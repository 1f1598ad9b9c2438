#include "bindings/training_options.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <set>
#include <utility>

#include "host/step.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;
namespace training = host::training;

namespace {

using Pair = std::pair<int64_t, int64_t>;

/// A dictionary of which every key must have been read in the end.
class Options {
 public:
  Options(const py::dict& options, std::string what) : options_(options), what_(std::move(what)) {}

  template <class T>
  bool read(const char* key, T& value) {
    read_.insert(key);
    if (!options_.contains(key)) return false;
    try {
      value = py::cast<T>(options_[key]);
    } catch (const py::cast_error&) {
      throw host::ShapeFault(what_ + ": " + key + " is " + std::string(py::repr(options_[key])));
    }
    return true;
  }
  void read_pair(const char* key, int64_t (&value)[2]) {
    Pair pair = {value[0], value[1]};
    read(key, pair);
    value[0] = pair.first;
    value[1] = pair.second;
  }
  void check_all_read() const {
    for (const auto& [key, value] : options_) {
      if (read_.count(py::cast<std::string>(key)) > 0) continue;
      std::string accepted;
      for (const std::string& name : read_) accepted += (accepted.empty() ? "" : ", ") + name;
      throw host::ShapeFault(what_ + ": unknown option " + std::string(py::repr(key)) + ", accepted: " + accepted);
    }
  }

 private:
  const py::dict& options_;
  std::string what_;
  std::set<std::string> read_;
};

void read_padding(Options& options, training::LayerSpec& spec) {
  std::pair<Pair, Pair> padding = {{0, 0}, {0, 0}};
  options.read("padding", padding);
  spec.before[0] = padding.first.first;
  spec.after[0] = padding.first.second;
  spec.before[1] = padding.second.first;
  spec.after[1] = padding.second.second;
}

}  // namespace

training::LayerSpec layer_of(const std::string& kind, const py::dict& dict) {
  training::LayerSpec spec;
  spec.kind = kind;
  Options options(dict, kind);
  if (kind == "conv_2d" || kind == "depthwise_conv_2d") {
    if (kind == "conv_2d") {
      options.read("filters", spec.filters);
    } else {
      options.read("multiplier", spec.multiplier);
    }
    options.read_pair("kernel", spec.kernel);
    options.read_pair("stride", spec.stride);
    options.read_pair("dilation", spec.dilation);
    read_padding(options, spec);
    options.read("use_bias", spec.use_bias);
  } else if (kind == "dense") {
    options.read("units", spec.units);
    options.read("use_bias", spec.use_bias);
  } else if (kind == "max_pool_2d" || kind == "average_pool_2d") {
    options.read_pair("pool", spec.pool);
    options.read_pair("stride", spec.stride);
    read_padding(options, spec);
  } else if (kind == "batch_norm") {
    options.read("momentum", spec.momentum);
    options.read("epsilon", spec.epsilon);
  } else if (kind == "relu") {
    std::optional<float> maximum;
    options.read("maximum", maximum);
    if (maximum) spec.maximum = *maximum;
  } else if (kind == "dropout") {
    options.read("rate", spec.rate);
  } else if (kind == "reshape") {
    options.read("shape", spec.shape);
  }
  options.check_all_read();
  return spec;
}

training::Loss loss_of(const std::string& name, const py::dict& dict) {
  training::Loss loss = {};
  Options options(dict, "loss '" + name + "'");
  if (name == "mse") {
    loss.kind = training::LossKind::kMse;
  } else if (name == "mae") {
    loss.kind = training::LossKind::kMae;
  } else if (name == "huber") {
    loss.kind = training::LossKind::kHuber;
    options.read("delta", loss.delta);
    if (!(loss.delta > 0)) throw host::ShapeFault("huber: delta is positive");
  } else if (name == "cross_entropy") {
    loss.kind = training::LossKind::kCrossEntropy;
  } else {
    throw host::ShapeFault("unknown loss '" + name + "', accepted: mse, mae, huber, cross_entropy");
  }
  options.check_all_read();
  return loss;
}

training::Optimizer optimizer_of(const py::dict& dict) {
  training::Optimizer optimizer = {};
  Options options(dict, "optimizer");
  std::string name;
  options.read("name", name);
  if (name == "sgd") {
    optimizer.kind = training::OptimizerKind::kSgd;
    options.read("momentum", optimizer.momentum);
    options.read("nesterov", optimizer.nesterov);
  } else if (name == "adam" || name == "adamw") {
    optimizer.kind = name == "adam" ? training::OptimizerKind::kAdam : training::OptimizerKind::kAdamW;
    options.read("beta_1", optimizer.beta_1);
    options.read("beta_2", optimizer.beta_2);
    options.read("epsilon", optimizer.epsilon);
    if (name == "adamw") {
      optimizer.weight_decay = 0.004;
      options.read("weight_decay", optimizer.weight_decay);
    }
  } else {
    throw host::ShapeFault("unknown optimizer '" + name + "', accepted: sgd, adam, adamw");
  }
  options.check_all_read();
  for (const double share : {optimizer.momentum, optimizer.beta_1, optimizer.beta_2}) {
    if (!(share >= 0 && share < 1)) throw host::ShapeFault("optimizer: momentum and betas are at least 0 and below 1");
  }
  if (!(optimizer.epsilon > 0 && optimizer.weight_decay >= 0)) {
    throw host::ShapeFault("optimizer: epsilon is positive, and weight_decay is not negative");
  }
  return optimizer;
}

}  // namespace edgetwin::bindings
