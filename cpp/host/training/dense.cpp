#include <algorithm>

#include "host/step.hpp"
#include "host/thread_pool.hpp"
#include "host/training/floats.hpp"
#include "host/training/layers.hpp"

namespace edgetwin::host::training {
namespace {

/// Input's features of a part of the gradient that one thread computes: a tile's columns.
constexpr int64_t kPanel = 64;
/// Products that are worth another thread.
constexpr int64_t kWorthAThread = 100'000;

/// Products with a matrix over an input's last axis. All samples share the loads of weights, so that threads divide
/// units and features between them, not samples.
///
/// input   [..., in] a sample; the axes before the last count as samples
/// weights [units, in], bias [units]
class Dense : public Layer {
 public:
  Dense(const LayerSpec& spec, const Shape& input, const Shape& output)
      : Layer(spec.kind, input, output),
        features_(input.back()),
        units_(spec.units),
        rows_(size_of(input) / features_),
        chunk_((units_ + kChunks - 1) / kChunks < kLeastUnits ? kLeastUnits : (units_ + kChunks - 1) / kChunks) {
    add_parameter("weights", {units_, features_});
    if (spec.use_bias) add_parameter("bias", {units_});
  }

  bool sliced() const override { return false; }
  int64_t cost() const override { return rows_ * units_ * features_; }

  /// The samples lie along vectors: weights are read as they are stored.
  void forward(const Pass& pass, const Part& part) override {
    const int64_t count = part.count * rows_, lanes = padded_to_lanes(count);
    if (turned_.size() < features_ * lanes) turned_ = Floats(features_ * lanes);
    if (sums_.size() < units_ * lanes) sums_ = Floats(units_ * lanes);
    pass.kernels->transpose(part.input, count, features_, features_, turned_.data(), lanes);
    parallel_for(units_, chunk_, threads_for(pass, count), [&](int64_t begin, int64_t end) {
      GemmTask task = one_run();
      task.a = value(0) + begin * features_;
      task.a_row = features_;
      task.a_step = 1;
      task.b = turned_.data();
      task.b_step = lanes;
      task.depth = features_;
      task.row_bias = has_bias() ? value(1) + begin : nullptr;
      task.c = sums_.data() + begin * lanes;
      task.c_row = lanes;
      task.rows = end - begin;
      task.columns = lanes;
      pass.kernels->gemm(task);
      pass.kernels->transpose(sums_.data() + begin * lanes, end - begin, count, lanes, part.output + begin, units_);
    });
  }

  void backward(const Pass& pass, const Part& part) override {
    const int64_t count = part.count * rows_;
    const int64_t panels = part.input_gradient == nullptr ? 0 : (features_ + kPanel - 1) / kPanel;
    const int64_t chunks = (units_ + chunk_ - 1) / chunk_;
    parallel_for(panels + chunks, 1, threads_for(pass, 2 * count), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (i < panels) {
          input_gradient(pass, part, count, i * kPanel, std::min(features_, (i + 1) * kPanel));
        } else {
          const int64_t first = (i - panels) * chunk_;
          parameter_gradient(pass, part, count, first, std::min(units_, first + chunk_));
        }
      }
    });
  }

 private:
  static constexpr int64_t kChunks = 24, kLeastUnits = 12;

  bool has_bias() { return parameters().size() > 1; }

  int threads_for(const Pass& pass, int64_t count) const {
    return static_cast<int>(std::clamp<int64_t>(count * units_ * features_ / kWorthAThread, 1, pass.threads));
  }

  static GemmTask one_run() {
    static constexpr int64_t start = 0;
    GemmTask task = {};
    task.a_runs = &start;
    task.b_runs = &start;
    task.runs = 1;
    return task;
  }

  /// Of features [begin, end).
  void input_gradient(const Pass& pass, const Part& part, int64_t count, int64_t begin, int64_t end) {
    GemmTask task = one_run();
    task.a = part.output_gradient;
    task.a_row = units_;
    task.a_step = 1;
    task.b = value(0) + begin;
    task.b_step = features_;
    task.depth = units_;
    task.c = part.input_gradient + begin;
    task.c_row = features_;
    task.rows = count;
    task.columns = end - begin;
    pass.kernels->gemm(task);
  }

  /// Of units [begin, end).
  void parameter_gradient(const Pass& pass, const Part& part, int64_t count, int64_t begin, int64_t end) {
    GemmTask task = one_run();
    task.a = part.output_gradient + begin;
    task.a_row = 1;
    task.a_step = units_;
    task.b = part.input;
    task.b_step = features_;
    task.depth = count;
    task.c = part.parameter_gradient + offset(0) + begin * features_;
    task.c_row = features_;
    task.rows = end - begin;
    task.columns = features_;
    pass.kernels->gemm(task);
    if (!has_bias()) return;
    float* const bias = part.parameter_gradient + offset(1);
    std::fill(bias + begin, bias + end, 0.0F);
    for (int64_t n = 0; n < count; ++n) {
      for (int64_t u = begin; u < end; ++u) bias[u] += part.output_gradient[n * units_ + u];
    }
  }

  const int64_t features_, units_, rows_;
  const int64_t chunk_;  // units of a part that one thread computes
  Floats turned_;        // [in, samples]
  Floats sums_;          // [units, samples]
};

}  // namespace

std::unique_ptr<Layer> make_dense(const LayerSpec& spec, const Shape& input) {
  if (spec.units < 1) throw ShapeFault(spec.kind + ": units is positive, got " + std::to_string(spec.units));
  Shape output = input;
  output.back() = spec.units;
  return std::make_unique<Dense>(spec, input, output);
}

}  // namespace edgetwin::host::training
