#include "host/float_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "host/step.hpp"

namespace edgetwin::host {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int32_t>::min(), kGreatest = std::numeric_limits<int32_t>::max();

/// The least sum of a value of at least `value`, which may lie beyond int32.
int64_t least_sum(const ChannelScale& scale, int32_t value) {
  const auto of = [&](int64_t sum) { return scale.apply_shifted(static_cast<int32_t>(sum)); };
  const double half = static_cast<double>(scale.addend) - static_cast<double>(scale.sign_correction) / 2;
  const double estimate = (std::ldexp(value, scale.right) - half) / scale.multiplier;
  int64_t sum = static_cast<int64_t>(std::clamp(estimate, double{kLeast}, double{kGreatest}));
  while (sum > kLeast && of(sum - 1) >= value) --sum;
  while (sum <= kGreatest && of(sum) < value) ++sum;
  return sum;
}

int32_t bits_of(float value) {
  int32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

}  // namespace

int32_t FloatScale::turn() const { return bits_of(offset) ^ bits_of(negative_offset); }

FloatScales::FloatScales(const simd::Kernels& kernels, const simd::Finish& finish)
    : kernels_(kernels),
      corrected_(finish.form == simd::ScaleForm::kCorrected),
      low_(finish.low - finish.zero_point),
      high_(finish.high - finish.zero_point) {}

bool FloatScales::find(const ChannelScale& scale, FloatScale& found) {
  const auto [place, is_new] = known_.try_emplace({scale.multiplier, scale.right});
  auto& [certified, factors] = place->second;
  if (is_new) {
    const double real = std::ldexp(scale.multiplier, -scale.right);
    factors.high = static_cast<float>(real);
    if (factors.high > real) factors.high = std::nextafter(factors.high, 0.0F);
    factors.low = static_cast<float>(real - factors.high);
    const double offset = std::ldexp(static_cast<double>(scale.addend), -scale.right);
    const double negative = corrected_ ? std::ldexp(static_cast<double>(scale.sign_correction), -scale.right) : 0.0;
    add_steps(scale);
    // Two offsets rounded may miss a step by little: by a small part of a sum to either side.
    for (const double part : {0.0, 1.0 / 64, -1.0 / 64}) {
      factors.offset = static_cast<float>(offset + part * real);
      factors.negative_offset = static_cast<float>(offset + part * real - negative);
      certified = holds(scale, factors);
      if (certified) break;
    }
  }
  found = factors;
  return certified;
}

void FloatScales::add_steps(const ChannelScale& scale) {
  sums_ = {static_cast<int32_t>(kLeast), static_cast<int32_t>(kGreatest)};
  for (int32_t value = low_ + 1; scale.multiplier != 0 && value <= high_; ++value) {
    const int64_t sum = least_sum(scale, value);
    if (sum > kGreatest) break;
    sums_.push_back(static_cast<int32_t>(sum));
    if (sum > kLeast) sums_.push_back(static_cast<int32_t>(sum - 1));
  }
  const size_t lanes = static_cast<size_t>(kernels_.lanes);
  sums_.resize((sums_.size() + lanes - 1) / lanes * lanes);
  values_.resize(sums_.size());
}

bool FloatScales::holds(const ChannelScale& scale, const FloatScale& tried) {
  AlignedBytes bytes(static_cast<size_t>(simd::kScaleRows * kernels_.lanes) * sizeof(int32_t));
  int32_t* const rows = static_cast<int32_t*>(static_cast<void*>(bytes.data()));
  const auto fill = [&](simd::ScaleRow row, int32_t bits) {
    std::fill_n(rows + row * kernels_.lanes, kernels_.lanes, bits);
  };
  fill(simd::kFloatHigh, bits_of(tried.high));
  fill(simd::kFloatLow, bits_of(tried.low));
  fill(simd::kFloatOffset, bits_of(tried.offset));
  fill(simd::kFloatTurn, tried.turn());
  kernels_.scale_floats({rows, corrected_, sums_.data(), static_cast<int64_t>(sums_.size()), values_.data()});
  for (size_t i = 0; i < sums_.size(); ++i) {
    if (std::clamp(values_[i], low_, high_) != std::clamp(scale.apply_shifted(sums_[i]), low_, high_)) return false;
  }
  return true;
}

}  // namespace edgetwin::host
