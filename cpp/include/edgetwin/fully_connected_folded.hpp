// Fully connected layer of int8 with the input's zero point folded into the bias, as fast as the core allows.
#ifndef EDGETWIN_FULLY_CONNECTED_FOLDED_HPP_
#define EDGETWIN_FULLY_CONNECTED_FOLDED_HPP_

#include "edgetwin/dot.hpp"
#include "edgetwin/fully_connected.hpp"

namespace edgetwin {

/// Bytes of scratch on the core that this is compiled for: 0 where codes are read in place.
[[nodiscard]] constexpr int32_t fully_connected_folded_scratch_bytes(const FullyConnectedParams& p) {
  const bool in_place = detail::core::kPixels == 1;
  return in_place ? 0 : detail::core::column_bytes(p.input_features, 1, true);
}

/// The bytes of fully_connected.
///
/// p       passed fully_connected_check; weights_zero_point 0
/// folded  [output_features] int32: fold_zero_point of weights and bias
/// scratch fully_connected_folded_scratch_bytes(p), aligned to 8
/// The other arguments are fully_connected's.
inline void fully_connected_folded(const FullyConnectedParams& p, const int8_t* input, const int8_t* weights,
                                   const int32_t* folded, const int32_t* multiplier, const int32_t* shift,
                                   int8_t* output, void* scratch) {
  namespace core = detail::core;
  const detail::Channels channels = {weights,
                                     folded,
                                     multiplier,
                                     shift,
                                     p.output_features,
                                     p.input_features,
                                     core::are_usual(multiplier, shift, p.output_features, p.rounding)};
  const detail::OutputCodes codes = {p.output_zero_point, p.activation_min, p.activation_max, p.rounding};
  for (int32_t b = 0; b < p.batches; ++b) {
    int8_t* const outputs[] = {output};
    const core::Code* column = core::in_place(input);
    if (column == nullptr) {
      core::Columns columns = {static_cast<core::Code*>(scratch)};
      columns.begin(0, 1, p.input_features, true);
      columns.put(0, input, p.input_features);
      columns.end();
      column = columns.codes;
    }
    core::put_pixels(column, 1, channels, codes, outputs);
    input += p.input_features;
    output += p.output_features;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_FULLY_CONNECTED_FOLDED_HPP_
