// Random numbers by their place: the same whoever computes them, and in whatever order.
#ifndef EDGETWIN_HOST_TRAINING_RANDOM_HPP_
#define EDGETWIN_HOST_TRAINING_RANDOM_HPP_

#include <cstdint>

namespace edgetwin::host::training {

/// Number `place` of the sequence SplitMix64 with this seed (Steele, Lea and Flood, 2014), whose state is a counter.
[[nodiscard]] constexpr uint64_t random_bits(uint64_t seed, uint64_t place) {
  uint64_t bits = seed + (place + 1) * 0x9E3779B97F4A7C15U;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
  return bits ^ (bits >> 31);
}

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_RANDOM_HPP_
