#include "host/training/loss.hpp"

#include <algorithm>
#include <cmath>

namespace edgetwin::host::training {
namespace {

/// Of one element that is `error` too large: the loss, and its derivative.
struct Term {
  double loss;
  float slope;
};

Term term_of(const Loss& loss, float error) {
  const double size = std::fabs(static_cast<double>(error));
  const float sign = error > 0.0F ? 1.0F : error < 0.0F ? -1.0F : error;
  switch (loss.kind) {
    case LossKind::kMse: return {size * size, 2.0F * error};
    case LossKind::kMae: return {size, sign};
    default: {
      const double delta = loss.delta;
      if (size > delta) return {delta * (size - 0.5 * delta), sign * loss.delta};
      return {0.5 * size * size, error};
    }
  }
}

/// -log(softmax(x)[wanted]), and its gradient times `factor`.
double cross_entropy(const float* x, int64_t classes, int64_t wanted, float factor, float* gradient) {
  const float most = *std::max_element(x, x + classes);
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(x[c]) - most);
  for (int64_t c = 0; c < classes; ++c) {
    const double share = std::exp(static_cast<double>(x[c]) - most) / sum;
    gradient[c] = static_cast<float>(share - (c == wanted ? 1.0 : 0.0)) * factor;
  }
  return std::log(sum) + most - x[wanted];
}

}  // namespace

double loss_and_gradient(const Loss& loss, const Targets& targets, int64_t samples, int64_t size, int64_t classes,
                         const float* output, float* gradient) {
  const int64_t places = loss.kind == LossKind::kCrossEntropy ? size / classes : size;
  double total = 0;
  for (int64_t n = 0; n < samples; ++n) {
    const float weight = targets.weights != nullptr ? targets.weights[n] : 1.0F;
    const float factor = weight / static_cast<float>(samples * places);
    const float* const x = output + n * size;
    float* const slopes = gradient + n * size;
    double sum = 0;
    if (loss.kind == LossKind::kCrossEntropy) {
      for (int64_t p = 0; p < places; ++p) {
        sum += cross_entropy(x + p * classes, classes, targets.classes[n * places + p], factor, slopes + p * classes);
      }
    } else {
      for (int64_t i = 0; i < size; ++i) {
        const Term term = term_of(loss, x[i] - targets.values[n * size + i]);
        sum += term.loss;
        slopes[i] = term.slope * factor;
      }
    }
    total += weight * sum / static_cast<double>(places);
  }
  return total / static_cast<double>(samples);
}

}  // namespace edgetwin::host::training
