// Every kernel of a level, as a table. Included by that level's one source file only.
#ifndef EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_
#define EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_

#include "host/simd/depthwise.hpp"
#include "host/simd/elementwise.hpp"
#include "host/simd/float_kernels.hpp"
#include "host/simd/gemm.hpp"
#include "host/simd/gemm_wide.hpp"
#include "host/simd/kernels.hpp"
#include "host/simd/line_gemm.hpp"
#include "host/simd/lookup.hpp"
#include "host/simd/lstm.hpp"
#include "host/simd/maps.hpp"
#include "host/simd/pool.hpp"
#include "host/simd/row_products.hpp"
#include "host/simd/sums.hpp"
#include "host/simd/word_pairs.hpp"
#include "host/simd/word_pool.hpp"

namespace edgetwin::host::simd {

// What depthwise.hpp takes from V beside what gemm.hpp takes. A slice is kGroup * kLanes neighbouring elements:
//   interleave(rows, out)   loads a slice of codes from each of kGroup rows (unaligned). Lane 4 * l + i of out[v] gets
//                           the kGroup codes of element (l * kGroup + v) * 4 + i, one of each row, in the rows' order:
//                           what unpacking inside of 128 bits gives, and what store_slice() undoes by packing.
//   dot_at(sum, codes, w)   dot() with weights in (aligned) memory.
//   store_slice(x, place, codes, range)   narrows kGroup vectors of scaled sums in that order of lanes and stores the
//                           slice in the order of its elements: codes or int8, as store4() (unaligned).
//
// What elementwise.hpp and lookup.hpp take:
//   Arch                    xsimd's architecture of the same width
//   rounds_to_nearest()     whether float32 does in this thread
//   widened(values)         kLanes int8 values as I32 (unaligned).
//   repeated16(values)      16 bytes, as often as a register has room (unaligned).
//   entries(repeated, i)    for each byte of i what repeated16() gave for that index, 0 where it is 16 or more.
//
// What row_products.hpp takes, in 128 bits at every level, since rows are short:
//   Four                    four sums
//   add_eight(sums, x, w)   adds the products of eight int8 or int16 values with int16 weights (unaligned)
//   totals(rows)            the sum of each of four Four, in their order
//
/// Products, what their operands look like, and what else reads or writes codes.
template <class V>
constexpr Kernels code_kernels() {
  Kernels kernels = {};
  kernels.form = V::kForm;
  kernels.lanes = V::kLanes;
  kernels.group = V::kGroup;
  kernels.code_bytes = V::kCodeBytes;
  kernels.registers = V::kRegisters;
  kernels.has_columns = kHasColumns<V>;
  kernels.to_codes = &V::to_codes;
  kernels.fill_gaps = &fill_gaps<V>;
  kernels.gemm = &gemm<V>;
  if constexpr (V::kFloatScales) kernels.scale_floats = &scale_floats<V>;
  // A dot product in one instruction, two a cycle, as loads are; and registers for sixteen sums.
  if constexpr (V::kForm == CodeForm::kUnsigned && V::kRegisters == 32) kernels.line_gemm = &line_gemm<V>;
  if constexpr (V::kForm == CodeForm::kCentered && V::kWideSums) {
    kernels.gemm_wide = &gemm_wide<V>;
    kernels.depthwise_wide = &depthwise_wide<V>;
  }
  kernels.max_pool = &max_pool<V>;
  kernels.depthwise = &depthwise<V>;
  kernels.average_pool = &average_pool<V>;
  kernels.finish_sums = &finish_sums<V>;
  kernels.lstm_update = &lstm_update<V>;
  kernels.look_up = &look_up<V>;
  kernels.add_exact = &add_exact<V>;
  kernels.add_float = &add_float<V>;
  kernels.mul_exact = &mul_exact<V>;
  kernels.mul_float = &mul_float<V>;
  kernels.squared_difference = &squared_difference<V>;
  return kernels;
}

/// V is in an anonymous namespace, so that what is instantiated with it stays in its file and never runs elsewhere.
template <class V>
constexpr Kernels level_kernels() {
  Kernels kernels = code_kernels<V>();
  kernels.sum_rows = &sum_rows<V>;
  kernels.sums_to_words = &sums_to_words<V>;
  kernels.row_products_s8 = &row_products<V, int8_t>;
  kernels.row_products_s16 = &row_products<V, int16_t>;
  kernels.max_pool_words = &pool_words<V, LargestWord<V>>;
  kernels.average_pool_words = &pool_words<V, MeanWord<V>>;
  kernels.word_pairs = {&add_words<V>, &sub_words<V>, &mul_words<V>, &squared_difference_words<V>};
  kernels.maps.s8_s16 = &requantize_map<V, int8_t, int16_t>;
  kernels.maps.s8_s32 = &requantize_map<V, int8_t, int32_t>;
  kernels.maps.s16_s8 = &requantize_map<V, int16_t, int8_t>;
  kernels.maps.s16_s16 = &requantize_map<V, int16_t, int16_t>;
  kernels.maps.s16_s32 = &requantize_map<V, int16_t, int32_t>;
  kernels.maps.s32_s8 = &requantize_map<V, int32_t, int8_t>;
  kernels.maps.s32_s16 = &requantize_map<V, int32_t, int16_t>;
  kernels.maps.quantize_s8 = &quantize_map<V, int8_t>;
  kernels.maps.quantize_s16 = &quantize_map<V, int16_t>;
  kernels.floats = float_kernels<V>();
  return kernels;
}

/// The kernels of a level that has the registers of `base` and narrower codes: what has nothing to do with codes, and
/// what int16 activations take, are the base's, not instantiated once more.
template <class V>
Kernels kernels_beside(const Kernels& base) {
  Kernels kernels = code_kernels<V>();
  kernels.sum_rows = base.sum_rows;
  kernels.sums_to_words = base.sums_to_words;
  kernels.row_products_s8 = base.row_products_s8;
  kernels.row_products_s16 = base.row_products_s16;
  kernels.max_pool_words = base.max_pool_words;
  kernels.average_pool_words = base.average_pool_words;
  kernels.word_pairs = base.word_pairs;
  kernels.maps = base.maps;
  kernels.floats = base.floats;
  kernels.words = &base;
  return kernels;
}

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_LEVEL_KERNELS_HPP_
