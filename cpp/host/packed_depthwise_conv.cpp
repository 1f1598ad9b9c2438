// depthwise_conv_2d on a SIMD level: codes in a padded plane, each vector lane with a channel of its own. int16
// activations are the codes of a level that multiplies pairs of them, and their sums end in 64 bits.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>

#include "calls/depthwise_conv.hpp"
#include "host/core_step.hpp"
#include "host/depthwise_taps.hpp"
#include "host/packed_steps.hpp"
#include "host/packed_weights.hpp"
#include "host/window_plane.hpp"

namespace edgetwin::host {
namespace {

using Params = DepthwiseConv2dParams;

/// Of a layer whose channels have several filters each: the layer in which every channel lies so often in the plane.
Params repeated(const Params& given) {
  Params p = given;
  p.input_c = p.output_c;
  return p;
}

/// From [taps][channels] to [channels][taps].
std::vector<int8_t> filters_by_channel(const int8_t* weights, int64_t taps, int64_t channels) {
  std::vector<int8_t> filters(static_cast<size_t>(channels * taps));
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < taps; ++tap) filters[static_cast<size_t>(c * taps + tap)] = weights[tap * channels + c];
  }
  return filters;
}

template <class Call>
class PackedDepthwiseConv final : public BoundStep<Call> {
  using Element = std::conditional_t<std::is_same_v<Call, calls::DepthwiseConv2dS16>, int16_t, int8_t>;
  static constexpr bool kWords = std::is_same_v<Element, int16_t>;
  using Sum = std::conditional_t<kWords, int64_t, int32_t>;

 public:
  PackedDepthwiseConv(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels)
      : BoundStep<Call>(params, constants),
        kernels_(kernels),
        plane_(window_plane(repeated(params_), kernels)),
        taps_(params_, plane_.pitch, kernels),
        lines_{0, int64_t{params_.output_w} * params_.output_c} {
    make_slices();
    pack();
    layout_.scratch = plane_.bytes() + kPlaneSlack;
    if (repeats()) layout_.scratch += row_codes() * kernels.code_bytes;
  }

  [[nodiscard]] static bool takes(const Params& p, const simd::Kernels& kernels) {
    if (kWords && int64_t{p.kernel_h} * p.kernel_w > simd::kMostWideTaps) return false;
    const calls::Layout layout = Call::layout(p);
    const double arrays = 4096.0 + static_cast<double>(layout.inputs[0] + layout.outputs[0] + layout.constants[0]);
    const double plane = window_plane_bytes(repeated(p), kernels);
    // Not where the plane would be far larger than the arrays it serves: a huge stride, dilation or multiplier.
    return plane < kMostPackedBytes && plane <= 16 * arrays * kernels.code_bytes;
  }

  void run(const calls::Operands& operands) const override {
    const Element* input = calls::as<Element>(operands.inputs[0]);
    std::byte* output = static_cast<std::byte*>(operands.outputs[0]);
    std::byte* const scratch = static_cast<std::byte*>(operands.scratch);
    lines_.write_border(kernels_, output);
    simd::DepthwiseTask task = {};
    taps_.describe(task);
    task.slices = slices_.data();
    task.slice_count = static_cast<int32_t>(slices_.size());
    task.lines = params_.output_h;
    task.input_line = params_.stride_h * plane_.pitch * kernels_.code_bytes;
    task.input_step = input_step_;
    task.output_line = lines_.line;
    task.output_step = output_step_;
    task.finish = scales_.finish;
    // int16 outputs have a zero point of 0: they are codes.
    task.finish.codes = writes_codes_ || kWords;
    output += lines_.first * (writes_codes_ ? kernels_.code_bytes : 1);
    for (int32_t b = 0; b < params_.batches; ++b) {
      if (!reads_codes_) repeats() ? fill_repeated(input, scratch) : fill_plane(kernels_, plane_, input, scratch);
      task.input = reads_codes_ ? static_cast<const void*>(input) : scratch;
      task.output = output;
      kWords ? kernels_.depthwise_wide(task) : kernels_.depthwise(task);
      input += int64_t{params_.input_h} * row_codes();
      output += layout_.outputs[0] / params_.batches;
    }
  }

  const CodePlane* input_codes() const override {
    return !kWords && params_.batches == 1 && !repeats() ? &plane_ : nullptr;
  }

  bool write_codes(const CodePlane& plane) override {
    writes_codes_ = !kWords && params_.batches == 1 && plane.zero_point == params_.output_zero_point &&
                    lines_.move_to(plane, params_.output_h, int64_t{params_.output_w} * params_.output_c);
    return writes_codes_;
  }

