#include "host/training/optimizer.hpp"

#include <cmath>

namespace edgetwin::host::training {

void optimize(const Optimizer& optimizer, float learning_rate, int64_t number, const float* gradients, int64_t begin,
              int64_t end, float* values, float* first, float* second) {
  if (optimizer.kind == OptimizerKind::kSgd) {
    const float momentum = static_cast<float>(optimizer.momentum);
    for (int64_t i = begin; i < end; ++i) {
      const float step = -learning_rate * gradients[i];
      if (first == nullptr) {
        values[i] += step;
        continue;
      }
      first[i] = momentum * first[i] + step;
      values[i] += optimizer.nesterov ? momentum * first[i] + step : first[i];
    }
    return;
  }
  const double power = static_cast<double>(number);
  const float rate = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(optimizer.beta_2, power)) /
                                        (1 - std::pow(optimizer.beta_1, power)));
  const float of_mean = static_cast<float>(1 - optimizer.beta_1), of_square = static_cast<float>(1 - optimizer.beta_2);
  const float epsilon = static_cast<float>(optimizer.epsilon);
  const float kept =
      optimizer.kind == OptimizerKind::kAdamW ? static_cast<float>(1 - learning_rate * optimizer.weight_decay) : 1.0F;
  for (int64_t i = begin; i < end; ++i) {
    const float g = gradients[i];
    first[i] += (g - first[i]) * of_mean;
    second[i] += (g * g - second[i]) * of_square;
    values[i] = values[i] * kept - rate * first[i] / (std::sqrt(second[i]) + epsilon);
  }
}

}  // namespace edgetwin::host::training
