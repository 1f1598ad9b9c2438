#include <algorithm>

#include "host/training/layers.hpp"
#include "host/training/windows.hpp"

namespace edgetwin::host::training {
namespace {

/// What pools share: windows over each channel alone, of which only pixels of the input count.
class Pool : public Layer {
 public:
  Pool(const LayerSpec& spec, const Shape& input, const Windows& windows)
      : Layer(spec.kind, input, {windows.y.output, windows.x.output, windows.channels}), windows_(windows) {}

  int64_t cost() const override { return size_of(output()) * windows_.y.kernel * windows_.x.kernel; }

 protected:
  [[nodiscard]] int64_t channels() const { return windows_.channels; }

  [[nodiscard]] PoolTask task() const { return {axis_of(windows_.y), axis_of(windows_.x), channels()}; }

  struct Taps {
    int64_t first, last;
    Taps(const WindowAxis& axis, int64_t output)
        : first(std::max<int64_t>(0, output * axis.stride - axis.before)),
          last(std::min(axis.input, output * axis.stride - axis.before + axis.kernel)) {}
  };

  /// Calls window(output, taps) for every output pixel of a sample: its place, and how many pixels it has.
  template <class Window>
  void for_each_window(Window&& window) const {
    for (int64_t y = 0; y < windows_.y.output; ++y) {
      for (int64_t x = 0; x < windows_.x.output; ++x) {
        window((y * windows_.x.output + x) * channels(), Taps(windows_.y, y), Taps(windows_.x, x));
      }
    }
  }

  /// Calls tap(input) with the place of every pixel of a window.
  template <class Tap>
  void for_each_tap(const Taps& rows, const Taps& columns, Tap&& tap) const {
    for (int64_t y = rows.first; y < rows.last; ++y) {
      for (int64_t x = columns.first; x < columns.last; ++x) tap((y * windows_.x.input + x) * channels());
    }
  }

 private:
  static PoolAxis axis_of(const WindowAxis& axis) {
    return {axis.input, axis.output, axis.kernel, axis.stride, axis.before};
  }

  const Windows windows_;
};

class MaxPool : public Pool {
 public:
  using Pool::Pool;

  void forward(const Pass& pass, const Part& part) override {
    for (int64_t i = 0; i < part.count; ++i) {
      pass.kernels->max_pool(task(), part.input + i * size_of(input()), part.output + i * size_of(output()));
    }
  }

  /// The first of a window's largest pixels has the gradient.
  void backward(const Pass& pass, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    std::fill_n(part.input_gradient, part.count * size_of(input()), 0.0F);
    for (int64_t i = 0; i < part.count; ++i) {
      const int64_t image = i * size_of(input());
      pass.kernels->max_pool_gradient(task(), part.input + image, part.output_gradient + i * size_of(output()),
                                      part.input_gradient + image);
    }
  }
};

/// Padding is not counted.
class AveragePool : public Pool {
 public:
  using Pool::Pool;

  void forward(const Pass&, const Part& part) override {
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const image = part.input + i * size_of(input());
      float* const pooled = part.output + i * size_of(output());
      for_each_window([&](int64_t to, const Taps& rows, const Taps& columns) {
        float* const sums = pooled + to;
        std::fill_n(sums, channels(), 0.0F);
        for_each_tap(rows, columns, [&](int64_t from) {
          for (int64_t c = 0; c < channels(); ++c) sums[c] += image[from + c];
        });
        const float share = share_of(rows, columns);
        for (int64_t c = 0; c < channels(); ++c) sums[c] *= share;
      });
    }
  }

  void backward(const Pass&, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    std::fill_n(part.input_gradient, part.count * size_of(input()), 0.0F);
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const pooled = part.output_gradient + i * size_of(output());
      float* const gradient = part.input_gradient + i * size_of(input());
      for_each_window([&](int64_t from, const Taps& rows, const Taps& columns) {
        const float share = share_of(rows, columns);
        for_each_tap(rows, columns, [&](int64_t to) {
          for (int64_t c = 0; c < channels(); ++c) gradient[to + c] += pooled[from + c] * share;
        });
      });
    }
  }

 private:
  static float share_of(const Taps& rows, const Taps& columns) {
    return 1.0F / static_cast<float>((rows.last - rows.first) * (columns.last - columns.first));
  }
};

}  // namespace

std::unique_ptr<Layer> make_max_pool(const LayerSpec& spec, const Shape& input) {
  return std::make_unique<MaxPool>(spec, input, windows_of(spec, spec.pool, input));
}

std::unique_ptr<Layer> make_average_pool(const LayerSpec& spec, const Shape& input) {
  return std::make_unique<AveragePool>(spec, input, windows_of(spec, spec.pool, input));
}

}  // namespace edgetwin::host::training