  void read_codes() override {
    reads_codes_ = true;
    layout_.scratch = 0;
  }

 private:
  using BoundStep<Call>::params_;
  using BoundStep<Call>::layout_;
  using BoundStep<Call>::constants_;

  [[nodiscard]] bool repeats() const { return params_.output_c != params_.input_c; }
  [[nodiscard]] int64_t row_codes() const { return int64_t{params_.input_w} * params_.input_c; }
  [[nodiscard]] int64_t slice_elements() const { return int64_t{kernels_.group} * kernels_.lanes; }

  void add_slice(int64_t first, int64_t places, int64_t count) {
    if (places > 0) {
      slices_.push_back({nullptr, nullptr, first, static_cast<int32_t>(places), static_cast<int32_t>(count)});
    }
  }

  void make_slices() {
    const int64_t channels = params_.output_c, slice = slice_elements();
    const int64_t line = int64_t{params_.output_w} * channels;
    // With a stride of 1 the taps of every element are as far from it, whatever its pixel: a line is cut into slices
    // as if it were one pixel, and their channels repeat.
    const int64_t period = channels / std::gcd(channels, slice) * slice;
    if (params_.stride_w == 1 && period <= std::max(kMostSlices * slice, 4 * channels)) {
      for (int64_t first = 0; first < period; first += slice) {
        add_slice(first, (line - first - slice + period) / period, slice);
      }
      if (line % slice != 0) add_slice(std::max(line - slice, int64_t{0}), 1, std::min(line, slice));
      output_step_ = period;
      input_step_ = period * kernels_.code_bytes;
    } else {
      // The last slice of a pixel may make some channels again that the one before it made.
      for (int64_t first = 0; first < channels; first += slice) {
        add_slice(std::max(std::min(first, channels - slice), int64_t{0}), params_.output_w, std::min(channels, slice));
      }
      output_step_ = channels;
      input_step_ = params_.stride_w * channels * kernels_.code_bytes;
    }
  }

  void pack() {
    const int64_t channels = params_.output_c, slice = slice_elements();
    const int64_t taps = int64_t{params_.kernel_h} * params_.kernel_w;
    const int8_t* const given = calls::as<int8_t>(constants_.pointers()[0]);
    const std::vector<int8_t> by_channel = filters_by_channel(given, taps, channels);
    const int32_t* const multiplier = calls::as<int32_t>(constants_.pointers()[2]);
    const int32_t* const shift = calls::as<int32_t>(constants_.pointers()[3]);
    WeightSource source = {by_channel.data(),
                           nullptr,
                           multiplier,
                           shift,
                           channels,
                           1,
                           taps,
                           params_.input_zero_point,
                           params_.output_zero_point,
                           params_.activation_min,
                           params_.activation_max,
                           params_.rounding};
    const std::vector<Sum> starts = sums_start(source);
    // The channel of every lane of every slice, in the order of lanes.
    const size_t lanes = slices_.size() * static_cast<size_t>(slice);
    std::vector<Sum> lane_starts(lanes);
    std::vector<int32_t> lane_multipliers(lanes), lane_shifts(lanes);
    const int64_t slice_bytes = taps_.weight_bytes();
    weights_ = AlignedBytes(slices_.size() * static_cast<size_t>(slice_bytes));
    for (size_t s = 0; s < slices_.size(); ++s) {
      for (int64_t element = 0; element < slices_[s].count; ++element) {
        const int64_t c = (slices_[s].first + element) % channels;
        const int64_t lane = taps_.lane_of(element);
        const size_t i = s * static_cast<size_t>(slice) + static_cast<size_t>(lane);
        lane_starts[i] = starts[static_cast<size_t>(c)];
        lane_multipliers[i] = multiplier[c];
        lane_shifts[i] = shift[c];
        taps_.pack(by_channel.data() + c * taps, lane, weights_.data() + static_cast<int64_t>(s) * slice_bytes);
      }
    }
    source.multiplier = lane_multipliers.data();
    source.shift = lane_shifts.data();
    source.channels = static_cast<int64_t>(lanes);
    if constexpr (kWords) {
      scales_ = PackedScales::wide(kernels_, lane_starts.data(), source);
    } else {
      scales_ = PackedScales(kernels_, lane_starts, source);
      scales_.seek_floats(kernels_, source);
    }
    const auto* const rows = static_cast<const int32_t*>(static_cast<const void*>(scales_.rows.data()));
    for (size_t s = 0; s < slices_.size(); ++s) {
      slices_[s].weights = weights_.data() + static_cast<int64_t>(s) * slice_bytes;
      slices_[s].scales = rows + static_cast<int64_t>(s) * slice * simd::kScaleRows;
    }
    for (int slot = 0; slot < 4; ++slot) constants_.release(slot);
  }

