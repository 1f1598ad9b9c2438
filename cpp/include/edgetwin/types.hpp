// Small value types and integer helpers that every kernel shares.
#ifndef EDGETWIN_TYPES_HPP_
#define EDGETWIN_TYPES_HPP_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "edgetwin/status.hpp"

namespace edgetwin {

/// How a product with a Q31 multiplier is rounded. A value, never a build option: it changes output bytes.
enum class Rounding : int32_t {
  kDouble = 0,  ///< TFLite Micro's reference kernels and CMSIS-NN's default build
  kSingle = 1,  ///< CMSIS-NN built with CMSIS_NN_USE_SINGLE_ROUNDING
};

constexpr int32_t kInt8Min = -128;
constexpr int32_t kInt8Max = 127;
constexpr int32_t kInt16Min = -32768;
constexpr int32_t kInt16Max = 32767;
constexpr int32_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int32_t kInt32Max = std::numeric_limits<int32_t>::max();

template <class T>
[[nodiscard]] constexpr T min_of(T a, T b) {
  return a < b ? a : b;
}

template <class T>
[[nodiscard]] constexpr T max_of(T a, T b) {
  return a < b ? b : a;
}

template <class T>
[[nodiscard]] constexpr T clamp(T value, T low, T high) {
  return min_of(max_of(value, low), high);
}

/// Two's complement addition modulo 2^32: the boards' accumulators wrap, while signed overflow is undefined in C++.
[[nodiscard]] constexpr int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

[[nodiscard]] constexpr int32_t wrapping_sub(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

[[nodiscard]] constexpr int32_t wrapping_mul(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}

[[nodiscard]] constexpr int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

[[nodiscard]] constexpr bool in_int8(int32_t value) { return value >= kInt8Min && value <= kInt8Max; }
[[nodiscard]] constexpr bool in_int16(int32_t value) { return value >= kInt16Min && value <= kInt16Max; }

/// kOk if [low, high] is a non-empty part of Element's range.
template <class Element>
[[nodiscard]] constexpr Status check_activation(int32_t low, int32_t high) {
  const bool fits = low >= std::numeric_limits<Element>::min() && high <= std::numeric_limits<Element>::max();
  return low <= high && fits ? Status::kOk : Status::kBadActivation;
}

/// kOk if [low, high] is a non-empty part of int8.
[[nodiscard]] constexpr Status check_activation_s8(int32_t low, int32_t high) {
  return check_activation<int8_t>(low, high);
}

/// True for a zero point that TFLite gives to activations of Element: any int8, but int16 is symmetric.
template <class Element>
[[nodiscard]] constexpr bool is_zero_point(int32_t value) {
  return sizeof(Element) == sizeof(int8_t) ? in_int8(value) : value == 0;
}

template <class Element, class... Values>
[[nodiscard]] constexpr bool are_zero_points(Values... values) {
  return (is_zero_point<Element>(values) && ...);
}

/// `value` inside Element's range.
template <class Element>
[[nodiscard]] constexpr Element saturate(int32_t value) {
  constexpr int32_t low = std::numeric_limits<Element>::min();
  constexpr int32_t high = std::numeric_limits<Element>::max();
  return static_cast<Element>(clamp(value, low, high));
}

/// False for what a cast from an integer may leave: parameters arrive as integers.
[[nodiscard]] constexpr bool is_rounding(Rounding rounding) {
  return rounding == Rounding::kDouble || rounding == Rounding::kSingle;
}

/// True if the product of positive factors stays below 2^31; false for a factor that is not positive.
template <class... Dims>
[[nodiscard]] constexpr bool fits_int32(Dims... dims) {
  const int64_t factors[] = {static_cast<int64_t>(dims)...};
  int64_t product = 1;
  for (const int64_t dim : factors) {
    if (dim <= 0 || dim > kInt32Max || product > kInt32Max / dim) return false;
    product *= dim;
  }
  return true;
}

}  // namespace edgetwin

#endif  // EDGETWIN_TYPES_HPP_
