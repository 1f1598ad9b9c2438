// Losses as Keras 3 defines them, and their gradients.
#ifndef EDGETWIN_HOST_TRAINING_LOSS_HPP_
#define EDGETWIN_HOST_TRAINING_LOSS_HPP_

#include <cstdint>

namespace edgetwin::host::training {

enum class LossKind {
  kMse,
  kMae,
  kHuber,
  kCrossEntropy,  ///< of class indices, from what the final softmax takes
};

struct Loss {
  LossKind kind;
  float delta = 1.0F;  ///< kHuber: from here on it grows linearly
};

/// What some samples should give.
struct Targets {
  const float* values;     ///< [samples, size], null for kCrossEntropy
  const int64_t* classes;  ///< [samples, size / last], null otherwise
  const float* weights;    ///< [samples], null for ones
};

/// The sum over samples of weight times mean over a sample's elements (cross-entropy: its places), over `samples`.
/// Sums are made in float64, sample by sample.
///
/// output, gradient [samples, size]; cross-entropy: what softmax takes, and the loss's gradient there, whose last axis
/// has `classes` elements
double loss_and_gradient(const Loss& loss, const Targets& targets, int64_t samples, int64_t size, int64_t classes,
                         const float* output, float* gradient);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_LOSS_HPP_
