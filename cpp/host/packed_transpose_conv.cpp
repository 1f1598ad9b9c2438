// transpose_conv on a SIMD level. Outputs whose place in the grid of spread pixels has the same remainders by the
// strides meet the same taps, each of them with a pixel of its own: they are a convolution of stride 1 with those taps,
// turned round. So many convolutions, strides' product at most, share one padded plane, and nothing is multiplied by
// the zeros between spread pixels. int16 activations are the codes of a level that multiplies pairs of them.
#include <algorithm>
#include <type_traits>

#include "calls/transpose_conv.hpp"
#include "host/core_step.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/tiling.hpp"
#include "host/window_plane.hpp"

namespace edgetwin::host {
namespace {

/// One axis of a transposed convolution.
struct Axis {
  int64_t input, output, kernel, stride, pad;

  /// Taps that the outputs of a remainder meet, the most of all remainders.
  [[nodiscard]] int64_t most_taps() const { return (kernel + stride - 1) / stride; }
  /// Padding before the first pixel: an output meets the pixel at its place and taps - 1 before it.
  [[nodiscard]] int64_t lead() const { return most_taps() - 1; }
  /// Pixels with padding.
  [[nodiscard]] int64_t padded() const { return lead() + std::max(input, (output - 1 + pad) / stride + 1); }
};

/// The outputs of one remainder along an axis.
struct Phase {
  int64_t taps;    ///< 0 where the stride leaves gaps between kernels
  int64_t first;   ///< output
  int64_t count;   ///< of outputs, a stride apart
  int64_t reach;   ///< padded position of the first tap of the first output
  int64_t offset;  ///< tap that meets the pixel at an output's own place; the others are a stride apart

  Phase(const Axis& axis, int64_t remainder) : offset(remainder) {
    taps = remainder < axis.kernel ? (axis.kernel - remainder + axis.stride - 1) / axis.stride : 0;
    first = (remainder + axis.stride - axis.pad % axis.stride) % axis.stride;
    count = first < axis.output ? (axis.output - first + axis.stride - 1) / axis.stride : 0;
    reach = (first + axis.pad) / axis.stride + axis.lead() - (used() - 1);
  }
  /// Taps that are multiplied: at least one, with weights of zero where there is none.
  [[nodiscard]] int64_t used() const { return std::max<int64_t>(taps, 1); }
};

template <class Call>
class PackedTransposeConv final : public BoundStep<Call> {
  static constexpr bool kWords = std::is_same_v<Call, calls::TransposeConvS16>;
  using Element = std::conditional_t<kWords, int16_t, int8_t>;

 public:
  using Params = typename Call::Params;

  PackedTransposeConv(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants), kernels_(kernels), y_(rows_of(params_)), x_(columns_of(params_)) {
    const int64_t channels = params_.input_c;
    plane_ = {y_.input,
              x_.input * channels,
              (y_.lead() * x_.padded() + x_.lead()) * channels,
              x_.padded() * channels,
              y_.padded() * x_.padded() * channels,
              padding_byte(kernels, params_.input_zero_point),
              params_.input_zero_point,
              kernels.code_bytes};
    most_blocks_ = params_.output_c <= kernels.lanes ? 1 : 2;
    lines_ = {0, x_.output * params_.output_c};
    for (int64_t ry = 0; ry < y_.stride; ++ry) {
      for (int64_t rx = 0; rx < x_.stride; ++rx) add_part(Phase(y_, ry), Phase(x_, rx));
    }
    for (int slot = 0; slot < 4; ++slot) constants_.release(slot);
    make_jobs();
    finish_ = parts_[0].weights.finish();
    // int16 outputs have a zero point of 0: they are codes.
    finish_.codes = kWords;
    layout_.scratch = plane_.bytes() + kPlaneSlack;
  }

  [[nodiscard]] static bool takes(const Params& p, const simd::Kernels& kernels) {
    // Each part has weights of its own, if only zeros.
    constexpr int64_t most_parts = 64;
    if (int64_t{p.stride_h} * p.stride_w > most_parts) return false;
    const auto real = [](int64_t value) { return static_cast<double>(value); };
    const double plane = real(rows_of(p).padded()) * real(columns_of(p).padded()) * p.input_c * kernels.code_bytes;
    const double weights = real(rows_of(p).most_taps()) * real(columns_of(p).most_taps()) * p.stride_h * p.stride_w *
                           (p.input_c + 3.0) * (p.output_c + 64.0) * kernels.code_bytes;
    constexpr double most = kMostPackedBytes;
    return plane < most && weights < most;
  }

  void run(const calls::Operands& operands) const override {
    const std::byte* input = static_cast<const std::byte*>(operands.inputs[0]);
    std::byte* output = static_cast<std::byte*>(operands.outputs[0]);
    lines_.write_border(kernels_, output);
    for (int32_t b = 0; b < params_.batches; ++b) {
      const std::byte* codes = input;
      if (!reads_codes_) {
        codes = static_cast<std::byte*>(operands.scratch);
        fill_plane(kernels_, plane_, calls::as<Element>(static_cast<const void*>(input)),
                   static_cast<std::byte*>(operands.scratch));
      }
      for (const Part& part : parts_) run_part(part, codes, output);
      input += plane_.rows * plane_.run * int64_t{sizeof(Element)};
      output += y_.output * x_.output * params_.output_c * int64_t{sizeof(Element)};
    }
  }

