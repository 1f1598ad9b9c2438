// Fully connected layer, float32.
#ifndef EDGETWIN_HOST_FLOAT32_FULLY_CONNECTED_HPP_
#define EDGETWIN_HOST_FLOAT32_FULLY_CONNECTED_HPP_

#include "calls/call.hpp"
#include "host/float32/matrix.hpp"

namespace edgetwin::host::float32 {

struct FullyConnectedParams {
  int32_t batches;          ///< >= 1; rows of the input
  int32_t input_features;   ///< >= 1
  int32_t output_features;  ///< >= 1
  Activation activation;
};

/// output = activation(input * weights + bias).
///
/// input   [batches, input_features] float32
/// weights [input_features, output_features] float32 (IO: the file's, transposed)
/// bias    [output_features] float32, or null for none
/// output  [batches, output_features] float32
struct FullyConnectedF32 {
  using Params = FullyConnectedParams;
  static constexpr const char* kName = "fully_connected_f32";
  static constexpr calls::SlotNames kSlots = {{"input"}, {"weights", "bias"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("batches", p.batches);
    visit("input_features", p.input_features);
    visit("output_features", p.output_features);
    visit("activation", p.activation);
  }
  static Status check(const Params& p) {
    if (!fits_int32(p.batches, p.input_features) || !fits_int32(p.batches, p.output_features)) return Status::kBadShape;
    if (!fits_int32(p.input_features, p.output_features)) return Status::kBadShape;
    return check_activation(p.activation);
  }
  static calls::Layout layout(const Params& p) {
    calls::Layout l = {};
    l.inputs[0] = kFloatBytes * p.batches * p.input_features;
    l.constants[0] = kFloatBytes * p.input_features * p.output_features;
    l.constants[1] = kFloatBytes * p.output_features;
    l.optional[1] = true;
    l.outputs[0] = kFloatBytes * p.batches * p.output_features;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const calls::Operands& o) {
    using calls::as;
    multiply({as<float>(o.inputs[0]), p.input_features}, p.batches, p.input_features,
             {as<float>(o.constants[0]), p.output_features}, p.output_features,
             {as<float>(o.outputs[0]), p.output_features, as<float>(o.constants[1]), Clamp(p.activation)});
  }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_FULLY_CONNECTED_HPP_
