// fully_connected on a SIMD level: rows of codes times packed weights.
#include <algorithm>

#include "calls/fully_connected.hpp"
#include "host/core_step.hpp"
#include "host/fast_steps.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"

namespace edgetwin::host {
namespace {

class PackedFullyConnected final : public BoundStep<calls::FullyConnectedS8> {
 public:
  PackedFullyConnected(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep(params, constants), kernels_(kernels) {
    const void* const* given = constants_.pointers();
    const WeightSource source = {
        calls::as<int8_t>(given[0]),  calls::as<int32_t>(given[1]), calls::as<int32_t>(given[2]),
        calls::as<int32_t>(given[3]), params_.output_features,      1,
        params_.input_features,       params_.input_zero_point,     params_.output_zero_point,
        params_.activation_min,       params_.activation_max,       params_.rounding};
    // Weights are read once for a tile of rows, mostly a single one: the more blocks, the fewer sums wait for others.
    const int32_t most_blocks = params_.output_features <= kernels.lanes ? 1 : kernels.registers == 32 ? 4 : 2;
    weights_ = PackedWeights(kernels, source, most_blocks);
    weights_.seek_floats(kernels, source);
    for (int slot = 0; slot < 4; ++slot) constants_.release(slot);
    finish_ = weights_.finish();
    depth_ = spread_depth(1, 1, 0, 0, weights_.groups());
    const int64_t values = layout_.inputs[0];
    plane_ = {1,
              values,
              0,
              values,
              values,
              padding_byte(kernels, params_.input_zero_point),
              params_.input_zero_point,
              kernels.code_bytes};
    for (int64_t samples = 1; samples <= kBlockSamples; ++samples) {
      const RowGrid grid = {1, samples * params_.batches, 0, 0, plane_.bytes() / params_.batches, 0,
                            0, params_.output_features};
      jobs_[samples - 1] = tile_grid(grid, most_tile_rows(kernels, most_blocks), most_blocks);
    }
    layout_.scratch = kBlockSamples * plane_.bytes() + kPlaneSlack;
  }

  [[nodiscard]] static bool takes(const Params& p, const simd::Kernels& kernels) {
    constexpr int64_t most = kMostPackedBytes;
    const int64_t rows = kBlockSamples * p.batches * kernels.code_bytes;
    const int64_t weights = (int64_t{p.input_features} + 3) * (int64_t{p.output_features} + 64);
    // Weights less their zero point need nine bits.
    return p.weights_zero_point == 0 && std::max(p.input_features, p.output_features) < most / rows &&
           weights < most / kernels.code_bytes;
  }

  void run(const calls::Operands& operands) const override { run_block(operands, 1); }

  int64_t block_samples() const override { return kBlockSamples; }

  void run_block(const calls::Operands& operands, int64_t samples) const override {
    const void* codes = operands.inputs[0];
    if (!reads_codes_) {
      kernels_.to_codes(calls::as<int8_t>(operands.inputs[0]), samples * plane_.run, plane_.zero_point,
                        operands.scratch);
      codes = operands.scratch;
    }
    simd::GemmTask task = weights_.task(jobs_[samples - 1], finish_);
    task.input = codes;
    task.output = operands.outputs[0];
    task.depth = depth_;
    task.input_step = params_.input_features * kernels_.code_bytes;
    task.output_step = params_.output_features;
    kernels_.gemm(task);
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

  void read_codes() override {
    reads_codes_ = true;
    layout_.scratch = 0;
  }

 private:
  const simd::Kernels& kernels_;
  CodePlane plane_ = {};
  PackedWeights weights_;
  simd::Finish finish_ = {};
  simd::Depth depth_ = {};
  std::vector<simd::TileJob> jobs_[kBlockSamples];  ///< for one sample, two, ...
  bool reads_codes_ = false;
};

}  // namespace

std::unique_ptr<Step> make_packed_fully_connected(const ParamMap& params, const ConstantMap& constants,
                                                  const simd::Kernels& kernels) {
  if (!PackedFullyConnected::takes(PackedFullyConnected::checked(params), kernels)) return nullptr;
  return std::make_unique<PackedFullyConnected>(params, constants, kernels);
}

}  // namespace edgetwin::host
