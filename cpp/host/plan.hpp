// An immutable execution plan: steps and where their arrays lie. run() is re-entrant.
#ifndef EDGETWIN_HOST_PLAN_HPP_
#define EDGETWIN_HOST_PLAN_HPP_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "host/level.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

/// Where the bytes of one sample's tensor are. The last two are the plan's own choice.
enum class Place { kArena, kState, kConstant, kInput, kOutput, kCodes, kBlock };

struct Storage {
  Place place;
  int64_t where;  ///< byte offset in the place; index of the input or output
  int64_t bytes;
};

struct PlanStep {
  std::unique_ptr<Step> step;
  std::vector<int> inputs, state, outputs;  ///< indices of storages, in the kernel's slot order
};

/// Consecutive steps that run alike.
struct Section {
  size_t first;
  size_t end;
  bool blocks;  ///< each step takes a block of samples; else all steps run for one sample, then for the next
};

/// A caller's array over samples: sample i starts at data + i * stride. Stride 0 shares one value.
struct SampleArray {
  std::byte* data;
  int64_t stride;
};

class Plan {
 public:
  /// `level` is that of the steps, none for the device core's own code. Throws ShapeFault where a storage leaves its
  /// region or a step's arrays do not have the bytes its kernel needs.
  Plan(std::vector<Storage> storages, std::vector<PlanStep> steps, int64_t arena_bytes, AlignedBytes initial_state,
       AlignedBytes constants, std::optional<Level> level);

  [[nodiscard]] std::optional<Level> level() const { return level_; }
  [[nodiscard]] int64_t arena_bytes() const { return arena_bytes_; }
  [[nodiscard]] int64_t state_bytes() const { return static_cast<int64_t>(initial_state_.size()); }
  [[nodiscard]] int64_t scratch_bytes() const { return scratch_bytes_; }
  /// Runs of a multiple of so many samples use blocks best.
  [[nodiscard]] int64_t block_samples() const { return block_samples_; }
  [[nodiscard]] const std::vector<int64_t>& input_bytes() const { return input_bytes_; }
  [[nodiscard]] const std::vector<int64_t>& output_bytes() const { return output_bytes_; }

  /// Runs samples `begin` to `end` on this thread. `inputs` and `outputs` hold one array for each of input_bytes() and
  /// output_bytes(). Without `state` (null data) each sample starts from the initial state; with it, sample i reads and
  /// advances its own.
  void run(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs, SampleArray state) const;

 private:
  /// An array of a step: so many bytes after a base. Bases are the regions that serve every sample, then what moves
  /// from sample to sample.
  struct Slot {
    size_t base;
    int64_t offset;
  };
  /// A step with its slots, in slots_: inputs, state, outputs.
  struct Call {
    const Step* step;
    size_t slots;
    size_t inputs, state, outputs;
  };
  /// What one thread works with: the addresses of all bases, and memory that steps use as they like.
  struct Workplace {
    std::byte** bases;
    std::byte* scratch;
  };

  void check_storages();
  void check_steps();
  void resolve();
  [[nodiscard]] calls::Operands operands_of(const Workplace& place, const Call& call) const;

  std::vector<Storage> storages_;
  std::vector<PlanStep> steps_;
  std::optional<Level> level_;
  int64_t arena_bytes_;
  int64_t codes_bytes_ = 0;
  int64_t block_bytes_ = 0;
  int64_t scratch_bytes_ = 0;
  int64_t block_samples_ = 1;
  AlignedBytes initial_state_, constants_;
  std::vector<int64_t> input_bytes_, output_bytes_;
  std::vector<Section> sections_;
  std::vector<Slot> slots_;
  std::vector<Call> calls_;
  std::vector<Storage> block_storages_;  ///< those of Place::kBlock, each with room for a block
};

/// A step that copies `bytes` bytes from its input to its output.
[[nodiscard]] std::unique_ptr<Step> make_copy_step(int64_t bytes);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PLAN_HPP_