  /// What the sum of every channel starts from.
  [[nodiscard]] std::vector<Sum> sums_start(WeightSource source) const {
    const Sum* const bias = calls::as<Sum>(constants_.pointers()[1]);
    if constexpr (kWords) {
      if (bias == nullptr) return std::vector<Sum>(static_cast<size_t>(source.channels));
      return std::vector<Sum>(bias, bias + source.channels);
    } else {
      source.bias = bias;
      return start_values(kernels_, source);
    }
  }

  /// Puts the input into the plane, every channel as often as it has filters.
  void fill_repeated(const Element* input, std::byte* codes) const {
    const size_t code = static_cast<size_t>(kernels_.code_bytes);
    const int32_t repeat = params_.output_c / params_.input_c;
    const int64_t row = row_codes();
    const CodePlane line = {1, row, 0, row, row, plane_.padding, plane_.zero_point, plane_.code_bytes};
    std::byte* const own = codes + plane_.bytes() + kPlaneSlack;
    std::memset(codes, plane_.padding, static_cast<size_t>(plane_.bytes()));
    for (int64_t y = 0; y < params_.input_h; ++y) {
      fill_plane(kernels_, line, input + y * row, own);
      std::byte* target = codes + (plane_.first + y * plane_.pitch) * kernels_.code_bytes;
      for (const std::byte* value = own; value < own + row * kernels_.code_bytes; value += code) {
        for (int32_t i = 0; i < repeat; ++i, target += code) std::memcpy(target, value, code);
      }
    }
  }

  /// Slices in a period at most, or four pixels: each has weights and scales of its own, which should stay in a cache.
  static constexpr int64_t kMostSlices = 16;

  const simd::Kernels& kernels_;
  CodePlane plane_;
  DepthwiseTaps taps_;
  OutputLines lines_;
  std::vector<simd::DepthwiseSlice> slices_;
  int64_t input_step_ = 0, output_step_ = 0;
  AlignedBytes weights_;
  PackedScales scales_;
  bool reads_codes_ = false, writes_codes_ = false;
};

/// Filters of one channel are a convolution: the same step, with weights [output_c, kernel_h, kernel_w, 1]. `make`
/// makes that one.
template <class Make>
std::unique_ptr<Step> make_as_conv_2d(const Params& p, const ParamMap& params, const ConstantMap& constants,
                                      Make make) {
  const auto weights = constants.find("weights");
  const int64_t taps = int64_t{p.kernel_h} * p.kernel_w;
  if (weights == constants.end() || weights->second.data == nullptr || weights->second.bytes != taps * p.output_c) {
    return nullptr;
  }
  const std::vector<int8_t> transposed =
      filters_by_channel(static_cast<const int8_t*>(weights->second.data), taps, p.output_c);
  ParamMap conv = params;
  conv["groups"] = int64_t{1};
  ConstantMap replaced = constants;
  replaced["weights"].data = transposed.data();
  return make(conv, replaced);
}

template <class Call, class Make>
std::unique_ptr<Step> make_packed(const ParamMap& params, const ConstantMap& constants, const simd::Kernels& kernels,
                                  Make make_conv_2d) {
  using Made = PackedDepthwiseConv<Call>;
  const Params p = Made::checked(params);
  if (p.input_c == 1 && p.output_c > 1) return make_as_conv_2d(p, params, constants, make_conv_2d);
  if (!Made::takes(p, kernels)) return nullptr;
  return std::make_unique<Made>(params, constants, kernels);
}

}  // namespace

std::unique_ptr<Step> make_packed_depthwise_conv_2d(const ParamMap& params, const ConstantMap& constants,
                                                    const simd::Kernels& kernels) {
  return make_packed<calls::DepthwiseConv2dS8>(params, constants, kernels,
                                               [&](const ParamMap& conv_params, const ConstantMap& conv_constants) {
                                                 return make_packed_conv_2d(conv_params, conv_constants, kernels);
                                               });
}

std::unique_ptr<Step> make_packed_depthwise_conv_2d_s16(const ParamMap& params, const ConstantMap& constants,
                                                        const simd::Kernels& kernels) {
  return make_packed<calls::DepthwiseConv2dS16>(
      params, constants, kernels, [&](const ParamMap& conv_params, const ConstantMap& conv_constants) {
        return make_packed_words("conv_2d_s16", conv_params, conv_constants, kernels);
      });
}

}  // namespace edgetwin::host
