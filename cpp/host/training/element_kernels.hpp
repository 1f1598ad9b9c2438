// Training kernels over runs of floats and over windows of pools.
#ifndef EDGETWIN_HOST_TRAINING_ELEMENT_KERNELS_HPP_
#define EDGETWIN_HOST_TRAINING_ELEMENT_KERNELS_HPP_

#include <limits>

#include "host/training/kernels.hpp"
#include "host/training/pieces.hpp"

namespace edgetwin::host::training {
namespace {

template <class V>
void relu(const float* x, int64_t count, float maximum, float* output) {
  using B = typename V::Batch;
  const B zero(0.0F), most(maximum);
  for_each_vector<V>(
      count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        const B value = load_some<V>(x + i, left);
        const B raised = V::if_greater(zero, value, zero, value);
        store_some<V>(V::if_greater(raised, most, most, raised), output + i, left);
      });
}

template <class V>
void relu_gradient(const float* y, const float* gradient, int64_t count, float maximum, float* input_gradient) {
  using B = typename V::Batch;
  const B zero(0.0F), most(maximum);
  for_each_vector<V>(
      count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        const B value = load_some<V>(y + i, left), given = load_some<V>(gradient + i, left);
        const B above = V::if_greater(value, zero, given, zero);
        store_some<V>(V::if_greater(most, value, above, zero), input_gradient + i, left);
      });
}

template <class V>
void add(const float* terms, int64_t count, float* sums) {
  for_each_vector<V>(
      count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        store_some<V>(load_some<V>(sums + i, left) + load_some<V>(terms + i, left), sums + i, left);
      });
}

template <class V>
void add_rows(const float* rows, int64_t count, int64_t width, float* sums) {
  using B = typename V::Batch;
  for_each_vector<V>(
      width, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        B sum = load_some<V>(sums + i, left);
        for (int64_t row = 0; row < count; ++row) sum = sum + load_some<V>(rows + row * width + i, left);
        store_some<V>(sum, sums + i, left);
      });
}

/// Infinity and NaN less themselves are NaN, which stays in a sum.
template <class V>
bool all_finite(const float* values, int64_t count) {
  using B = typename V::Batch;
  B sum(0.0F);
  for_each_vector<V>(
      count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        const B value = load_some<V>(values + i, left);
        sum = sum + (value - value);
      });
  float lanes[B::size];
  sum.store_unaligned(lanes);
  bool finite = true;
  for (const float lane : lanes) finite &= lane == 0.0F;
  return finite;
}

template <class V>
void sgd(const SgdTask& task) {
  using B = typename V::Batch;
  const B rate(-task.learning_rate), momentum(task.momentum);
  for_each_vector<V>(
      task.count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        B step = rate * load_some<V>(task.gradients + i, left);
        if (task.speeds != nullptr) {
          const B speed = V::fused(momentum, load_some<V>(task.speeds + i, left), step);
          store_some<V>(speed, task.speeds + i, left);
          step = task.nesterov ? V::fused(momentum, speed, step) : speed;
        }
        store_some<V>(load_some<V>(task.values + i, left) + step, task.values + i, left);
      });
}

template <class V>
void adam(const AdamTask& task) {
  using B = typename V::Batch;
  const B rate(-task.rate), of_mean(task.of_mean), of_square(task.of_square), epsilon(task.epsilon), kept(task.kept);
  for_each_vector<V>(
      task.count, [&](int64_t i, int64_t left) __attribute__((always_inline)) {
        const B gradient = load_some<V>(task.gradients + i, left);
        const B before = load_some<V>(task.means + i, left), square = load_some<V>(task.squares + i, left);
        const B mean = V::fused(gradient - before, of_mean, before);
        const B spread = V::fused(gradient * gradient - square, of_square, square);
        store_some<V>(mean, task.means + i, left);
        store_some<V>(spread, task.squares + i, left);
        const B step = V::quotient(rate * mean, V::root(spread) + epsilon);
        store_some<V>(V::fused(load_some<V>(task.values + i, left), kept, step), task.values + i, left);
      });
}

/// Calls window(output, first, rows, columns) for every output pixel: its place, that of its first pixel, and how many
/// lines and columns of the input it meets.
template <class Window>
[[gnu::always_inline]] inline void for_each_window(const PoolTask& task, Window&& window) {
  for (int64_t y = 0, output = 0; y < task.y.output; ++y) {
    const int64_t top = y * task.y.stride - task.y.before, bottom = top + task.y.kernel;
    const int64_t first_y = top < 0 ? 0 : top, last_y = bottom < task.y.input ? bottom : task.y.input;
    for (int64_t x = 0; x < task.x.output; ++x, output += task.channels) {
      const int64_t left = x * task.x.stride - task.x.before, right = left + task.x.kernel;
      const int64_t first_x = left < 0 ? 0 : left, last_x = right < task.x.input ? right : task.x.input;
      window(output, (first_y * task.x.input + first_x) * task.channels, last_y - first_y, last_x - first_x);
    }
  }
}

/// Calls tap(place) for the pixels of a window.
template <class Tap>
[[gnu::always_inline]] inline void for_each_tap(const PoolTask& task, int64_t first, int64_t rows, int64_t columns,
                                                Tap&& tap) {
  for (int64_t y = 0; y < rows; ++y) {
    const int64_t line = first + y * task.x.input * task.channels;
    for (int64_t x = 0; x < columns; ++x) tap(line + x * task.channels);
  }
}

