// svdf on a SIMD level: features as rows of codes times packed weights, then short rows over time.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "calls/recurrent.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"
#include "host/uniform_scale.hpp"

namespace edgetwin::host {
namespace {

int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

template <class Call, class State>
class PackedSvdf final : public BoundStep<Call> {
 public:
  PackedSvdf(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants),
        kernels_(kernels),
        units_(params_.filters / params_.rank),
        terms_(int64_t{params_.rank} * params_.memory),
        to_state_(uniform_scales(kernels, {params_.input_multiplier, params_.input_shift, 0, params_.state_min,
                                           params_.state_max, params_.rounding})),
        to_output_(uniform_scales(kernels, {params_.output_multiplier, params_.output_shift, params_.output_zero_point,
                                            params_.activation_min, params_.activation_max, params_.rounding})),
        finish_(to_output_.finish) {
    pack_features();
    pack_time();
    plane_ = {1,
              params_.input_size,
              0,
              params_.input_size,
              params_.input_size,
              padding_byte(kernels, params_.input_zero_point),
              params_.input_zero_point,
              kernels.code_bytes};
    constexpr int64_t unit = AlignedBytes::kAlignment;
    newest_at_ = round_up(plane_.bytes() + kPlaneSlack, unit);
    sums_at_ = newest_at_ + round_up(params_.filters * kState, unit);
    // Sums of features where they are not scaled by the product itself, and of units, which are fewer.
    state_at_ = sums_at_ + round_up(params_.filters + kernels.lanes * kMostBlocks, unit) * int64_t{sizeof(int32_t)};
    layout_.scratch = state_at_ + (in_place() ? 0 : (units_ * terms_ + simd::kRowStep) * kState);
  }

  [[nodiscard]] static bool takes(const SvdfParams& p, const simd::Kernels& kernels) {
    const int64_t weights = (int64_t{p.input_size} + 3) * (int64_t{p.filters} + 64);
    const int64_t time = (int64_t{p.rank} * p.memory + simd::kRowStep) * (p.filters / p.rank + simd::kRowsTogether);
    return weights < kMostPackedBytes / kernels.code_bytes && time < kMostPackedBytes / kState;
  }

  void run(const calls::Operands& operands) const override {
    const std::byte* input = calls::as<std::byte>(operands.inputs[0]);
    std::byte* const scratch = calls::as<std::byte>(operands.scratch);
    State* const newest = calls::as<State>(static_cast<void*>(scratch + newest_at_));
    State* state = calls::as<State>(operands.state[0]);
    std::byte* output = calls::as<std::byte>(operands.outputs[0]);
    const int64_t size = units_ * terms_;
    for (int32_t b = 0; b < params_.batches; ++b) {
      const void* codes = input;
      if (!reads_codes_) {
        kernels_.to_codes(calls::as<int8_t>(static_cast<const void*>(input)), plane_.run, plane_.zero_point, scratch);
        codes = scratch;
      }
      find_features(codes, scratch);
      // All filters' memories move on by one step at once: what crosses into the next filter's last place is replaced.
      std::memmove(state, state + 1, static_cast<size_t>((size - 1) * kState));
      State* last = state + params_.memory - 1;
      for (int64_t filter = 0; filter < params_.filters; ++filter, last += params_.memory) {
        // As in the core, a sum beyond State wraps.
        *last = static_cast<State>(static_cast<Bits>(newest[filter] + params_.state_zero_point));
      }
      weigh(state, scratch, output);
      input += reads_codes_ ? plane_.bytes() : plane_.run;
      state += size;
      output += units_ * (finish_.codes ? kernels_.code_bytes : 1);
    }
  }

  const CodePlane* input_codes() const override { return &plane_; }

  bool write_codes(const CodePlane& plane) override {
    if (plane.zero_point != params_.output_zero_point || !plane.is_dense() ||
        plane.rows * plane.run != layout_.outputs[0]) {
      return false;
    }
    finish_.codes = true;
    return true;
  }

  void read_codes() override { reads_codes_ = true; }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  using BoundStep<Call>::constants_;
  using Bits = std::make_unsigned_t<State>;
  static constexpr int64_t kState = sizeof(State);
  static constexpr bool kWords = kState == sizeof(int16_t);
  static constexpr int32_t kMostBlocks = 4;

  /// Whether kernels may read the state itself: they read whole steps of a row, beyond the last one's end.
  [[nodiscard]] bool in_place() const { return terms_ % simd::kRowStep == 0; }

