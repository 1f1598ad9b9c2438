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

/// Where the bytes of one sample's tensor are.
enum class Place { kArena, kState, kConstant, kInput, kOutput };

struct Storage {
  Place place;
  int64_t where;  ///< byte offset in the arena, state or constants; index of the input or output
  int64_t bytes;
};

struct PlanStep {
  std::unique_ptr<Step> step;
  std::vector<int> inputs, state, outputs;  ///< indices of storages, in the kernel's slot order
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
  /// Bytes of all arrays that the steps of one sample read and write: a coarse measure of its work.
  [[nodiscard]] int64_t touched_bytes() const { return touched_bytes_; }
  [[nodiscard]] const std::vector<int64_t>& input_bytes() const { return input_bytes_; }
  [[nodiscard]] const std::vector<int64_t>& output_bytes() const { return output_bytes_; }

  /// Runs `samples` samples on at most `threads` threads. `inputs` and `outputs` hold one array for each of
  /// input_bytes() and output_bytes(). Without `state` (null data) each sample starts from the initial state; with it,
  /// sample i reads and advances its own.
  void run(int64_t samples, const SampleArray* inputs, const SampleArray* outputs, SampleArray state,
           int threads) const;

 private:
  void run_range(int64_t begin, int64_t end, const SampleArray* inputs, const SampleArray* outputs,
                 SampleArray state) const;

  std::vector<Storage> storages_;
  std::vector<PlanStep> steps_;
  std::optional<Level> level_;
  int64_t arena_bytes_;
  int64_t scratch_bytes_ = 0;
  int64_t touched_bytes_ = 0;
  AlignedBytes initial_state_, constants_;
  std::vector<int64_t> input_bytes_, output_bytes_;
};

/// A step that copies `bytes` bytes from its input to its output.
[[nodiscard]] std::unique_ptr<Step> make_copy_step(int64_t bytes);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PLAN_HPP_
