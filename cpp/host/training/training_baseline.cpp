// The platform's baseline: 128 bits as the compiler has them, without fused multiply-adds.
#include <cmath>

#include "host/training/level_kernels.hpp"

namespace edgetwin::host::training {
namespace {

struct Four {
  using Register = float __attribute__((vector_size(16)));
  static constexpr size_t size = 4;
  Register data;

  Four() = default;
  explicit Four(Register value) : data(value) {}
  explicit Four(float value) : data{value, value, value, value} {}
  [[gnu::always_inline]] static Four load_unaligned(const float* place) {
    Four loaded;
    __builtin_memcpy(&loaded.data, place, sizeof(Register));
    return loaded;
  }
  [[gnu::always_inline]] void store_unaligned(float* place) const { __builtin_memcpy(place, &data, sizeof(Register)); }
};

[[gnu::always_inline]] inline Four operator+(const Four& a, const Four& b) { return Four(a.data + b.data); }
[[gnu::always_inline]] inline Four operator-(const Four& a, const Four& b) { return Four(a.data - b.data); }
[[gnu::always_inline]] inline Four operator*(const Four& a, const Four& b) { return Four(a.data * b.data); }

struct FourLanes {
  using Batch = Four;
  static constexpr int kRegisters = 16;
  static constexpr bool kTurns = false;  // transposes in pieces

  [[gnu::always_inline]] static Four fused(const Four& a, const Four& b, const Four& c) { return a * b + c; }
  [[gnu::always_inline]] static Four quotient(const Four& a, const Four& b) { return Four(a.data / b.data); }
  [[gnu::always_inline]] static Four root(const Four& a) {
    return Four(Four::Register{std::sqrt(a.data[0]), std::sqrt(a.data[1]), std::sqrt(a.data[2]), std::sqrt(a.data[3])});
  }
  [[gnu::always_inline]] static Four if_greater(const Four& a, const Four& b, const Four& x, const Four& y) {
    return Four(a.data > b.data ? x.data : y.data);
  }
  [[gnu::always_inline]] static Four if_equal(const Four& a, const Four& b, const Four& x, const Four& y) {
    return Four(a.data == b.data ? x.data : y.data);
  }
  [[gnu::always_inline]] static Four load_part(const float* place, int64_t count) {
    Four loaded(0.0F);
    for (int64_t i = 0; i < count; ++i) loaded.data[i] = place[i];
    return loaded;
  }
  [[gnu::always_inline]] static void store_part(const Four& x, float* place, int64_t count) {
    for (int64_t i = 0; i < count; ++i) place[i] = x.data[i];
  }
};

}  // namespace

const Kernels& training_baseline() {
  static constexpr Kernels kernels = level_kernels<FourLanes>();
  return kernels;
}

}  // namespace edgetwin::host::training