  void pack_features() {
    const size_t filters = static_cast<size_t>(params_.filters);
    const std::vector<int32_t> multipliers(filters, params_.input_multiplier), shifts(filters, params_.input_shift);
    const WeightSource source = {calls::as<int8_t>(constants_.pointers()[0]),
                                 nullptr,
                                 multipliers.data(),
                                 shifts.data(),
                                 params_.filters,
                                 1,
                                 params_.input_size,
                                 params_.input_zero_point,
                                 0,
                                 params_.state_min,
                                 params_.state_max,
                                 params_.rounding};
    const int32_t most_blocks = params_.filters <= kernels_.lanes ? 1 : kernels_.registers == 32 ? kMostBlocks : 2;
    features_ = PackedWeights(kernels_, source, most_blocks);
    job_ = tile_grid({1, 1, 0, 0, 0, 0, 0, params_.filters}, 1, most_blocks);
    constants_.release(0);
  }

  void pack_time() {
    const State* const time = calls::as<State>(constants_.pointers()[1]);
    const int32_t* const bias = calls::as<int32_t>(constants_.pointers()[2]);
    const int64_t padded = round_up(terms_, simd::kRowStep);
    time_.assign(static_cast<size_t>(units_ * padded), 0);
    starts_.assign(static_cast<size_t>(round_up(units_, simd::kRowsTogether)), 0);
    // sum(time * (state - zero)) = sum(time * state) - zero * sum(time), modulo 2^32 as everything here.
    for (int64_t unit = 0; unit < units_; ++unit) {
      int32_t start = bias != nullptr ? bias[unit] : 0;
      for (int64_t i = 0; i < terms_; ++i) {
        const State weight = time[unit * terms_ + i];
        time_[static_cast<size_t>(unit * padded + i)] = weight;
        start = wrapping_sub(start, weight * params_.state_zero_point);
      }
      starts_[static_cast<size_t>(unit)] = start;
    }
    constants_.release(1);
  }

  [[nodiscard]] int32_t* sums_in(std::byte* scratch) const {
    return calls::as<int32_t>(static_cast<void*>(scratch + sums_at_));
  }

  /// Of every filter, scaled and clamped, without the state's zero point.
  void find_features(const void* codes, std::byte* scratch) const {
    simd::Finish finish = features_.finish();
    finish.sums = kWords;
    simd::GemmTask task = features_.task(job_, finish);
    task.input = codes;
    task.output = kWords ? scratch + sums_at_ : scratch + newest_at_;
    task.depth = spread_depth(1, 1, 0, 0, features_.groups());
    kernels_.gemm(task);
    if constexpr (kWords) {
      kernels_.sums_to_words(
          {sums_in(scratch), 0, params_.filters, scratch + newest_at_, rows_of(to_state_), to_state_.finish});
    }
  }

  /// A unit's filters lie side by side, in the state as in the weights.
  void weigh(const State* state, std::byte* scratch, std::byte* output) const {
    const void* values = state;
    if (!in_place()) {
      std::memcpy(scratch + state_at_, state, static_cast<size_t>(units_ * terms_ * kState));
      values = scratch + state_at_;
    }
    int32_t* const sums = sums_in(scratch);
    const simd::RowsTask rows = {values, time_.data(), starts_.data(), sums, units_, terms_};
    kWords ? kernels_.row_products_s16(rows) : kernels_.row_products_s8(rows);
    kernels_.finish_sums({sums, 0, units_, output, rows_of(to_output_), finish_});
  }

  const simd::Kernels& kernels_;
  int64_t units_, terms_;
  PackedScales to_state_, to_output_;
  simd::Finish finish_;
  CodePlane plane_ = {};
  PackedWeights features_;
  std::vector<simd::TileJob> job_;
  std::vector<int16_t> time_;
  std::vector<int32_t> starts_;  ///< what a unit's sum starts from: its bias, less the state's zero point
  // In the scratch, after the codes of the input.
  int64_t newest_at_, sums_at_, state_at_;
  bool reads_codes_ = false;
};

template <class Call, class State>
std::unique_ptr<Step> made(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels) {
  using Made = PackedSvdf<Call, State>;
  if (!Made::takes(Made::checked(params), kernels)) return nullptr;
  return std::make_unique<Made>(params, constants, kernels);
}

}  // namespace

std::unique_ptr<Step> make_packed_svdf(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                       const simd::Kernels& kernels) {
  return kernel == "svdf_s8" ? made<calls::SvdfS8, int8_t>(params, constants, kernels)
                             : made<calls::SvdfS8S16, int16_t>(params, constants, kernels);
}

}  // namespace edgetwin::host
