// Arrays of floats at addresses for every vector load, with room to read behind their end.
#ifndef EDGETWIN_HOST_TRAINING_FLOATS_HPP_
#define EDGETWIN_HOST_TRAINING_FLOATS_HPP_

#include <cstdint>

#include "host/step.hpp"
#include "host/training/kernels.hpp"

namespace edgetwin::host::training {

/// Zeros at first.
class Floats {
 public:
  Floats() = default;
  explicit Floats(int64_t count) : bytes_(static_cast<size_t>(count + kSlack) * sizeof(float)), count_(count) {}
  [[nodiscard]] float* data() const { return static_cast<float*>(static_cast<void*>(bytes_.data())); }
  [[nodiscard]] int64_t size() const { return count_; }

 private:
  AlignedBytes bytes_;
  int64_t count_ = 0;
};

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_FLOATS_HPP_
