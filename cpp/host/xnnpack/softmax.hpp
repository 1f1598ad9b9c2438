// softmax and log_softmax of int8 as LiteRT's own kernels compute them on x86: XNNPACK has no int8 form.
#ifndef EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_
#define EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_

#include <algorithm>
#include <cmath>
#include <limits>

#include "calls/call.hpp"
#include "edgetwin/types.hpp"

namespace edgetwin::host::xnnpack {

/// What both kernels take from each row: exponentials of codes below its largest.
struct ExponentialRows {
  static constexpr calls::SlotNames kSlots = {{"input"}, {"exponentials"}, {}, {"output"}};

  template <class Out, class Params>
  static calls::Layout layout_of(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = int64_t{p.rows} * p.depth;
    l.constants[0] = 256 * static_cast<int64_t>(sizeof(float));
    l.outputs[0] = l.inputs[0] * static_cast<int64_t>(sizeof(Out));
    return l;
  }
  template <class Params>
  static Status check_constants(const Params&, const void* const* constants) {
    const float* const exponentials = calls::as<float>(constants[0]);
    // The largest code's own term keeps sums away from zero.
    bool falls = exponentials[0] == 1.0F;
    // Written so that NaN fails.
    for (int i = 1; i < 256; ++i) falls = falls && exponentials[i] >= 0.0F && exponentials[i] <= exponentials[i - 1];
    return falls ? Status::kOk : Status::kBadParameter;
  }
  /// Terms are added in order.
  static float sum(const int8_t* row, int32_t depth, int32_t largest, const float* exponentials) {
    float total = 0.0F;
    for (int32_t i = 0; i < depth; ++i) total += exponentials[largest - row[i]];
    return total;
  }
  /// The code of a value: `rounded` is an integer, or far beyond every code.
  template <class Out>
  static Out code(float rounded, int32_t zero_point) {
    using Limits = std::numeric_limits<Out>;
    const int32_t whole = static_cast<int32_t>(clamp(rounded, -1e6F, 1e6F));
    return static_cast<Out>(clamp(whole + zero_point, int32_t{Limits::min()}, int32_t{Limits::max()}));
  }
};

/// Scales within which no quotient of the kernels overflows.
constexpr float kLeastScale = 1e-9F;
constexpr float kMostScale = 1e20F;

struct SoftmaxParams {
  int32_t rows;               ///< >= 1
  int32_t depth;              ///< >= 1; elements that sum to one
  int32_t output_zero_point;  ///< of Out
  float output_scale;         ///< >= kLeastScale
};

/// output = round(exponential / (sum * output_scale)) + output_zero_point, ties away from zero, saturated; all in
/// float32.
///
/// input        [rows, depth] int8
/// exponentials [256] float32: exp(-i * beta * input scale) for a code i below the largest of its row
/// output       [rows, depth] Out
template <class Out>
struct Softmax : ExponentialRows {
  using Params = SoftmaxParams;

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("rows", p.rows);
    visit("depth", p.depth);
    visit("output_zero_point", p.output_zero_point);
    visit("output_scale", p.output_scale);
  }
  static Status check(const Params& p) {
    using Limits = std::numeric_limits<Out>;
    if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
    if (p.output_zero_point < Limits::min() || p.output_zero_point > Limits::max()) return Status::kBadZeroPoint;
    return p.output_scale >= kLeastScale ? Status::kOk : Status::kBadParameter;
  }
  static calls::Layout layout(const Params& p) { return layout_of<Out>(p); }
  static void run(const Params& p, const calls::Operands& o) {
    const int8_t* input = calls::as<int8_t>(o.inputs[0]);
    const float* const exponentials = calls::as<float>(o.constants[0]);
    Out* output = calls::as<Out>(o.outputs[0]);
    for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
      const int32_t largest = *std::max_element(input, input + p.depth);
      const float factor = 1.0F / (sum(input, p.depth, largest, exponentials) * p.output_scale);
      for (int32_t i = 0; i < p.depth; ++i) {
        output[i] = code<Out>(std::round(exponentials[largest - input[i]] * factor), p.output_zero_point);
      }
    }
  }
};

struct SoftmaxS8 : Softmax<int8_t> {
  static constexpr const char* kName = "softmax_s8_litert";
};

struct SoftmaxS8S16 : Softmax<int16_t> {
  static constexpr const char* kName = "softmax_s8_s16_litert";
};

struct LogSoftmaxParams {
  int32_t rows;               ///< >= 1
  int32_t depth;              ///< >= 1
  float input_scale;          ///< (0, kMostScale]
  float output_scale;         ///< >= kLeastScale
  int32_t output_zero_point;  ///< [-128, 127]
};

/// output = nearest(input_scale / output_scale * input - (input_scale * largest + log(sum)) / output_scale)
/// + output_zero_point, ties to even, saturated; all in float32, the logarithm the C library's.
///
/// Arrays as of Softmax.
struct LogSoftmaxS8 : ExponentialRows {
  using Params = LogSoftmaxParams;
  static constexpr const char* kName = "log_softmax_s8_litert";

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("rows", p.rows);
    visit("depth", p.depth);
    visit("input_scale", p.input_scale);
    visit("output_scale", p.output_scale);
    visit("output_zero_point", p.output_zero_point);
  }
  static Status check(const Params& p) {
    if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
    if (!in_int8(p.output_zero_point)) return Status::kBadZeroPoint;
    const bool finite = p.input_scale > 0.0F && p.input_scale <= kMostScale && p.output_scale >= kLeastScale;
    return finite ? Status::kOk : Status::kBadParameter;
  }
  static calls::Layout layout(const Params& p) { return layout_of<int8_t>(p); }
  static void run(const Params& p, const calls::Operands& o) {
    const int8_t* input = calls::as<int8_t>(o.inputs[0]);
    const float* const exponentials = calls::as<float>(o.constants[0]);
    int8_t* output = calls::as<int8_t>(o.outputs[0]);
    const float scale = p.input_scale / p.output_scale;
    for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
      const int32_t largest = *std::max_element(input, input + p.depth);
      const float log_sum = std::log(sum(input, p.depth, largest, exponentials));
      const float start = (p.input_scale * static_cast<float>(largest) + log_sum) / p.output_scale;
      for (int32_t i = 0; i < p.depth; ++i) {
        output[i] = code<int8_t>(std::rint(scale * static_cast<float>(input[i]) - start), p.output_zero_point);
      }
    }
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_
