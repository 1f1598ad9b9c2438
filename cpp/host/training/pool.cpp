#include <algorithm>
#include <limits>

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
  const Windows windows_;
};

class MaxPool : public Pool {
 public:
  using Pool::Pool;

  int64_t scratch() const override { return 2 * channels(); }

  void forward(const Pass&, const Part& part) override {
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const image = part.input + i * size_of(input());
      float* const pooled = part.output + i * size_of(output());
      for_each_window([&](int64_t to, const Taps& rows, const Taps& columns) {
        float* const most = pooled + to;
        std::fill_n(most, channels(), -std::numeric_limits<float>::infinity());
        for_each_tap(rows, columns, [&](int64_t from) {
          for (int64_t c = 0; c < channels(); ++c) most[c] = most[c] >= image[from + c] ? most[c] : image[from + c];
        });
      });
    }
  }

  /// The first of a window's largest pixels has the gradient.
  void backward(const Pass&, const Part& part) override {
    if (part.input_gradient == nullptr) return;
    std::fill_n(part.input_gradient, part.count * size_of(input()), 0.0F);
    float* const most = part.scratch;
    float* const left = most + channels();
    for (int64_t i = 0; i < part.count; ++i) {
      const float* const image = part.input + i * size_of(input());
      const float* const pooled = part.output_gradient + i * size_of(output());
      float* const gradient = part.input_gradient + i * size_of(input());
      for_each_window([&](int64_t from, const Taps& rows, const Taps& columns) {
        std::fill_n(most, channels(), -std::numeric_limits<float>::infinity());
        for_each_tap(rows, columns, [&](int64_t to) {
          for (int64_t c = 0; c < channels(); ++c) most[c] = most[c] >= image[to + c] ? most[c] : image[to + c];
        });
        std::copy_n(pooled + from, channels(), left);
        for_each_tap(rows, columns, [&](int64_t to) {
          for (int64_t c = 0; c < channels(); ++c) {
            const bool found = image[to + c] == most[c];
            gradient[to + c] += found ? left[c] : 0.0F;
            left[c] = found ? 0.0F : left[c];
          }
        });
      });
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
