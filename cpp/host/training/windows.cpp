#include "host/training/windows.hpp"

#include <algorithm>

#include "host/step.hpp"

namespace edgetwin::host::training {
namespace {

WindowAxis axis_of(const LayerSpec& spec, const int64_t (&kernel)[2], int64_t input, int axis) {
  constexpr int64_t most = int64_t{1} << 24;
  for (const int64_t length : {kernel[axis], spec.stride[axis], spec.dilation[axis]}) {
    if (length < 1 || length > most) {
      throw ShapeFault(spec.kind + ": kernel, stride and dilation are positive, got " + std::to_string(length));
    }
  }
  WindowAxis made = {input,           0, kernel[axis], spec.stride[axis], spec.dilation[axis], spec.before[axis],
                     spec.after[axis]};
  if (std::min(made.before, made.after) < 0 || std::max(made.before, made.after) >= made.extent()) {
    throw ShapeFault(spec.kind + ": padding of " + std::to_string(made.before) + " and " + std::to_string(made.after) +
                     " is not within 0 to " + std::to_string(made.extent() - 1) +
                     ", one less than the kernel's extent");
  }
  if (made.padded() < made.extent()) {
    throw ShapeFault(spec.kind + ": a kernel that extends over " + std::to_string(made.extent()) +
                     " does not fit into " + std::to_string(made.padded()));
  }
  made.output = (made.padded() - made.extent()) / made.stride + 1;
  return made;
}

}  // namespace

Windows windows_of(const LayerSpec& spec, const int64_t (&kernel)[2], const Shape& input) {
  if (input.size() != 3) {
    throw ShapeFault(spec.kind + ": takes an input of shape (height, width, channels), got " + text_of(input));
  }
  return {axis_of(spec, kernel, input[0], 0), axis_of(spec, kernel, input[1], 1), input[2]};
}

const float* padded(const Windows& windows, const float* input, float* scratch) {
  if (!windows.is_padded()) return input;
  const int64_t line = windows.x.padded() * windows.channels, row = windows.x.input * windows.channels;
  const int64_t left = windows.x.before * windows.channels, right = windows.x.after * windows.channels;
  float* place = std::fill_n(scratch, windows.y.before * line, 0.0F);
  for (int64_t y = 0; y < windows.y.input; ++y) {
    place = std::fill_n(place, left, 0.0F);
    place = std::copy_n(input + y * row, row, place);
    place = std::fill_n(place, right, 0.0F);
  }
  std::fill_n(place, windows.y.after * line, 0.0F);
  return scratch;
}

}  // namespace edgetwin::host::training
