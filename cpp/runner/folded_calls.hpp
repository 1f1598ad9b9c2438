// Kernels that have a faster form with the input's zero point folded into the bias, called by that form.
#ifndef EDGETWIN_RUNNER_FOLDED_CALLS_HPP_
#define EDGETWIN_RUNNER_FOLDED_CALLS_HPP_

#include "../calls/conv.hpp"
#include "../calls/depthwise_conv.hpp"
#include "../calls/fully_connected.hpp"
#include "edgetwin/conv_folded.hpp"
#include "edgetwin/depthwise_conv_folded.hpp"
#include "edgetwin/fully_connected_folded.hpp"

namespace edgetwin::runner {

/// What firmware has in flash and in its arena: biases and scratch.
struct FoldedMemory {
  int32_t bias[4096];
  alignas(8) unsigned char scratch[32768];

  [[nodiscard]] bool holds(int32_t outputs, int32_t scratch_bytes) const {
    return outputs <= static_cast<int32_t>(sizeof(bias) / 4) && scratch_bytes <= static_cast<int32_t>(sizeof(scratch));
  }
};

/// The form of a kernel without one: none.
template <class Call>
struct FoldedCall {
  static bool prepare(const typename Call::Params&, const calls::Operands&, FoldedMemory&) { return false; }
  static void run(const typename Call::Params&, const calls::Operands&, FoldedMemory&) {}
};

/// Calls visit(input, output) with the rows of each image of a batch.
template <class Params, class Visitor>
void for_each_image(const Params& p, const calls::Operands& o, Visitor&& visit) {
  const int32_t input_row = p.input_w * p.input_c, output_row = p.output_w * p.output_c;
  for (int32_t b = 0; b < p.batches; ++b) {
    visit(Rows<const int8_t>{calls::as<int8_t>(o.inputs[0]) + b * p.input_h * input_row, input_row, p.input_h},
          Rows<int8_t>{calls::as<int8_t>(o.outputs[0]) + b * p.output_h * output_row, output_row, p.output_h});
  }
}

template <>
struct FoldedCall<calls::Conv2dS8> {
  static bool prepare(const Conv2dParams& p, const calls::Operands& o, FoldedMemory& memory) {
    if (!memory.holds(p.output_c, conv_2d_folded_scratch_bytes(p))) return false;
    fold_zero_point(calls::as<int8_t>(o.constants[0]), calls::as<int32_t>(o.constants[1]), p.output_c,
                    p.kernel_h * p.kernel_w * (p.input_c / p.groups), p.input_zero_point, memory.bias);
    return true;
  }
  static void run(const Conv2dParams& p, const calls::Operands& o, FoldedMemory& memory) {
    for_each_image(p, o, [&](Rows<const int8_t> input, Rows<int8_t> output) {
      conv_2d_folded(p, input, calls::as<int8_t>(o.constants[0]), memory.bias, calls::as<int32_t>(o.constants[2]),
                     calls::as<int32_t>(o.constants[3]), 0, p.output_h, output, memory.scratch);
    });
  }
};

template <>
struct FoldedCall<calls::DepthwiseConv2dS8> {
  static bool prepare(const DepthwiseConv2dParams& p, const calls::Operands& o, FoldedMemory& memory) {
    if (!memory.holds(p.output_c, 0)) return false;
    fold_zero_point_of_taps(calls::as<int8_t>(o.constants[0]), calls::as<int32_t>(o.constants[1]), p.output_c,
                            p.kernel_h * p.kernel_w, p.input_zero_point, memory.bias);
    return true;
  }
  static void run(const DepthwiseConv2dParams& p, const calls::Operands& o, FoldedMemory& memory) {
    for_each_image(p, o, [&](Rows<const int8_t> input, Rows<int8_t> output) {
      depthwise_conv_2d_folded(p, input, calls::as<int8_t>(o.constants[0]), memory.bias,
                               calls::as<int32_t>(o.constants[2]), calls::as<int32_t>(o.constants[3]), 0, p.output_h,
                               output);
    });
  }
};

template <>
struct FoldedCall<calls::FullyConnectedS8> {
  static bool prepare(const FullyConnectedParams& p, const calls::Operands& o, FoldedMemory& memory) {
    if (p.weights_zero_point != 0) return false;
    if (!memory.holds(p.output_features, fully_connected_folded_scratch_bytes(p))) return false;
    fold_zero_point(calls::as<int8_t>(o.constants[0]), calls::as<int32_t>(o.constants[1]), p.output_features,
                    p.input_features, p.input_zero_point, memory.bias);
    return true;
  }
  static void run(const FullyConnectedParams& p, const calls::Operands& o, FoldedMemory& memory) {
    fully_connected_folded(p, calls::as<int8_t>(o.inputs[0]), calls::as<int8_t>(o.constants[0]), memory.bias,
                           calls::as<int32_t>(o.constants[2]), calls::as<int32_t>(o.constants[3]),
                           calls::as<int8_t>(o.outputs[0]), memory.scratch);
  }
};

}  // namespace edgetwin::runner

#endif  // EDGETWIN_RUNNER_FOLDED_CALLS_HPP_
