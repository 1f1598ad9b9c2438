#include "host/packed_weights.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/channel_scale.hpp"
#include "host/float_scale.hpp"

namespace edgetwin::host {
namespace {

using simd::ScaleForm;
using simd::ScaleRow;

/// What a level's codes are more than the values less their zero point.
int32_t code_offset(const simd::Kernels& kernels, int32_t zero_point) {
  switch (kernels.form) {
    case simd::CodeForm::kUnsigned: return zero_point + 128;
    case simd::CodeForm::kSigned: return zero_point;
    case simd::CodeForm::kCentered: break;
  }
  return 0;
}

ChannelScale scale_of(int32_t multiplier, int32_t shift, Rounding rounding) {
  // A multiplier of 0 gives 0 with any shift: one that the fast forms take.
  return multiplier == 0 ? ChannelScale(0, -1, rounding) : ChannelScale(multiplier, shift, rounding);
}

ScaleForm form_of(const std::vector<ChannelScale>& scales, const WeightSource& source) {
  bool corrected = false;
  for (const ChannelScale& scale : scales) {
    if (scale.left > 0 || scale.right < 32) return ScaleForm::kWide;
    corrected = corrected || scale.sign_correction != 0;
  }
  // Of a negative sum both forms give at most 0, which the fused activation makes the same output: unless it wraps with
  // the zero point of an int32. The least value of such a scale is -2^30.
  const bool at_most_zero_point =
      source.activation_min >= source.output_zero_point && source.output_zero_point >= -(1 << 30);
  return corrected && !at_most_zero_point ? ScaleForm::kCorrected : ScaleForm::kUncorrected;
}

}  // namespace

int32_t padding_byte(const simd::Kernels& kernels, int32_t zero_point) {
  return code_offset(kernels, zero_point) & 0xFF;
}

std::vector<int32_t> start_values(const simd::Kernels& kernels, const WeightSource& source) {
  const int32_t offset = code_offset(kernels, source.input_zero_point);
  const int64_t depth = source.runs * source.run;
  std::vector<int32_t> starts(static_cast<size_t>(source.channels));
  for (int64_t c = 0; c < source.channels; ++c) {
    // Modulo 2^32, as every sum: the order does not matter.
    uint32_t sum = 0;
    for (int64_t i = 0; i < depth; ++i) sum += static_cast<uint32_t>(int32_t{source.weights[c * depth + i]});
    const uint32_t bias = source.bias == nullptr ? 0 : static_cast<uint32_t>(source.bias[c]);
    starts[static_cast<size_t>(c)] = static_cast<int32_t>(bias - static_cast<uint32_t>(offset) * sum);
  }
  return starts;
}

PackedScales::PackedScales(const simd::Kernels& kernels, const std::vector<int32_t>& starts,
                           const WeightSource& source) {
  const int64_t lanes = kernels.lanes;
  const int64_t blocks = (source.channels + lanes - 1) / lanes;
  std::vector<ChannelScale> scales;
  scales.reserve(static_cast<size_t>(source.channels));
  for (int64_t c = 0; c < source.channels; ++c) {
    scales.push_back(scale_of(source.multiplier[c], source.shift[c], source.rounding));
  }
  finish = {form_of(scales, source), source.output_zero_point, source.activation_min, source.activation_max, false};
  rows = AlignedBytes(static_cast<size_t>(blocks * simd::kScaleRows * lanes) * sizeof(int32_t));
  int32_t* const all = static_cast<int32_t*>(static_cast<void*>(rows.data()));
  for (int64_t c = 0; c < blocks * lanes; ++c) {
    const bool exists = c < source.channels;
    // Lanes beyond the last channel give 0, whatever their sums are.
    const ChannelScale scale = exists ? scales[static_cast<size_t>(c)] : scale_of(0, 0, source.rounding);
    int32_t* const block = all + c / lanes * simd::kScaleRows * lanes;
    const int64_t lane = c % lanes;
    const bool odd = lane % 2 != 0;
    const auto put = [&](ScaleRow row, int32_t value) { block[row * lanes + lane] = value; };
    const auto put_wide = [&](ScaleRow even_row, ScaleRow odd_row, int64_t value) {
      std::memcpy(block + (odd ? odd_row : even_row) * lanes + lane / 2 * 2, &value, sizeof(value));
    };
    put(simd::kStart, exists ? starts[static_cast<size_t>(c)] : 0);
    put(simd::kMultiplierEven, scale.multiplier);
    if (odd) block[simd::kMultiplierOdd * lanes + lane - 1] = scale.multiplier;
    put_wide(simd::kAddendEven, simd::kAddendOdd, scale.addend);
    put(simd::kShift, std::max(scale.right - 32, 0));
    put(simd::kLeft, scale.left);
    put_wide(simd::kRightEven, simd::kRightOdd, scale.right);
    put_wide(simd::kNegativeEven, simd::kNegativeOdd, scale.sign_correction);
  }
}

void PackedScales::seek_floats(const simd::Kernels& kernels, const WeightSource& source) {
  if (kernels.scale_floats == nullptr || finish.form == ScaleForm::kWide) return;
  FloatScales certified(kernels, finish);
  simd::FloatForm form = simd::FloatForm::kOneLine;
  int32_t* const all = static_cast<int32_t*>(static_cast<void*>(rows.data()));
  const int64_t lanes = kernels.lanes;
  for (int64_t c = 0; c < (source.channels + lanes - 1) / lanes * lanes; ++c) {
    // Lanes beyond the last channel give 0.
    FloatScale found = {};
    if (c < source.channels &&
        !certified.find(scale_of(source.multiplier[c], source.shift[c], source.rounding), found)) {
      return;
    }
    int32_t* const lane = all + c / lanes * simd::kScaleRows * lanes + c % lanes;
    std::memcpy(lane + simd::kFloatScale * lanes, &found.scale, sizeof(float));
    std::memcpy(lane + simd::kFloatOffset * lanes, &found.offset, sizeof(float));
    std::memcpy(lane + simd::kFloatBelow * lanes, &found.below, sizeof(float));
    lane[simd::kFloatSplit * lanes] = found.split;
    if (found.has_two_lines()) form = simd::FloatForm::kTwoLines;
  }
  finish.floats = form;
}

PackedScales PackedScales::wide(const simd::Kernels& kernels, const int64_t* bias, const WeightSource& source) {
  const int64_t lanes = kernels.lanes;
  const int64_t blocks = (source.channels + lanes - 1) / lanes;
  PackedScales made;
  made.finish = {simd::ScaleForm::kWide, 0, source.activation_min, source.activation_max, true};
  made.rows = AlignedBytes(static_cast<size_t>(blocks * simd::kScaleRows * lanes) * sizeof(int32_t));
  int32_t* const all = static_cast<int32_t*>(static_cast<void*>(made.rows.data()));
  for (int64_t c = 0; c < blocks * lanes; ++c) {
    const bool exists = c < source.channels;
    const int32_t multiplier = exists ? source.multiplier[c] : 0, shift = exists ? source.shift[c] : 0;
    const auto put = [&](simd::WideScaleRow even_row, int64_t value) {
      const int64_t row = even_row + c % 2;
      std::memcpy(all + (c / lanes * simd::kScaleRows + row) * lanes + c % lanes / 2 * 2, &value, sizeof(value));
    };
    put(simd::kWideStartEven, exists && bias != nullptr ? bias[c] : 0);
    put(simd::kWideMultiplierEven, reduced_multiplier(multiplier));
    put(simd::kWideHalfEven, int64_t{1} << (14 - shift));
    put(simd::kWideRightEven, 15 - shift);
  }
  return made;
}

PackedWeights::PackedWeights(const simd::Kernels& kernels, const WeightSource& source, int32_t most_blocks)
    : PackedWeights(kernels, PackedScales(kernels, start_values(kernels, source), source), source, most_blocks) {}

PackedWeights::PackedWeights(const simd::Kernels& kernels, PackedScales scales, const WeightSource& source,
                             int32_t most_blocks)
    : scales_(std::move(scales)), groups_(static_cast<int32_t>((source.run + kernels.group - 1) / kernels.group)) {
  const int64_t lanes = kernels.lanes, group = kernels.group;
  const int64_t blocks = (source.channels + lanes - 1) / lanes;
  const int64_t block_weights = source.runs * groups_ * lanes * group;
  const bool narrow = kernels.form != simd::CodeForm::kCentered;
  const int64_t weight_bytes = narrow ? 1 : 2;
  weights_ = AlignedBytes(static_cast<size_t>(blocks * block_weights * weight_bytes));
  std::byte* target = weights_.data();
  for (int64_t block = 0; block < blocks;) {
    int64_t count = most_blocks;
    while (count > blocks - block) count /= 2;
    const int64_t last = (block + count) * lanes;
    chunks_.push_back(
        {target,
         static_cast<const int32_t*>(static_cast<const void*>(scales_.rows.data())) + block * simd::kScaleRows * lanes,
         static_cast<int32_t>(count), static_cast<int32_t>(block * lanes),
         static_cast<int32_t>(last <= source.channels ? lanes : source.channels - (last - lanes))});
    for (int64_t run = 0; run < source.runs; ++run) {
      for (int64_t i = 0; i < groups_; ++i) {
        for (int64_t c = block * lanes; c < last; ++c) {
          for (int64_t k = i * group; k < (i + 1) * group; ++k, target += weight_bytes) {
            if (c >= source.channels || k >= source.run) continue;
            const int8_t weight = source.weights[(c * source.runs + run) * source.run + k];
            const int16_t wide = weight;
            std::memcpy(target, narrow ? static_cast<const void*>(&weight) : &wide, static_cast<size_t>(weight_bytes));
          }
        }
      }
    }
    block += count;
  }
}

}  // namespace edgetwin::host
