// conv_2d and fully_connected of int16 activations on a SIMD level: int16 values are the codes of a level that
// multiplies pairs of them, and their zero point is 0.
#include <type_traits>

#include "calls/conv.hpp"
#include "calls/fully_connected.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"
#include "host/window_plane.hpp"

namespace edgetwin::host {
namespace {

using Window = Conv2dParams;

const Window& window_of(const Conv2dParams& p) { return p; }

/// A dense layer is a convolution over a line of its rows.
Window window_of(const FullyConnectedParams& p) {
  Window w = {};
  w.batches = w.input_h = w.output_h = w.kernel_h = w.kernel_w = w.groups = 1;
  w.stride_h = w.stride_w = w.dilation_h = w.dilation_w = 1;
  w.input_w = w.output_w = p.batches;
  w.input_c = p.input_features;
  w.output_c = p.output_features;
  w.activation_min = p.activation_min;
  w.activation_max = p.activation_max;
  w.rounding = p.rounding;
  return w;
}

bool has_weights_zero_point(const Conv2dParams&) { return false; }
bool has_weights_zero_point(const FullyConnectedParams& p) { return p.weights_zero_point != 0; }

template <class Call, class Sum>
class PackedWords final : public BoundStep<Call> {
 public:
  PackedWords(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants),
        kernels_(kernels),
        p_(window_of(params_)),
        group_in_(p_.input_c / p_.groups),
        group_out_(p_.output_c / p_.groups),
        contiguous_(p_.dilation_w == 1 && p_.groups == 1),
        plane_(window_plane(p_, kernels)) {
    most_blocks_ = group_out_ <= kernels.lanes ? 1 : p_.output_h * p_.output_w <= 3 && kernels.registers == 32 ? 4 : 2;
    pack();
    const RowGrid grid = {p_.output_h,
                          p_.output_w,
                          0,
                          p_.stride_h * plane_.pitch * kCode,
                          int64_t{p_.stride_w} * p_.input_c * kCode,
                          0,
                          int64_t{p_.output_w} * p_.output_c,
                          p_.output_c};
    jobs_ = tile_grid(grid, most_tile_rows(kernels, most_blocks_), most_blocks_);
    // Whole pairs are read: of an odd run one value more, which must be the step's own memory.
    in_place_ = plane_.is_dense() && run() % 2 == 0;
    layout_.scratch = in_place_ ? 0 : plane_.bytes() + kPlaneSlack;
  }

  [[nodiscard]] static bool takes(const typename Call::Params& params, const simd::Kernels& kernels) {
    if (has_weights_zero_point(params)) return false;
    const Window p = window_of(params);
    // Offsets in a plane and in the weights of a layer are int32.
    const double weights = static_cast<double>(p.kernel_h) * p.kernel_w * (p.input_c + 3.0) * (p.output_c + 64.0);
    constexpr double most = kMostPackedBytes;
    return window_plane_bytes(p, kernels) < most && weights * kCode < most;
  }

