// lstm on a SIMD level: all gates' products as rows of codes times packed weights, those of the input for several time
// steps at once, then the rest of a step in the lanes of a vector.
#include <algorithm>
#include <array>
#include <cstring>

#include "calls/recurrent.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"
#include "host/uniform_scale.hpp"

namespace edgetwin::host {
namespace {

constexpr int64_t kGates = 4;
/// Time steps whose products with the input are made together: two tiles of six rows.
constexpr int64_t kStepsTogether = 12;

int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

/// As simd::LstmTask::curve wants it. What follows the last value is that value.
constexpr std::array<int32_t, 256> curve_entries() {
  std::array<int32_t, 256> entries = {};
  for (size_t i = 0; i < 256; ++i) {
    const int32_t low = detail::kSigmoidTable[i];
    const int32_t rise = i < 255 ? detail::kSigmoidTable[i + 1] - low : 0;
    entries[i] = low + (rise << 16);
  }
  return entries;
}
constexpr std::array<int32_t, 256> kCurve = curve_entries();

/// The products of all gates with the input, or with the hidden state. Each gate begins at a whole vector.
struct GateProducts {
  int64_t columns = 0;
  PackedWeights weights;
  std::vector<simd::TileJob> jobs[kStepsTogether];  ///< for one row, two, ...

