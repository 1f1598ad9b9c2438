#include "host/plan.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "host/thread_pool.hpp"

namespace edgetwin::host {
namespace {

/// Memory that a thread keeps from one run to the next, so that running allocates nothing after the first call.
class Workspace {
 public:
  /// At least `bytes` bytes, never null.
  std::byte* reserve(size_t bytes) {
    if (bytes_.data() == nullptr || bytes_.size() < bytes) bytes_ = AlignedBytes(bytes);
    return bytes_.data();
  }

 private:
  AlignedBytes bytes_;
};

thread_local Workspace workspace;

/// Small enough that the sum of a workspace's regions cannot overflow; allocating it is what fails.
constexpr int64_t kMostBytes = std::numeric_limits<int64_t>::max() / 8;

int64_t round_up(int64_t bytes) {
  constexpr int64_t alignment = AlignedBytes::kAlignment;
  return (bytes + alignment - 1) / alignment * alignment;
}

class CopyStep final : public Step {
 public:
  explicit CopyStep(int64_t bytes) : layout_{} { layout_.inputs[0] = layout_.outputs[0] = bytes; }
  [[nodiscard]] const calls::Layout& layout() const override { return layout_; }
  void run(const calls::Operands& operands) const override {
    // memmove: a plan may let both lie in one place.
    std::memmove(operands.outputs[0], operands.inputs[0], static_cast<size_t>(layout_.inputs[0]));
  }

