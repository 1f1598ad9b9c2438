// Blocks of height and width moved into the batch axis and back: how converters write dilated convolutions.
#ifndef EDGETWIN_SPACE_BATCH_HPP_
#define EDGETWIN_SPACE_BATCH_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct SpaceToBatchParams {
  int32_t batches, input_h, input_w, channels;  ///< >= 1; channels in bytes
  int32_t block_h, block_w;                     ///< >= 1
  int32_t pad_top, pad_left;                    ///< >= 0
  int32_t output_h, output_w;                   ///< >= 1
  int32_t value;                                ///< [-128, 127]; what padding holds
};

struct BatchToSpaceParams {
  int32_t batches;                     ///< >= 1; of the output
  int32_t input_h, input_w, channels;  ///< >= 1; channels in bytes
  int32_t block_h, block_w;            ///< >= 1
  int32_t crop_top, crop_left;         ///< >= 0
  int32_t output_h, output_w;          ///< >= 1; crop_top + output_h <= input_h * block_h, and so for the width
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_space_to_batch_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("channels", p.channels);
  visit("block_h", p.block_h);
  visit("block_w", p.block_w);
  visit("pad_top", p.pad_top);
  visit("pad_left", p.pad_left);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
  visit("value", p.value);
}

template <class Params, class Visitor>
constexpr void visit_batch_to_space_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("input_h", p.input_h);
  visit("input_w", p.input_w);
  visit("channels", p.channels);
  visit("block_h", p.block_h);
  visit("block_w", p.block_w);
  visit("crop_top", p.crop_top);
  visit("crop_left", p.crop_left);
  visit("output_h", p.output_h);
  visit("output_w", p.output_w);
}

[[nodiscard]] constexpr Status space_to_batch_check(const SpaceToBatchParams& p) {
  if (!fits_int32(p.batches, p.input_h, p.input_w, p.channels) ||
      !fits_int32(p.batches, p.block_h, p.block_w, p.output_h, p.output_w, p.channels)) {
    return Status::kBadShape;
  }
  if (p.pad_top < 0 || p.pad_left < 0) return Status::kBadPadding;
  return in_int8(p.value) ? Status::kOk : Status::kBadZeroPoint;
}

[[nodiscard]] constexpr Status batch_to_space_check(const BatchToSpaceParams& p) {
  if (!fits_int32(p.batches, p.block_h, p.block_w, p.input_h, p.input_w, p.channels) ||
      !fits_int32(p.batches, p.output_h, p.output_w, p.channels)) {
    return Status::kBadShape;
  }
  const bool fits = p.crop_top >= 0 && p.crop_left >= 0 &&
                    int64_t{p.crop_top} + p.output_h <= int64_t{p.input_h} * p.block_h &&
                    int64_t{p.crop_left} + p.output_w <= int64_t{p.input_w} * p.block_w;
  return fits ? Status::kOk : Status::kBadPadding;
}

/// Element (y, x) of the padded input goes to batch (y % block_h) * block_w + x % block_w, at (y / block_h, x /
/// block_w).
///
/// input  [batches, input_h, input_w, channels] int8, or channels / n elements of n bytes where `value` is 0
/// output [block_h * block_w * batches, output_h, output_w, channels]
/// `p` passed space_to_batch_check; no scratch.
inline void space_to_batch_s8(const SpaceToBatchParams& p, const int8_t* input, int8_t* output) {
  const int8_t value = static_cast<int8_t>(p.value);
  for (int32_t block = 0; block < p.block_h * p.block_w; ++block) {
    for (int32_t batch = 0; batch < p.batches; ++batch) {
      for (int32_t h = 0; h < p.output_h; ++h) {
        const int64_t y = int64_t{h} * p.block_h + block / p.block_w - p.pad_top;
        for (int32_t w = 0; w < p.output_w; ++w) {
          const int64_t x = int64_t{w} * p.block_w + block % p.block_w - p.pad_left;
          if (y >= 0 && y < p.input_h && x >= 0 && x < p.input_w) {
            const int8_t* const from =
                input +
                ((batch * p.input_h + static_cast<int32_t>(y)) * p.input_w + static_cast<int32_t>(x)) * p.channels;
            for (int32_t c = 0; c < p.channels; ++c) output[c] = from[c];
          } else {
            for (int32_t c = 0; c < p.channels; ++c) output[c] = value;
          }
          output += p.channels;
        }
      }
    }
  }
}

/// The way back: output (y, x) is element (y + crop_top, x + crop_left) of the plane that the blocks make up.
///
/// input  [block_h * block_w * batches, input_h, input_w, channels] int8, or channels / n elements of n bytes
/// output [batches, output_h, output_w, channels]
/// `p` passed batch_to_space_check; no scratch.
inline void batch_to_space_s8(const BatchToSpaceParams& p, const int8_t* input, int8_t* output) {
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t h = 0; h < p.output_h; ++h) {
      const int32_t y = h + p.crop_top;
      for (int32_t w = 0; w < p.output_w; ++w) {
        const int32_t x = w + p.crop_left;
        const int32_t block = y % p.block_h * p.block_w + x % p.block_w;
        const int32_t row = (block * p.batches + batch) * p.input_h + y / p.block_h;
        const int8_t* const from = input + (row * p.input_w + x / p.block_w) * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) output[c] = from[c];
        output += p.channels;
      }
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_SPACE_BATCH_HPP_
