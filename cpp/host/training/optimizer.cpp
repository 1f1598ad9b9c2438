#include "host/training/optimizer.hpp"

#include <cmath>

namespace edgetwin::host::training {

void optimize(const Kernels& kernels, const Optimizer& optimizer, float learning_rate, int64_t number,
              const float* gradients, int64_t begin, int64_t end, float* values, float* first, float* second) {
  if (optimizer.kind == OptimizerKind::kSgd) {
    kernels.sgd({gradients + begin, end - begin, learning_rate, static_cast<float>(optimizer.momentum),
                 optimizer.nesterov, values + begin, first != nullptr ? first + begin : nullptr});
    return;
  }
  const double power = static_cast<double>(number), rate = learning_rate;
  AdamTask task = {};
  task.gradients = gradients + begin;
  task.count = end - begin;
  task.rate = static_cast<float>(rate * std::sqrt(1 - std::pow(optimizer.beta_2, power)) /
                                 (1 - std::pow(optimizer.beta_1, power)));
  task.of_mean = static_cast<float>(1 - optimizer.beta_1);
  task.of_square = static_cast<float>(1 - optimizer.beta_2);
  task.epsilon = static_cast<float>(optimizer.epsilon);
  task.kept = optimizer.kind == OptimizerKind::kAdamW ? static_cast<float>(1 - rate * optimizer.weight_decay) : 1.0F;
  task.values = values + begin;
  task.means = first + begin;
  task.squares = second + begin;
  kernels.adam(task);
}

}  // namespace edgetwin::host::training