  void run(const simd::Kernels& kernels, const void* codes, int32_t* sums, int64_t rows, int64_t row) const {
    simd::Finish finish = {};
    finish.sums = true;
    simd::GemmTask task = weights.task(jobs[rows - 1], finish);
    task.input = codes;
    task.output = sums;
    task.depth = spread_depth(1, 1, 0, 0, weights.groups());
    task.input_step = static_cast<int32_t>(columns * kernels.code_bytes);
    task.output_step = static_cast<int32_t>(row);
    kernels.gemm(task);
  }
};

class PackedLstm final : public BoundStep<calls::LstmS8> {
 public:
  PackedLstm(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep(params, constants),
        kernels_(kernels),
        units_(params_.hidden_size),
        unit_row_(round_up(units_, kernels.lanes)),
        from_input_(products(0, params_.input_size, params_.input_zero_point)),
        from_hidden_(products(2, units_, params_.hidden_zero_point)) {
    for (int slot = 0; slot < 4 * kGates; ++slot) constants_.release(slot);
    fold_scales();
    fold_curve();
    constexpr int64_t unit = AlignedBytes::kAlignment;
    constexpr int64_t sum = sizeof(int32_t);
    hidden_at_ = round_up(kStepsTogether * params_.input_size * kernels.code_bytes + kPlaneSlack, unit);
    input_sums_at_ = hidden_at_ + round_up(units_ * kernels.code_bytes + kPlaneSlack, unit);
    hidden_sums_at_ = input_sums_at_ + kStepsTogether * kGates * unit_row_ * sum;
    layout_.scratch = hidden_sums_at_ + kGates * unit_row_ * sum;
  }

  [[nodiscard]] static bool takes(const LstmParams& p, const simd::Kernels& kernels) {
    const int64_t widest = std::max(p.input_size, p.hidden_size);
    const int64_t most = kMostPackedBytes / (kGates * kernels.code_bytes);
    return (widest + kernels.group) * (int64_t{p.hidden_size} + kernels.lanes) < most && widest < most / kStepsTogether;
  }

  void run(const calls::Operands& operands) const override {
    const int8_t* const input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* const output = calls::as<int8_t>(operands.outputs[0]);
    std::byte* const scratch = calls::as<std::byte>(operands.scratch);
    int32_t* const sums = sums_at(scratch, input_sums_at_);
    simd::LstmTask task = task_;
    task.from_hidden = sums_at(scratch, hidden_sums_at_);
    for (int64_t b = 0; b < params_.batches; ++b) {
      task.hidden = calls::as<int8_t>(operands.state[0]) + b * units_;
      task.cell = calls::as<int16_t>(operands.state[1]) + b * units_;
      const int64_t first = params_.time_major != 0 ? b : b * params_.time_steps;
      const int64_t apart = params_.time_major != 0 ? params_.batches : 1;
      for (int64_t t = 0; t < params_.time_steps; t += kStepsTogether) {
        const int64_t steps = std::min(kStepsTogether, params_.time_steps - t);
        for (int64_t i = 0; i < steps; ++i) {
          kernels_.to_codes(input + (first + (t + i) * apart) * params_.input_size, params_.input_size,
                            params_.input_zero_point, scratch + i * params_.input_size * kernels_.code_bytes);
        }
        from_input_.run(kernels_, scratch, sums, steps, kGates * unit_row_);
        for (int64_t i = 0; i < steps; ++i) {
          task.from_input = sums + i * kGates * unit_row_;
          advance(task, scratch);
          std::memcpy(output + (first + (t + i) * apart) * units_, task.hidden, static_cast<size_t>(units_));
        }
      }
    }
  }

 private:
  /// `slot`: of the first gate's weights.
  [[nodiscard]] GateProducts products(int slot, int64_t columns, int32_t zero_point) const {
    const size_t channels = static_cast<size_t>(kGates * unit_row_);
    std::vector<int8_t> weights(channels * static_cast<size_t>(columns), 0);
    std::vector<int32_t> bias(channels, 0);
    for (int64_t gate = 0; gate < kGates; ++gate) {
      const void* const* const given = constants_.pointers() + 4 * gate + slot;
      std::copy_n(calls::as<int8_t>(given[0]), units_ * columns, weights.begin() + gate * unit_row_ * columns);
      if (given[1] != nullptr) {
        std::copy_n(calls::as<int32_t>(given[1]), units_, bias.begin() + gate * unit_row_);
      }
    }
    const std::vector<int32_t> unscaled(channels, 0);
    const WeightSource source = {
        weights.data(), bias.data(), unscaled.data(), unscaled.data(), kGates * unit_row_, 1, columns,
        zero_point,     0,           kInt8Min,        kInt8Max,        params_.rounding};
    const int32_t most_blocks = kernels_.registers == 32 ? 4 : 2;
    GateProducts made = {columns, PackedWeights(kernels_, source, most_blocks), {}};
    for (int64_t rows = 1; rows <= kStepsTogether; ++rows) {
      const RowGrid grid = {1, rows, 0, 0, columns * kernels_.code_bytes, 0, 0, kGates * unit_row_};
      made.jobs[rows - 1] = tile_grid(grid, most_tile_rows(kernels_, most_blocks), most_blocks);
    }
    return made;
  }

  void fold_scales() {
    const LstmParams& p = params_;
    const int32_t given[simd::kLstmScales][2] = {{p.input_input_multiplier, p.input_input_shift},
                                                 {p.input_hidden_multiplier, p.input_hidden_shift},
                                                 {p.forget_input_multiplier, p.forget_input_shift},
                                                 {p.forget_hidden_multiplier, p.forget_hidden_shift},
                                                 {p.cell_input_multiplier, p.cell_input_shift},
                                                 {p.cell_hidden_multiplier, p.cell_hidden_shift},
                                                 {p.output_input_multiplier, p.output_input_shift},
                                                 {p.output_hidden_multiplier, p.output_hidden_shift},
                                                 {p.forget_to_cell_multiplier, p.forget_to_cell_shift},
                                                 {p.input_to_cell_multiplier, p.input_to_cell_shift},
                                                 {p.hidden_multiplier, p.hidden_shift}};
    simd::ScaleForm form = simd::ScaleForm::kUncorrected;
    for (int i = 0; i < simd::kLstmScales; ++i) {
      const bool last = i == simd::kHidden;
      const OutputScale scale = {given[i][0],
                                 given[i][1],
                                 last ? p.output_zero_point : 0,
                                 last ? kInt8Min : kInt32Min,
                                 last ? kInt8Max : kInt32Max,
                                 p.rounding};
      scales_[i] = uniform_scales(kernels_, scale);
      task_.scales[i] = rows_of(scales_[i]);
      form = std::max(form, scales_[i].finish.form);
    }
    // All are scaled alike: each form serves those that come before it, but kCorrected none of single rounding, which
    // has none that needs it.
    task_.products = scales_[0].finish;
    task_.output = scales_[simd::kHidden].finish;
    task_.products.form = task_.output.form = form;
    const bool each = p.saturation == LstmSaturation::kEachProduct;
    task_.from_hidden_low = each ? kInt16Min : kInt32Min;
    task_.from_hidden_high = each ? kInt16Max : kInt32Max;
    task_.cell_low = p.cell_clip > 0 ? -p.cell_clip : kInt16Min;
    task_.cell_high = p.cell_clip > 0 ? p.cell_clip : kInt16Max;
    task_.row = unit_row_;
    task_.units = units_;
  }

  /// As detail::tanh_s16().
  void fold_curve() {
    const int32_t left = 15 + params_.cell_scale_power - 3;
    task_.cell_factor = left < 0 ? 3 : int32_t{3} << left;
    task_.cell_shift = left < 0 ? -left : 0;
    task_.cell_half = left < 0 ? int32_t{1} << (-left - 1) : 0;
    task_.curve = kCurve.data();
  }

  [[nodiscard]] static int32_t* sums_at(std::byte* scratch, int64_t where) {
    return calls::as<int32_t>(static_cast<void*>(scratch + where));
  }

  /// One time step, whose products with the input are there.
  void advance(const simd::LstmTask& task, std::byte* scratch) const {
    std::byte* const codes = scratch + hidden_at_;
    kernels_.to_codes(task.hidden, units_, params_.hidden_zero_point, codes);
    from_hidden_.run(kernels_, codes, sums_at(scratch, hidden_sums_at_), 1, kGates * unit_row_);
    kernels_.lstm_update(task);
  }

  const simd::Kernels& kernels_;
  int64_t units_, unit_row_;
  GateProducts from_input_, from_hidden_;
  PackedScales scales_[simd::kLstmScales];
  simd::LstmTask task_ = {};
  // In the scratch, after the codes of the input.
  int64_t hidden_at_, input_sums_at_, hidden_sums_at_;
};

}  // namespace

std::unique_ptr<Step> make_packed_lstm(const ParamMap& params, const ConstantMap& constants,
                                       const simd::Kernels& kernels) {
  if (!PackedLstm::takes(PackedLstm::checked(params), kernels)) return nullptr;
  return std::make_unique<PackedLstm>(params, constants, kernels);
}

}  // namespace edgetwin::host
