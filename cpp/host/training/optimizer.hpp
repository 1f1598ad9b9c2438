// Optimizers as in Keras 3.
#ifndef EDGETWIN_HOST_TRAINING_OPTIMIZER_HPP_
#define EDGETWIN_HOST_TRAINING_OPTIMIZER_HPP_

#include <cstdint>

#include "host/training/kernels.hpp"

namespace edgetwin::host::training {

enum class OptimizerKind { kSgd, kAdam, kAdamW };

struct Optimizer {
  OptimizerKind kind;
  double momentum = 0.0;  ///< kSgd
  bool nesterov = false;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;  ///< kAdam and kAdamW
  double weight_decay = 0.0;                            ///< kAdamW

  /// Arrays as long as the parameters that it keeps from step to step.
  [[nodiscard]] int slots() const { return kind != OptimizerKind::kSgd ? 2 : momentum != 0.0 ? 1 : 0; }
};

/// Step `number`, from 1 on, over [begin, end) of all arrays. first: momentum, or the moving mean of the gradients;
/// second: that of their squares.
void optimize(const Kernels& kernels, const Optimizer& optimizer, float learning_rate, int64_t number,
              const float* gradients, int64_t begin, int64_t end, float* values, float* first, float* second);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_OPTIMIZER_HPP_