template <class V>
[[gnu::always_inline]] inline typename V::Batch largest(const PoolTask& task, const float* input, int64_t first,
                                                        int64_t rows, int64_t columns, int64_t left) {
  typename V::Batch most(-std::numeric_limits<float>::infinity());
  for_each_tap(
      task, first, rows, columns, [&](int64_t place) __attribute__((always_inline)) {
        most = larger<V>(most, load_some<V>(input + place, left));
      });
  return most;
}

template <class V>
void max_pool(const PoolTask& task, const float* input, float* output) {
  for_each_window(
      task, [&](int64_t to, int64_t first, int64_t rows, int64_t columns) __attribute__((always_inline)) {
        for_each_vector<V>(
            task.channels, [&](int64_t c, int64_t left) __attribute__((always_inline)) {
              store_some<V>(largest<V>(task, input + c, first, rows, columns, left), output + to + c, left);
            });
      });
}

template <class V>
void max_pool_gradient(const PoolTask& task, const float* input, const float* gradient, float* input_gradient) {
  using B = typename V::Batch;
  const B zero(0.0F);
  for_each_window(
      task, [&](int64_t from, int64_t first, int64_t rows, int64_t columns) __attribute__((always_inline)) {
        for_each_vector<V>(
            task.channels, [&](int64_t c, int64_t left) __attribute__((always_inline)) {
              const B most = largest<V>(task, input + c, first, rows, columns, left);
              // What is left to be given: the first of the largest gets all.
              B given = load_some<V>(gradient + from + c, left);
              for_each_tap(
                  task, first, rows, columns, [&](int64_t place) __attribute__((always_inline)) {
                    const B value = load_some<V>(input + place + c, left);
                    float* const to = input_gradient + place + c;
                    store_some<V>(load_some<V>(to, left) + V::if_equal(value, most, given, zero), to, left);
                    given = V::if_equal(value, most, zero, given);
                  });
            });
      });
}

/// Calls tap(place in the image, place in the weights) for the taps of the window that begins at `first`.
template <class Tap>
[[gnu::always_inline]] inline void for_each_tap(const DepthwiseTask& task, int64_t first, Tap&& tap) {
  for (int64_t y = 0, weight = 0; y < task.kernel_h; ++y) {
    for (int64_t x = 0; x < task.kernel_w; ++x, weight += task.channels) {
      tap(first + y * task.tap_line + x * task.tap_step, weight);
    }
  }
}

template <class V>
void depthwise(const DepthwiseTask& task, const float* image, const float* weights, const float* bias, float* output) {
  using B = typename V::Batch;
  for (int64_t y = 0; y < task.output_h; ++y) {
    for (int64_t x = 0; x < task.output_w; ++x, output += task.channels) {
      for_each_vector<V>(
          task.channels, [&](int64_t c, int64_t left) __attribute__((always_inline)) {
            B sum = bias != nullptr ? load_some<V>(bias + c, left) : B(0.0F);
            for_each_tap(
                task,
                y * task.line + x * task.pixel + c, [&](int64_t place, int64_t weight) __attribute__((always_inline)) {
                  sum = V::fused(load_some<V>(image + place, left), load_some<V>(weights + weight + c, left), sum);
                });
            store_some<V>(sum, output + c, left);
          });
    }
  }
}

/// sums += x * y
template <class V>
[[gnu::always_inline]] inline void add_product(const typename V::Batch& x, const float* y, int64_t left, float* sums) {
  store_some<V>(V::fused(x, load_some<V>(y, left), load_some<V>(sums, left)), sums, left);
}

template <class V>
void depthwise_gradient(const DepthwiseTask& task, const float* image, const float* weights, const float* gradient,
                        float* weights_gradient, float* image_gradient) {
  using B = typename V::Batch;
  for (int64_t y = 0; y < task.output_h; ++y) {
    for (int64_t x = 0; x < task.output_w; ++x, gradient += task.channels) {
      for_each_vector<V>(
          task.channels, [&](int64_t c, int64_t left) __attribute__((always_inline)) {
            const B given = load_some<V>(gradient + c, left);
            for_each_tap(
                task,
                y * task.line + x * task.pixel + c, [&](int64_t place, int64_t weight) __attribute__((always_inline)) {
                  add_product<V>(given, image + place, left, weights_gradient + weight + c);
                  if (image_gradient != nullptr)
                    add_product<V>(given, weights + weight + c, left, image_gradient + place);
                });
          });
    }
  }
}

template <class V>
void transpose(const float* from, int64_t rows, int64_t columns, int64_t from_row, float* to, int64_t to_row) {
  // A cache line of either side at a time.
  constexpr int64_t side = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += side) {
    const int64_t r1 = r0 + side < rows ? r0 + side : rows;
    for (int64_t c0 = 0; c0 < columns; c0 += side) {
      const int64_t c1 = c0 + side < columns ? c0 + side : columns;
      if constexpr (V::kTurns) {
        if (r1 - r0 == side && c1 - c0 == side) {
          V::turn(from + r0 * from_row + c0, from_row, to + c0 * to_row + r0, to_row);
          continue;
        }
      }
      for (int64_t c = c0; c < c1; ++c) {
        for (int64_t r = r0; r < r1; ++r) to[c * to_row + r] = from[r * from_row + c];
      }
    }
  }
}

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_ELEMENT_KERNELS_HPP_
