// The platform's baseline: 128 bits as the compiler has them, without fused multiply-adds.
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

struct Vectors {
  using Batch = Four;
  static constexpr int kRegisters = 16;
  [[gnu::always_inline]] static Four fused(const Four& a, const Four& b, const Four& c) {
    return Four(a.data * b.data + c.data);
  }
};

}  // namespace

const Kernels& training_baseline() {
  static constexpr Kernels kernels = level_kernels<Vectors>();
  return kernels;
}

}  // namespace edgetwin::host::training
