// conv_2d on a SIMD level: codes in a padded plane, products in tiles of output pixels and blocks of channels.
#include <algorithm>

#include "calls/conv.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"
#include "host/window_plane.hpp"

namespace edgetwin::host {
namespace {

class PackedConv final : public BoundStep<calls::Conv2dS8> {
 public:
  PackedConv(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep(params, constants),
        kernels_(kernels),
        group_in_(params_.input_c / params_.groups),
        group_out_(params_.output_c / params_.groups),
        by_lines_(may_go_by_lines(params_, kernels)),
        contiguous_(params_.dilation_w == 1 && params_.groups == 1 && !by_lines_),
        plane_(window_plane(params_, kernels)),
        output_h_(params_.output_h),
        output_w_(params_.output_w),
        lines_{0, int64_t{output_w_} * params_.output_c} {
    const bool few_rows = int64_t{params_.output_h} * params_.output_w <= 3;
    // Twelve pixels by two blocks keep the sums in registers; single pixels wait less with more blocks.
    most_blocks_ = few_rows && kernels.registers == 32 ? 4 : 2;
    if (group_out_ <= kernels.lanes) most_blocks_ = 1;
    pack();
    make_jobs();
    layout_.scratch = plane_.bytes() + kPlaneSlack;
  }

  [[nodiscard]] static bool takes(const Params& p, const simd::Kernels& kernels) {
    const double plane = window_plane_bytes(p, kernels);
    const double weights = static_cast<double>(p.kernel_h) * p.kernel_w * (p.input_c + 3) * (p.output_c + 64.0);
    constexpr double most = kMostPackedBytes;
    return plane < most && weights * kernels.code_bytes < most;
  }

  void run(const calls::Operands& operands) const override {
    const std::byte* input = static_cast<const std::byte*>(operands.inputs[0]);
    std::byte* output = static_cast<std::byte*>(operands.outputs[0]);
    lines_.write_border(kernels_, output);
    const int64_t output_bytes = layout_.outputs[0] / params_.batches;
    for (int32_t b = 0; b < params_.batches; ++b) {
      const std::byte* codes = input;
      if (!reads_codes_) {
        codes = static_cast<std::byte*>(operands.scratch);
        fill_plane(kernels_, plane_, reinterpret_cast<const int8_t*>(input), static_cast<std::byte*>(operands.scratch));
      }
      for (int32_t g = 0; g < params_.groups; ++g) run_group(g, codes, output);
      input += plane_.rows * plane_.run;
      output += output_bytes;
    }
  }

  bool absorb_max_pool(const Pool2dParams& p) override {
    // A single line may have become a column in between.
    const bool turned = params_.output_h == 1 && p.input_w == 1 && p.input_h == params_.output_w && p.pool_w == 1;
    const bool straight = p.input_h == params_.output_h && p.input_w == params_.output_w;
    const int32_t pool_h = turned ? p.pool_w : p.pool_h, pool_w = turned ? p.pool_h : p.pool_w;
    const bool apart =
        p.stride_h == p.pool_h && (turned || p.stride_w == p.pool_w) && p.pad_top == 0 && p.pad_left == 0;
    if (params_.batches != 1 || p.batches != 1 || p.channels != params_.output_c || !(straight || turned) || !apart ||
        pool_h > 2 || pool_w > 3 || pool_h * pool_w == 1) {
      return false;
    }
    // A sum that is shifted left may wrap, and then a larger one does not give the larger output.
    if (pool_h_ * pool_w_ > 1 || finish_.form == simd::ScaleForm::kWide || finish_.codes) return false;
    pool_h_ = pool_h;
    pool_w_ = pool_w;
    output_h_ = turned ? 1 : p.output_h;
    output_w_ = turned ? p.output_h : p.output_w;
    finish_.low = std::clamp(finish_.low, p.activation_min, p.activation_max);
    finish_.high = std::clamp(finish_.high, p.activation_min, p.activation_max);
    lines_.line = int64_t{output_w_} * params_.output_c;
    layout_.outputs[0] = output_h_ * lines_.line;
    make_jobs();
    return true;
  }

  const CodePlane* input_codes() const override { return params_.batches == 1 ? &plane_ : nullptr; }

  bool write_codes(const CodePlane& plane) override {
    const bool fits = params_.batches == 1 && plane.zero_point == params_.output_zero_point &&
                      lines_.move_to(plane, output_h_, int64_t{output_w_} * params_.output_c);
    if (!fits) return false;
    finish_.codes = true;
    make_jobs();
    return true;
  }

  void read_codes() override {
    reads_codes_ = true;
    layout_.scratch = 0;
  }

 private:
  /// Whether neighbouring pixels share what they read, and there is a kernel for that.
  [[nodiscard]] static bool may_go_by_lines(const Params& p, const simd::Kernels& kernels) {
    return kernels.line_gemm != nullptr && p.groups == 1 && p.output_c <= kernels.lanes && p.stride_w == 1 &&
           p.dilation_w == 1 && p.kernel_w > 1;
  }

  void pack() {
    const int64_t runs = int64_t{params_.kernel_h} * (contiguous_ ? 1 : params_.kernel_w);
    const int64_t run = int64_t{group_in_} * (contiguous_ ? params_.kernel_w : 1);
    const void* const* constants = constants_.pointers();
    weights_.reserve(static_cast<size_t>(params_.groups));
    for (int64_t g = 0; g < params_.groups; ++g) {
      const int64_t first = g * group_out_;
      const int32_t* bias = calls::as<int32_t>(constants[1]);
      const WeightSource source = {calls::as<int8_t>(constants[0]) + first * runs * run,
                                   bias == nullptr ? nullptr : bias + first,
                                   calls::as<int32_t>(constants[2]) + first,
                                   calls::as<int32_t>(constants[3]) + first,
                                   group_out_,
                                   runs,
                                   run,
                                   params_.input_zero_point,
                                   params_.output_zero_point,
                                   params_.activation_min,
                                   params_.activation_max,
                                   params_.rounding};
      weights_.emplace_back(kernels_, source, most_blocks_);
      if (params_.groups == 1) weights_.back().seek_floats(kernels_, source);
      // Groups are scaled alike unless one of them has a scale that the fast forms do not take.
      finish_ = g == 0 ? weights_[0].finish() : finish_;
      finish_.form = std::max(finish_.form, weights_.back().finish().form);
    }
    for (int slot = 0; slot < 4; ++slot) constants_.release(slot);
  }

  void make_jobs() {
    const int64_t code = kernels_.code_bytes, channels = params_.input_c;
    // A pooling leaves out lines and pixels that fill no window, unless its windows reach beyond them.
    const RowGrid grid = {std::min<int64_t>(int64_t{output_h_} * pool_h_, params_.output_h),
                          std::min<int64_t>(int64_t{output_w_} * pool_w_, params_.output_w),
                          0,
                          params_.stride_h * plane_.pitch * code,
                          params_.stride_w * channels * code,
                          lines_.first,
                          lines_.line,
                          params_.output_c};
    if (by_lines_) line_jobs_ = tile_lines(grid, pool_h_, pool_w_);
    if (!line_jobs_.empty()) return;
    const int64_t most_rows = most_tile_rows(kernels_, most_blocks_);
    jobs_ = pool_h_ * pool_w_ == 1 ? tile_grid(grid, most_rows, most_blocks_)
                                   : tile_pooled_grid(grid, pool_h_, pool_w_, most_rows);
  }

  void run_group(int32_t g, const std::byte* codes, std::byte* output) const {
    const int64_t code = kernels_.code_bytes, channels = params_.input_c;
    const PackedWeights& weights = weights_[static_cast<size_t>(g)];
    if (!line_jobs_.empty()) return run_lines(weights, codes, output);
    simd::GemmTask task = weights.task(jobs_, finish_);
    task.input = codes + int64_t{g} * group_in_ * code;
    task.output = output + int64_t{g} * group_out_ * (finish_.codes ? code : 1);
    task.depth =
        spread_depth(params_.kernel_h, contiguous_ ? 1 : params_.kernel_w, params_.dilation_h * plane_.pitch * code,
                     params_.dilation_w * channels * code, weights.groups());
    task.input_step = static_cast<int32_t>(params_.stride_w * channels * code);
    task.output_step = params_.output_c;
    kernels_.gemm(task);
  }

  void run_lines(const PackedWeights& weights, const std::byte* codes, std::byte* output) const {
    const int64_t code = kernels_.code_bytes;
    simd::LineTask task = {};
    task.input = codes;
    task.output = output;
    task.chunks = weights.chunks().data();
    task.chunk_count = 1;
    task.jobs = line_jobs_.data();
    task.job_count = static_cast<int64_t>(line_jobs_.size());
    task.kernel_rows = params_.kernel_h;
    task.taps = params_.kernel_w;
    task.groups = weights.groups();
    task.row_step = params_.dilation_h * plane_.pitch * code;
    task.input_step = int64_t{params_.input_c} * code;
    task.input_line = params_.stride_h * plane_.pitch * code;
    task.output_step = params_.output_c;
    task.finish = finish_;
    kernels_.line_gemm(task);
  }

  const simd::Kernels& kernels_;
  int32_t group_in_, group_out_;
  bool by_lines_;    ///< the taps of a kernel's row have weights of their own groups, for line_gemm
  bool contiguous_;  ///< the taps of a kernel's row follow each other in the plane
  CodePlane plane_;
  bool reads_codes_ = false;
  int32_t most_blocks_ = 1;
  std::vector<PackedWeights> weights_;
  simd::Finish finish_ = {};
  std::vector<simd::TileJob> jobs_;
  std::vector<simd::LineJob> line_jobs_;  ///< in their place, or none
  int32_t pool_h_ = 1, pool_w_ = 1;
  int32_t output_h_, output_w_;
  OutputLines lines_;
};

}  // namespace

std::unique_ptr<Step> make_packed_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                          const simd::Kernels& kernels) {
  if (!PackedConv::takes(PackedConv::checked(params), kernels)) return nullptr;
  return std::make_unique<PackedConv>(params, constants, kernels);
}

}  // namespace edgetwin::host
