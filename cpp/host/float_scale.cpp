#include "host/float_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "host/step.hpp"

namespace edgetwin::host {
namespace {

constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kGreatest = std::numeric_limits<int32_t>::max();

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

/// Where an offset may lie: from `least` on and below `greatest`.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity(), greatest = std::numeric_limits<double>::infinity();

  /// Sets `offset` to their middle, or to 1/2 where one side is open; false where that lies outside.
  [[nodiscard]] bool place(float& offset) const {
    const double middle = (least + greatest) / 2;
    offset = std::isfinite(middle) ? static_cast<float>(middle) : 0.5F;
    return least <= double{offset} && double{offset} < greatest;
  }
};

}  // namespace

FloatScales::FloatScales(const simd::Kernels& kernels, const simd::Finish& finish)
    : kernels_(kernels),
      corrected_(finish.form == simd::ScaleForm::kCorrected),
      low_(finish.low - finish.zero_point),
      high_(finish.high - finish.zero_point) {}

bool FloatScales::find(const ChannelScale& scale, FloatScale& found) {
  const auto [place, is_new] = known_.try_emplace({scale.multiplier, scale.right});
  auto& [certified, factors] = place->second;
  if (is_new) {
    find_steps(scale);
    if (corrected_ && scale.sign_correction != 0) {
      certified = find_lines(scale, 0, factors);
    } else {
      certified = find_lines(scale, kLeast, factors) ||
                  (!steps_.empty() && find_lines(scale, steps_[steps_.size() / 2].sum, factors));
    }
  }
  found = factors;
  return certified;
}

void FloatScales::find_steps(const ChannelScale& scale) {
  steps_.clear();
  for (int32_t value = low_ + 1; scale.multiplier != 0 && value <= high_; ++value) {
    const int64_t sum = least_sum(scale, value);
    if (sum > kGreatest) break;
    if (sum == kLeast) continue;
    const auto in_float = [](int64_t x) { return double{static_cast<float>(static_cast<int32_t>(x))}; };
    steps_.push_back({value, static_cast<int32_t>(sum), in_float(sum), in_float(sum - 1)});
  }
}

bool FloatScales::find_lines(const ChannelScale& scale, int32_t split, FloatScale& found) {
  // Further away the outermost steps of a line through the middle ones are missed.
  constexpr int neighbours = 64;
  const double real = std::ldexp(scale.multiplier, -scale.right);
  FloatScale tried = {static_cast<float>(real), 0.0F, 0.0F, split};
  float less = tried.scale, more = tried.scale;
  for (int i = 0; i <= 2 * neighbours; ++i) {
    if (i > 0) {
      float& next = i % 2 == 0 ? more : less;
      next = std::nextafter(next, i % 2 == 0 ? 1.0F : 0.0F);
      tried.scale = next;
    }
    if (!set_offsets(tried) || !holds(scale, tried)) continue;
    found = tried;
    return true;
  }
  return false;
}

bool FloatScales::set_offsets(FloatScale& tried) const {
  Bounds from_split, below;
  for (const ValueStep& step : steps_) {
    Bounds& reached = step.sum >= tried.split ? from_split : below;
    Bounds& missed = step.sum > tried.split ? from_split : below;
    // Exact: 48 bits and a small integer.
    reached.least = std::max(reached.least, step.value - tried.scale * step.reached);
    missed.greatest = std::min(missed.greatest, step.value - tried.scale * step.missed);
    if (from_split.least >= from_split.greatest || below.least >= below.greatest) return false;
  }
  if (!from_split.place(tried.offset)) return false;
  if (tried.split != kLeast) return below.place(tried.below);
  tried.below = tried.offset;
  return true;
}

bool FloatScales::holds(const ChannelScale& scale, const FloatScale& tried) {
  sums_ = {kLeast, kGreatest, tried.split, std::max(tried.split, kLeast + 1) - 1};
  for (const ValueStep& step : steps_) {
    sums_.push_back(step.sum);
    sums_.push_back(step.sum - 1);
  }
  const size_t lanes = static_cast<size_t>(kernels_.lanes);
  sums_.resize((sums_.size() + lanes - 1) / lanes * lanes);
  values_.resize(sums_.size());
  AlignedBytes bytes(static_cast<size_t>(simd::kScaleRows * kernels_.lanes) * sizeof(int32_t));
  int32_t* const rows = static_cast<int32_t*>(static_cast<void*>(bytes.data()));
  const auto fill = [&](simd::ScaleRow row, int32_t bits) {
    std::fill_n(rows + row * kernels_.lanes, kernels_.lanes, bits);
  };
  fill(simd::kFloatScale, bits_of(tried.scale));
  fill(simd::kFloatOffset, bits_of(tried.offset));
  fill(simd::kFloatBelow, bits_of(tried.below));
  fill(simd::kFloatSplit, tried.split);
  kernels_.scale_floats(
      {rows, tried.has_two_lines(), sums_.data(), static_cast<int64_t>(sums_.size()), values_.data()});
  for (size_t i = 0; i < sums_.size(); ++i) {
    if (std::clamp(values_[i], low_, high_) != std::clamp(scale.apply_shifted(sums_[i]), low_, high_)) return false;
  }
  return true;
}

}  // namespace edgetwin::host