  void run(const calls::Operands& operands) const override {
    const int16_t* input = calls::as<int16_t>(operands.inputs[0]);
    int16_t* output = calls::as<int16_t>(operands.outputs[0]);
    for (int32_t b = 0; b < p_.batches; ++b) {
      const int16_t* codes = input;
      if (!in_place_) {
        codes = calls::as<int16_t>(static_cast<const void*>(operands.scratch));
        fill_plane(kernels_, plane_, input, static_cast<std::byte*>(operands.scratch));
      }
      for (int32_t g = 0; g < p_.groups; ++g) run_group(g, codes, output);
      input += plane_.rows * plane_.run;
      output += int64_t{p_.output_h} * p_.output_w * p_.output_c;
    }
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  using BoundStep<Call>::constants_;
  static constexpr int64_t kCode = sizeof(int16_t);

  [[nodiscard]] int64_t runs() const { return int64_t{p_.kernel_h} * (contiguous_ ? 1 : p_.kernel_w); }
  [[nodiscard]] int64_t run() const { return int64_t{group_in_} * (contiguous_ ? p_.kernel_w : 1); }

  void pack() {
    const void* const* constants = constants_.pointers();
    weights_.reserve(static_cast<size_t>(p_.groups));
    for (int64_t g = 0; g < p_.groups; ++g) {
      const int64_t first = g * group_out_;
      const Sum* bias = calls::as<Sum>(constants[1]);
      if (bias != nullptr) bias += first;
      WeightSource source = {calls::as<int8_t>(constants[0]) + first * runs() * run(),
                             nullptr,
                             calls::as<int32_t>(constants[2]) + first,
                             calls::as<int32_t>(constants[3]) + first,
                             group_out_,
                             runs(),
                             run(),
                             0,
                             0,
                             p_.activation_min,
                             p_.activation_max,
                             p_.rounding};
      if constexpr (std::is_same_v<Sum, int64_t>) {
        weights_.emplace_back(kernels_, PackedScales::wide(kernels_, bias, source), source, most_blocks_);
      } else {
        source.bias = bias;
        weights_.emplace_back(kernels_, source, most_blocks_);
      }
      const simd::ScaleForm form = weights_.back().finish().form;
      if (g == 0) finish_ = weights_.back().finish();
      // Groups are scaled alike.
      finish_.form = std::max(finish_.form, form);
    }
    // Of a zero point of 0 codes are the int16 outputs themselves.
    finish_.codes = true;
    for (int slot = 0; slot < 4; ++slot) constants_.release(slot);
  }

  void run_group(int32_t g, const int16_t* codes, int16_t* output) const {
    const PackedWeights& weights = weights_[static_cast<size_t>(g)];
    simd::GemmTask task = weights.task(jobs_, finish_);
    task.input = codes + int64_t{g} * group_in_;
    task.output = output + int64_t{g} * group_out_;
    task.depth = spread_depth(p_.kernel_h, contiguous_ ? 1 : p_.kernel_w, p_.dilation_h * plane_.pitch * kCode,
                              int64_t{p_.dilation_w} * p_.input_c * kCode, weights.groups());
    task.input_step = static_cast<int32_t>(int64_t{p_.stride_w} * p_.input_c * kCode);
    task.output_step = p_.output_c;
    std::is_same_v<Sum, int64_t> ? kernels_.gemm_wide(task) : kernels_.gemm(task);
  }

  const simd::Kernels& kernels_;
  Window p_;
  int32_t group_in_, group_out_;
  bool contiguous_;  ///< the taps of a kernel's row follow each other in the plane
  CodePlane plane_;
  int32_t most_blocks_ = 1;
  bool in_place_ = false;  ///< the input itself is the plane
  std::vector<PackedWeights> weights_;
  simd::Finish finish_ = {};
  std::vector<simd::TileJob> jobs_;
};

template <class Call, class Sum>
std::unique_ptr<Step> made(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels) {
  using Made = PackedWords<Call, Sum>;
  if (!Made::takes(Made::checked(params), kernels)) return nullptr;
  return std::make_unique<Made>(params, constants, kernels);
}

}  // namespace

std::unique_ptr<Step> make_packed_words(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                        const simd::Kernels& kernels) {
  if (kernel == "conv_2d_s16") return made<calls::Conv2dS16, int64_t>(params, constants, kernels);
  if (kernel == "conv_2d_s16_sum32") return made<calls::Conv2dS16Sum32, int32_t>(params, constants, kernels);
  if (kernel == "fully_connected_s16") return made<calls::FullyConnectedS16, int64_t>(params, constants, kernels);
  if (kernel == "fully_connected_s16_sum32") {
    return made<calls::FullyConnectedS16Sum32, int32_t>(params, constants, kernels);
  }
  return nullptr;
}

}  // namespace edgetwin::host
