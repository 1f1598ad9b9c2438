#include "host/plan.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "host/plan_link.hpp"

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

/// Bases of the regions that serve every sample.
enum Base : size_t { kArenaBase, kStateBase, kConstantBase, kCodesBase, kRegionBases };

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
  check_storages();
  check_steps();
  codes_bytes_ = round_up(link_steps(storages_, steps_));
  // A sample's state goes through all of its steps before the next sample's does.
  block_samples_ = initial_state_.size() == 0 ? samples_of_block(steps_) : 1;
  sections_ = cut_sections(storages_, steps_, block_samples_);
  for (const PlanStep& s : steps_) scratch_bytes_ = std::max(scratch_bytes_, s.step->layout().scratch);
  resolve();
}

void Plan::check_storages() {
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
}

void Plan::check_steps() {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const PlanStep& s = steps_[i];
    if (s.inputs.size() > 4 || s.state.size() > 4 || s.outputs.size() > 4) {
      throw ShapeFault("a step has too many arrays");
    }
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
  }
}

void Plan::resolve() {
  // Bases: arena, state, constants, codes; then inputs, outputs and arrays of blocks.
  const size_t externals = input_bytes_.size() + output_bytes_.size();
  std::vector<Slot> places;
  for (const Storage& s : storages_) {
    const size_t index = static_cast<size_t>(s.where);
    switch (s.place) {
      case Place::kArena: places.push_back({kArenaBase, s.where}); break;
      case Place::kState: places.push_back({kStateBase, s.where}); break;
      case Place::kConstant: places.push_back({kConstantBase, s.where}); break;
      case Place::kCodes: places.push_back({kCodesBase, s.where}); break;
      case Place::kInput: places.push_back({kRegionBases + index, 0}); break;
      case Place::kOutput: places.push_back({kRegionBases + input_bytes_.size() + index, 0}); break;
      case Place::kBlock:
        places.push_back({kRegionBases + externals + block_storages_.size(), 0});
        block_storages_.push_back({Place::kBlock, block_bytes_, s.bytes});
        block_bytes_ += round_up(s.bytes * block_samples_ + kPlaneSlack);
        break;
    }
  }
  for (const PlanStep& s : steps_) {
    calls_.push_back({s.step.get(), slots_.size(), s.inputs.size(), s.state.size(), s.outputs.size()});
    for (const std::vector<int>* arrays : {&s.inputs, &s.state, &s.outputs}) {
      for (const int storage : *arrays) slots_.push_back(places[static_cast<size_t>(storage)]);
    }
  }
}

calls::Operands Plan::operands_of(const Workplace& place, const Call& call) const {
  // A step reads the slots that it has, which are set; the rest stays as it is.
  calls::Operands operands;
  operands.scratch = place.scratch;
  const Slot* slot = slots_.data() + call.slots;
  const auto next = [&] {
    std::byte* const address = place.bases[slot->base] + slot->offset;
    ++slot;
    return address;
  };
  for (size_t i = 0; i < call.inputs; ++i) operands.inputs[i] = next();
  for (size_t i = 0; i < call.state; ++i) operands.state[i] = next();
  for (size_t i = 0; i < call.outputs; ++i) operands.outputs[i] = next();
  return operands;
}

void Plan::run(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs,
               SampleArray state) const {
  const size_t input_count = input_bytes_.size(), output_count = output_bytes_.size();
  const size_t base_count = kRegionBases + input_count + output_count + block_storages_.size();
  const int64_t bases_bytes = round_up(static_cast<int64_t>(base_count * sizeof(std::byte*)));
  const int64_t state_size = round_up(state_bytes());
  std::byte* const memory = workspace.reserve(static_cast<size_t>(
      bases_bytes + arena_bytes_ + state_size + codes_bytes_ + block_bytes_ + round_up(scratch_bytes_)));
  std::byte* const arena = memory + bases_bytes;
  std::byte* const own_state = arena + arena_bytes_;
  std::byte* const codes = own_state + state_size;
  std::byte* const block = codes + codes_bytes_;
  std::byte** const bases = new (memory) std::byte*[base_count];
  bases[kArenaBase] = arena;
  bases[kStateBase] = own_state;
  bases[kConstantBase] = constants_.data();
  bases[kCodesBase] = codes;
  const Workplace place = {bases, block + block_bytes_};
  /// Points what moves to sample `sample`, number `index` of its block.
  const auto move_to = [&](int64_t sample, int64_t index) {
    std::byte** base = bases + kRegionBases;
    for (size_t i = 0; i < input_count; ++i) *base++ = inputs[i].data + sample * inputs[i].stride;
    for (size_t i = 0; i < output_count; ++i) *base++ = outputs[i].data + sample * outputs[i].stride;
    for (const Storage& s : block_storages_) *base++ = block + s.where + index * s.bytes;
  };
  bool contiguous = true;
  for (size_t i = 0; i < input_count; ++i) contiguous = contiguous && inputs[i].stride == input_bytes_[i];
  for (int64_t first = begin; first < end; first += block_samples_) {
    const int64_t count = std::min(block_samples_, end - first);
    for (const Section& section : sections_) {
      if (section.blocks && contiguous) {
        move_to(first, 0);
        for (size_t c = section.first; c < section.end; ++c) {
          calls_[c].step->run_block(operands_of(place, calls_[c]), count);
        }
        continue;
      }
      for (int64_t i = 0; i < count; ++i) {
        move_to(first + i, i);
        if (initial_state_.size() != 0) {
          // The kernels see aligned state; a caller's state array has whatever stride its states have.
          const std::byte* source =
              state.data != nullptr ? state.data + (first + i) * state.stride : initial_state_.data();
          std::memcpy(own_state, source, initial_state_.size());
        }
        for (size_t c = section.first; c < section.end; ++c) calls_[c].step->run(operands_of(place, calls_[c]));
        if (state.data != nullptr && initial_state_.size() != 0) {
          std::memcpy(state.data + (first + i) * state.stride, own_state, initial_state_.size());
        }
      }
    }
  }
}

}  // namespace edgetwin::host
