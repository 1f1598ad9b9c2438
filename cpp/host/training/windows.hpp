// The windows of a convolution or a pool over an image with padding around it.
#ifndef EDGETWIN_HOST_TRAINING_WINDOWS_HPP_
#define EDGETWIN_HOST_TRAINING_WINDOWS_HPP_

#include <cstdint>

#include "host/training/layer.hpp"

namespace edgetwin::host::training {

/// Along one axis.
struct WindowAxis {
  int64_t input, output, kernel, stride, dilation, before, after;

  [[nodiscard]] int64_t padded() const { return input + before + after; }
  /// From a window's first tap to its last, both included.
  [[nodiscard]] int64_t extent() const { return (kernel - 1) * dilation + 1; }
};

struct Windows {
  WindowAxis y, x;
  int64_t channels;  ///< of the input

  [[nodiscard]] bool is_padded() const { return y.padded() != y.input || x.padded() != x.input; }
  [[nodiscard]] int64_t padded_floats() const { return y.padded() * x.padded() * channels; }
};

/// Throws ShapeFault, which names the layer's kind, where there is no window or padding is as wide as one.
[[nodiscard]] Windows windows_of(const LayerSpec& spec, const int64_t (&kernel)[2], const Shape& input);

/// The input of one sample with its padding of zeros, in `scratch`; the input itself where there is none.
const float* padded(const Windows& windows, const float* input, float* scratch);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_WINDOWS_HPP_
