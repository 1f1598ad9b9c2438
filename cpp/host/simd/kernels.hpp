// The kernels of one SIMD level, and where to find them.
#ifndef EDGETWIN_HOST_SIMD_KERNELS_HPP_
#define EDGETWIN_HOST_SIMD_KERNELS_HPP_

#include "host/simd/element_tasks.hpp"
#include "host/simd/float_tasks.hpp"
#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {

/// By dtypes of input and output.
struct MapKernels {
  void (*s8_s16)(const MapTask& task);
  void (*s8_s32)(const MapTask& task);
  void (*s16_s8)(const MapTask& task);
  void (*s16_s16)(const MapTask& task);
  void (*s16_s32)(const MapTask& task);
  void (*s32_s8)(const MapTask& task);
  void (*s32_s16)(const MapTask& task);
  void (*quantize_s8)(const QuantizeTask& task);
  void (*quantize_s16)(const QuantizeTask& task);
};

/// Of two int16 operands.
struct WordPairKernels {
  void (*add)(const WordPairTask& task);
  void (*sub)(const WordPairTask& task);
  void (*mul)(const WordPairTask& task);
  void (*squared_difference)(const WordPairTask& task);
};

struct Kernels {
  CodeForm form;
  int32_t lanes;       ///< int32 channels of a vector
  int32_t group;       ///< codes in 32 bits
  int32_t code_bytes;  ///< of one code
  bool has_columns;    ///< depthwise takes KnownTaps::kColumns3x3
  int32_t registers;   ///< vector registers: a tile's rows times blocks leave room for weights and codes

  /// Codes of `count` int8 values.
  void (*to_codes)(const int8_t* values, int64_t count, int32_t zero_point, void* codes);
  void (*fill_gaps)(const GapTask& task);
  void (*gemm)(const GemmTask& task);
  /// Null where float32 instructions have no rounding of their own: then every task's Finish::floats is kNone.
  void (*scale_floats)(const ScaleTask& task);
  /// Null where tiles of one block do not wait for loads.
  void (*line_gemm)(const LineTask& task);
  void (*max_pool)(const PoolTask& task);
  void (*depthwise)(const DepthwiseTask& task);
  void (*average_pool)(const PoolTask& task);
  void (*sum_rows)(const int8_t* input, int64_t rows, int64_t run, int32_t* sums);
  void (*finish_sums)(const SumsTask& task);
  /// As finish_sums, to int16.
  void (*sums_to_words)(const SumsTask& task);
  void (*row_products_s8)(const RowsTask& task);
  void (*row_products_s16)(const RowsTask& task);
  void (*lstm_update)(const LstmTask& task);
  /// output[i] = table[input[i]], 256 entries by the code's bits; both may be the same array.
  void (*look_up)(const int8_t* input, int64_t count, const int8_t* table, int8_t* output);
  void (*add_exact)(const PairTask& task);
  void (*add_float)(const PairTask& task);
  void (*mul_exact)(const PairTask& task);
  void (*mul_float)(const PairTask& task);
  void (*squared_difference)(const PairTask& task);
  WordPairKernels word_pairs;
  void (*max_pool_words)(const WordPoolTask& task);
  void (*average_pool_words)(const WordPoolTask& task);
  MapKernels maps;
  /// Codes times weights in sums of 64 bits, scaled as WideScaleRow says, stored as int16. Null where codes are
  /// narrower, and on NEON.
  void (*gemm_wide)(const GemmTask& task);
  /// Likewise; at most kMostWideTaps taps.
  void (*depthwise_wide)(const DepthwiseTask& task);
  /// What the level has for int16 activations where its own codes are narrower: kernels of kCentered, or null.
  const Kernels* words;
  FloatKernels floats;
};

// One source file each, compiled with its own flags; call only where the CPU has the level.
[[nodiscard]] const Kernels& kernels_avx2();
[[nodiscard]] const Kernels& kernels_avx_vnni();
[[nodiscard]] const Kernels& kernels_avx512();
[[nodiscard]] const Kernels& kernels_avx512_vnni();
[[nodiscard]] const Kernels& kernels_neon();
[[nodiscard]] const Kernels& kernels_neon_dotprod();

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_KERNELS_HPP_
