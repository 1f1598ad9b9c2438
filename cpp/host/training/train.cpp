// Training: steps one after the other.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <utility>

#include "host/executor.hpp"
#include "host/thread_pool.hpp"
#include "host/training/network.hpp"
#include "host/training/random.hpp"

namespace edgetwin::host::training {
namespace {

/// Parameters that a thread takes at a time.
constexpr int64_t kShare = 16'384;

}  // namespace

void Network::check_finite(const Pass& pass, double loss, const float* gradients, int64_t step) {
  const auto fail = [&](const std::string& what, size_t l) {
    throw TrainingFault("step " + std::to_string(step) + ": " + what + " of layer " + std::to_string(l) + " (" +
                            layers_[l]->kind() + ") is not finite",
                        step, static_cast<int64_t>(l));
  };
  const auto finite = [&](const float* values, int64_t count) {
    std::atomic<bool> all{true};
    parallel_for(count, kShare, pass.threads, [&](int64_t begin, int64_t end) {
      if (!pass.kernels->all_finite(values + begin, end - begin)) all.store(false);
    });
    return all.load();
  };
  if (!std::isfinite(loss)) {
    for (size_t l = 0; l < layers_.size(); ++l) {
      if (!finite(shared_.values(l + 1), pass.samples * size_of(layers_[l]->output()))) fail("the output", l);
    }
    fail("the loss from the output", layers_.size() - 1);
  }
  if (finite(gradients, gradient_floats_)) return;
  // From the loss down: the first one that is met brought it in.
  for (size_t l = layers_.size(); l-- > 0;) {
    if (!finite(gradients + layer_gradients_[l], layers_[l]->trainable_floats())) fail("a gradient", l);
  }
}

void Network::train(const Means& means, const Task& task, const Course& course, double* losses,
                    const std::function<bool()>& interrupted) {
  using Clock = std::chrono::steady_clock;
  constexpr auto between_questions = std::chrono::milliseconds(50);
  const std::lock_guard<std::mutex> lock(mutex_);
  shared_.reserve(course.batch, true);
  const size_t slots = static_cast<size_t>(course.optimizer.slots());
  if (state_.size() != slots) state_.clear();
  while (state_.size() < slots) state_.emplace_back(gradient_floats_);
  float* const first = slots > 0 ? state_[0].data() : nullptr;
  float* const second = slots > 1 ? state_[1].data() : nullptr;
  const Floats gradients(gradient_floats_);
  auto asked = Clock::now();
  for (int64_t s = 0; s < course.steps; ++s) {
    const int64_t step = course.first_step + s;
    const Pass pass = {means.kernels, course.batch, true, random_bits(course.seed, static_cast<uint64_t>(step)),
                       means.threads};
    losses[s] = run_gradients(pass, task, course.order + s * course.batch, gradients.data());
    check_finite(pass, losses[s], gradients.data(), step);
    parallel_for(gradient_floats_, kShare, means.threads, [&](int64_t begin, int64_t end) {
      optimize(*means.kernels, course.optimizer, course.learning_rates[s], step + 1, gradients.data(), begin, end,
               values_.data(), first, second);
    });
    for (const auto& layer : layers_) layer->commit();
    if (s + 1 < course.steps && Clock::now() - asked > between_questions) {
      if (interrupted()) throw Interrupted();
      asked = Clock::now();
    }
  }
}

std::vector<std::vector<float>> Network::state() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::vector<float>> copies;
  for (const Floats& floats : state_) copies.emplace_back(floats.data(), floats.data() + gradient_floats_);
  return copies;
}

void Network::set_state(const std::vector<std::vector<float>>& state) {
  std::vector<Floats> made;
  for (const std::vector<float>& values : state) {
    made.emplace_back(gradient_floats_);
    std::copy_n(values.data(), gradient_floats_, made.back().data());
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  state_ = std::move(made);
}

}  // namespace edgetwin::host::training