 private:
  calls::Layout layout_;
};

void check_slots(const std::vector<int>& storages, const int64_t* expected, const std::vector<Storage>& all,
                 size_t step, const char* kind) {
  for (size_t i = 0; i < storages.size(); ++i) {
    const int64_t bytes = all.at(static_cast<size_t>(storages[i])).bytes;
    if (bytes != expected[i]) {
      throw ShapeFault("step " + std::to_string(step) + ": " + kind + " " + std::to_string(i) + " has " +
                       std::to_string(bytes) + " bytes, the kernel needs " + std::to_string(expected[i]));
    }
  }
  if (storages.size() < 4 && expected[storages.size()] != 0) {
    throw ShapeFault("step " + std::to_string(step) + ": " + kind + " " + std::to_string(storages.size()) +
                     " is missing");
  }
}

}  // namespace

std::unique_ptr<Step> make_copy_step(int64_t bytes) { return std::make_unique<CopyStep>(bytes); }

Plan::Plan(std::vector<Storage> storages, std::vector<PlanStep> steps, int64_t arena_bytes, AlignedBytes initial_state,
           AlignedBytes constants, std::optional<Level> level)
    : storages_(std::move(storages)),
      steps_(std::move(steps)),
      level_(level),
      arena_bytes_(arena_bytes),
      initial_state_(std::move(initial_state)),
      constants_(std::move(constants)) {
  if (arena_bytes < 0 || arena_bytes > kMostBytes) {
    throw ShapeFault("an arena of " + std::to_string(arena_bytes) + " bytes");
  }
  arena_bytes_ = round_up(arena_bytes);
  for (const Storage& s : storages_) {
    const int64_t region = s.place == Place::kArena      ? arena_bytes_
                           : s.place == Place::kState    ? state_bytes()
                           : s.place == Place::kConstant ? static_cast<int64_t>(constants_.size())
                                                         : std::numeric_limits<int64_t>::max();
    const bool external = s.place == Place::kInput || s.place == Place::kOutput;
    if (s.bytes < 0 || s.where < 0 || (!external && s.where > region - s.bytes)) {
      throw ShapeFault("a storage of " + std::to_string(s.bytes) + " bytes at " + std::to_string(s.where) +
                       " leaves its region");
    }
    if (external) {
      std::vector<int64_t>& sizes = s.place == Place::kInput ? input_bytes_ : output_bytes_;
      const size_t index = static_cast<size_t>(s.where);
      if (index >= storages_.size()) throw ShapeFault("an input or output has no such index");
      if (sizes.size() <= index) sizes.resize(index + 1, 0);
      sizes[index] = std::max(sizes[index], s.bytes);
    }
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& s = steps_[i];
    if (s.inputs.size() > 4 || s.state.size() > 4 || s.outputs.size() > 4)
      throw ShapeFault("a step has too many arrays");
    const calls::Layout& layout = s.step->layout();
    check_slots(s.inputs, layout.inputs, storages_, i, "input");
    check_slots(s.state, layout.state, storages_, i, "state");
    check_slots(s.outputs, layout.outputs, storages_, i, "output");
    for (const std::vector<int>* written : {&s.state, &s.outputs}) {
      for (const int storage : *written) {
        const Place place = storages_[static_cast<size_t>(storage)].place;
        if (place == Place::kInput || place == Place::kConstant) {
          throw ShapeFault("step " + std::to_string(i) + " writes to an input or a constant");
        }
      }
    }
    if (layout.scratch > kMostBytes) throw ShapeFault("step " + std::to_string(i) + " needs too much scratch");
    scratch_bytes_ = std::max(scratch_bytes_, layout.scratch);
    for (const int64_t bytes : layout.inputs) touched_bytes_ += bytes;
    for (const int64_t bytes : layout.constants) touched_bytes_ += bytes;
    for (const int64_t bytes : layout.outputs) touched_bytes_ += bytes;
  }
}

void Plan::run(int64_t samples, const SampleArray* inputs, const SampleArray* outputs, SampleArray state,
               int threads) const {
  if (samples == 1 || threads == 1) {
    run_range(0, samples, inputs, outputs, state);
    return;
  }
  parallel_for(samples, threads, [&](int64_t begin, int64_t end) { run_range(begin, end, inputs, outputs, state); });
}

void Plan::run_range(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs,
                     SampleArray state) const {
  const int64_t state_size = round_up(state_bytes());
  std::byte* const arena = workspace.reserve(static_cast<size_t>(arena_bytes_ + state_size + round_up(scratch_bytes_)));
  std::byte* const own_state = arena + arena_bytes_;
  std::byte* const scratch = own_state + state_size;
  // Cleared once: a step reads the slots that it has, which are set for each.
  calls::Operands operands = {};
  operands.scratch = scratch;
  for (int64_t sample = begin; sample < end; ++sample) {
    if (initial_state_.size() != 0) {
      // The kernels see aligned state; a caller's state array has whatever stride its states have.
      const std::byte* source = state.data != nullptr ? state.data + sample * state.stride : initial_state_.data();
      std::memcpy(own_state, source, initial_state_.size());
    }
    const auto locate = [&](int storage) -> std::byte* {
      const Storage& s = storages_[static_cast<size_t>(storage)];
      switch (s.place) {
        case Place::kArena: return arena + s.where;
        case Place::kState: return own_state + s.where;
        case Place::kConstant: return constants_.data() + s.where;
        case Place::kInput: {
          const SampleArray& array = inputs[s.where];
          return array.data + sample * array.stride;
        }
        case Place::kOutput: {
          const SampleArray& array = outputs[s.where];
          return array.data + sample * array.stride;
        }
      }
      return nullptr;
    };
    for (const PlanStep& s : steps_) {
      for (size_t i = 0; i < s.inputs.size(); ++i) operands.inputs[i] = locate(s.inputs[i]);
      for (size_t i = 0; i < s.state.size(); ++i) operands.state[i] = locate(s.state[i]);
      for (size_t i = 0; i < s.outputs.size(); ++i) operands.outputs[i] = locate(s.outputs[i]);
      s.step->run(operands);
    }
    if (state.data != nullptr && initial_state_.size() != 0) {
      std::memcpy(state.data + sample * state.stride, own_state, initial_state_.size());
    }
  }
}

}  // namespace edgetwin::host