  const CodePlane* input_codes() const override { return !kWords && params_.batches == 1 ? &plane_ : nullptr; }

  bool write_codes(const CodePlane& plane) override {
    const bool fits = !kWords && params_.batches == 1 && plane.zero_point == params_.output_zero_point &&
                      lines_.move_to(plane, y_.output, x_.output * params_.output_c);
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
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  using BoundStep<Call>::constants_;

  /// The outputs of one pair of remainders.
  struct Part {
    Phase y, x;
    PackedWeights weights;
    std::vector<simd::TileJob> jobs;
  };

  [[nodiscard]] static Axis rows_of(const Params& p) {
    return {p.input_h, p.output_h, p.kernel_h, p.stride_h, p.pad_top};
  }
  [[nodiscard]] static Axis columns_of(const Params& p) {
    return {p.input_w, p.output_w, p.kernel_w, p.stride_w, p.pad_left};
  }

  void add_part(const Phase& y, const Phase& x) {
    if (y.count == 0 || x.count == 0) return;
    const int64_t channels = params_.input_c, run = x.used() * channels;
    const void* const* given = constants_.pointers();
    const int8_t* const all = calls::as<int8_t>(given[0]);
    std::vector<int8_t> taps(static_cast<size_t>(params_.output_c * y.used() * run), 0);
    for (int64_t c = 0; c < params_.output_c; ++c) {
      for (int64_t i = 0; i < y.taps; ++i) {
        for (int64_t j = 0; j < x.taps; ++j) {
          const int64_t ky = y.offset + i * y_.stride, kx = x.offset + j * x_.stride;
          const int8_t* const tap = all + ((c * y_.kernel + ky) * x_.kernel + kx) * channels;
          int8_t* const target = taps.data() + ((c * y.used() + y.taps - 1 - i) * x.used() + x.taps - 1 - j) * channels;
          std::copy_n(tap, channels, target);
        }
      }
    }
    const WeightSource source = {taps.data(),
                                 kWords ? nullptr : calls::as<int32_t>(given[1]),
                                 calls::as<int32_t>(given[2]),
                                 calls::as<int32_t>(given[3]),
                                 params_.output_c,
                                 y.used(),
                                 run,
                                 params_.input_zero_point,
                                 params_.output_zero_point,
                                 params_.activation_min,
                                 params_.activation_max,
                                 params_.rounding};
    if constexpr (kWords) {
      PackedScales scales = PackedScales::wide(kernels_, calls::as<int64_t>(given[1]), source);
      parts_.push_back({y, x, PackedWeights(kernels_, std::move(scales), source, most_blocks_), {}});
    } else {
      parts_.push_back({y, x, PackedWeights(kernels_, source, most_blocks_), {}});
    }
  }

  void make_jobs() {
    const int64_t code = kernels_.code_bytes, channels = params_.input_c;
    for (Part& part : parts_) {
      const RowGrid grid = {
          part.y.count,
          part.x.count,
          (part.y.reach * plane_.pitch + part.x.reach * channels) * code,
          plane_.pitch * code,
          channels * code,
          lines_.first + part.y.first * lines_.line + part.x.first * params_.output_c,
          y_.stride * lines_.line,
          x_.stride * params_.output_c,
      };
      part.jobs = tile_grid(grid, most_tile_rows(kernels_, most_blocks_), most_blocks_);
    }
  }

  void run_part(const Part& part, const std::byte* codes, std::byte* output) const {
    const int64_t code = kernels_.code_bytes;
    simd::GemmTask task = part.weights.task(part.jobs, finish_);
    task.input = codes;
    task.output = output;
    task.depth = spread_depth(part.y.used(), 1, plane_.pitch * code, 0, part.weights.groups());
    task.input_step = static_cast<int32_t>(params_.input_c * code);
    task.output_step = static_cast<int32_t>(x_.stride * params_.output_c);
    kWords ? kernels_.gemm_wide(task) : kernels_.gemm(task);
  }

  const simd::Kernels& kernels_;
  Axis y_, x_;
  CodePlane plane_ = {};
  OutputLines lines_ = {};
  bool reads_codes_ = false;
  int32_t most_blocks_ = 1;
  std::vector<Part> parts_;
  simd::Finish finish_ = {};
};

template <class Call>
std::unique_ptr<Step> make_packed(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels) {
  using Made = PackedTransposeConv<Call>;
  if (!Made::takes(Made::checked(params), kernels)) return nullptr;
  return std::make_unique<Made>(params, constants, kernels);
}

}  // namespace

std::unique_ptr<Step> make_packed_transpose_conv(const ParamMap& params, const ConstantMap& constants,
                                                 const simd::Kernels& kernels) {
  return make_packed<calls::TransposeConvS8>(params, constants, kernels);
}

std::unique_ptr<Step> make_packed_transpose_conv_s16(const ParamMap& params, const ConstantMap& constants,
                                                     const simd::Kernels& kernels) {
  return make_packed<calls::TransposeConvS16>(params, constants, kernels);
}

}  // namespace edgetwin::host
