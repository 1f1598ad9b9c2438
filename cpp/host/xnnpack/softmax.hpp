// softmax of int8 as LiteRT's own kernel computes it on x86: XNNPACK has no int8 form.
#ifndef EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_
#define EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_

#include <algorithm>
#include <cmath>
#include <limits>

#include "calls/call.hpp"
#include "edgetwin/types.hpp"

namespace edgetwin::host::xnnpack {

struct SoftmaxParams {
  int32_t rows;               ///< >= 1
  int32_t depth;              ///< >= 1; elements that sum to one
  int32_t output_zero_point;  ///< of Out
  float output_scale;         ///< > 0
};

/// output = round(exponential / (sum * output_scale)) + output_zero_point, ties away from zero, saturated; all in
/// float32, terms added in order.
///
/// input        [rows, depth] int8
/// exponentials [256] float32: exp(-i * beta * input scale) for a code i below the largest of its row
/// output       [rows, depth] Out
template <class Out>
struct Softmax {
  using Params = SoftmaxParams;
  static constexpr calls::SlotNames kSlots = {{"input"}, {"exponentials"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("rows", p.rows);
    visit("depth", p.depth);
    visit("output_zero_point", p.output_zero_point);
    visit("output_scale", p.output_scale);
  }
  static Status check(const Params& p) {
    if (!fits_int32(p.rows, p.depth)) return Status::kBadShape;
    if (p.output_zero_point < std::numeric_limits<Out>::min() ||
        p.output_zero_point > std::numeric_limits<Out>::max()) {
      return Status::kBadZeroPoint;
    }
    return p.output_scale > 0.0F ? Status::kOk : Status::kBadParameter;
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = int64_t{p.rows} * p.depth;
    l.constants[0] = 256 * static_cast<int64_t>(sizeof(float));
    l.outputs[0] = l.inputs[0] * static_cast<int64_t>(sizeof(Out));
    return l;
  }
  static Status check_constants(const Params&, const void* const* constants) {
    const float* const exponentials = calls::as<float>(constants[0]);
    // The largest code's own term keeps sums away from zero.
    const bool falls = exponentials[0] == 1.0F && std::is_sorted(exponentials, exponentials + 256, std::greater<>()) &&
                       exponentials[255] >= 0.0F;
    return falls ? Status::kOk : Status::kBadParameter;
  }
  static void run(const Params& p, const calls::Operands& o) {
    const int8_t* input = calls::as<int8_t>(o.inputs[0]);
    const float* const exponentials = calls::as<float>(o.constants[0]);
    Out* output = calls::as<Out>(o.outputs[0]);
    for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
      const int32_t largest = *std::max_element(input, input + p.depth);
      float sum = 0.0F;
      for (int32_t i = 0; i < p.depth; ++i) sum += exponentials[largest - input[i]];
      const float factor = 1.0F / (sum * p.output_scale);
      for (int32_t i = 0; i < p.depth; ++i) {
        // Far beyond every code, so that the conversion is defined; the factor may be infinite.
        const float scaled = std::min(exponentials[largest - input[i]] * factor, 1e6F);
        const int32_t code = static_cast<int32_t>(std::round(scaled)) + p.output_zero_point;
        output[i] = static_cast<Out>(
            clamp(code, int32_t{std::numeric_limits<Out>::min()}, int32_t{std::numeric_limits<Out>::max()}));
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

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_SOFTMAX_HPP_
