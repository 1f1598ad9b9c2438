// What host steps without products hand to the kernels of a SIMD level: plain data, as in tasks.hpp.
#ifndef EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
#define EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_

#include <cstdint>

#include "host/simd/tasks.hpp"

namespace edgetwin::host::simd {

/// Elements from begin to end, end left out.
struct Span {
  int32_t begin;
  int32_t end;
};

/// Bytes after the line of a pooling that its kernels may read and write.
constexpr int64_t kLineSlack = 64;

/// Elements of the largest window of an average: the sum of so many int8 values fits int16.
constexpr int32_t kMostPoolElements = 255;

/// Windows over one image [rows][columns][channels] of int8. Those of a row of outputs share their rows, those of a
/// column their columns, padding left out.
struct PoolTask {
  const int8_t* input;
  int8_t* output;
  void* line;  ///< scratch: a value for each element of a row of the input, and kLineSlack bytes
  const Span* rows;
  const Span* columns;
  int32_t row_count;
  int32_t column_count;
  int32_t width;  ///< pixels of the input's rows
  int32_t channels;
  int32_t low;  ///< fused activation
  int32_t high;
};

/// The same of int16, without scratch.
struct WordPoolTask {
  const int16_t* input;
  int16_t* output;
  const Span* rows;
  const Span* columns;
  int32_t row_count;
  int32_t column_count;
  int32_t width;
  int32_t channels;
  int32_t low;
  int32_t high;
};

/// One run of two int8 operands and their output.
struct PairTask {
  const int8_t* x;
  const int8_t* y;
  int8_t* output;
  int64_t count;
  bool x_is_one;  ///< x is one value for the whole run
  bool y_is_one;
  // The float32 forms, of which these are certified. A product has x_factor only.
  float x_factor;
  float y_factor;
  float offset;
  // The integer forms.
  const int32_t* x_table;  ///< [256] by the code's bits: what x adds to a sum
  const int32_t* y_table;
  int32_t x_zero_point;  ///< of a product's operands
  int32_t y_zero_point;
  const int32_t* scales;  ///< one block, the same in every lane
  Finish finish;
};

/// One scale, the same in every lane.
struct LaneScale {
  ScaleForm form;
  const int32_t* rows;  ///< one block
};

/// What becomes of a scaled value.
struct OutputRange {
  int32_t zero_point;
  int32_t low;  ///< fused activation, in codes
  int32_t high;
};

/// An int16 operand's way to the scale that both share.
struct WordOperand {
  int32_t left;  ///< its values are first shifted left, by at most 16
  LaneScale scale;
};

/// One run of two int16 operands, whose zero points are 0, and their output.
struct WordPairTask {
  const int16_t* x;
  const int16_t* y;
  int16_t* output;
  int64_t count;
  bool x_is_one;  ///< x is one value for the whole run
  bool y_is_one;
  WordOperand x_operand;  ///< of a product neither is read
  WordOperand y_operand;
  LaneScale scale;
  OutputRange range;
};

/// Codes that become codes of another scale or dtype.
struct MapTask {
  const void* input;
  void* output;
  int64_t count;
  int32_t input_zero_point;
  LaneScale scale;
  OutputRange range;
};

/// Real values that become codes.
struct QuantizeTask {
  const float* input;
  void* output;
  int64_t count;
  float scale;
  int32_t zero_point;
};

/// Sums that become outputs, all by the same scale: int8 or codes, or int16 where a kernel says so.
struct SumsTask {
  const int32_t* sums;
  int32_t start;  ///< added to each
  int64_t count;
  void* output;
  const int32_t* scales;  ///< one block, the same in every lane
  Finish finish;
};

/// Values of a row that are multiplied together, and rows.
constexpr int64_t kRowStep = 8;
constexpr int64_t kRowsTogether = 4;

/// Rows of values, each with weights of its own.
struct RowsTask {
  const void* values;  ///< [rows][terms]; up to kRowStep - 1 values after the last are read and meet weights of zero
  const int16_t* weights;  ///< [rows][terms, zeros up to a multiple of kRowStep]
  const int32_t* starts;   ///< [rows, up to a multiple of kRowsTogether]
  int32_t* sums;           ///< as starts
  int64_t rows;
  int64_t terms;
};

/// Scales of an LSTM: a gate's products with the input and with the hidden state, gate by gate, then those after them.
enum LstmScaleIndex : int32_t { kForgetToCell = 8, kInputToCell, kHidden, kLstmScales };

/// From the sums of a time step to the new state, see edgetwin/lstm.hpp. Gates are the input, forget, cell and output
/// gate.
struct LstmTask {
  const int32_t* from_input;  ///< [4][row]: products and biases
  const int32_t* from_hidden;
  int64_t row;  ///< units, up to a multiple of the lanes
  int64_t units;
  const int32_t* scales[kLstmScales];  ///< one block each, the same in every lane
  Finish products;                     ///< of all scales but the last
  Finish output;                       ///< of the hidden state
  int32_t from_hidden_low;             ///< what a gate's products with the hidden state are clamped to
  int32_t from_hidden_high;
  int32_t cell_low;
  int32_t cell_high;
  int32_t cell_factor;  ///< (cell * factor + half) >> shift is the place in `curve` whose tanh is taken
  int32_t cell_half;
  int32_t cell_shift;
  const int32_t* curve;  ///< [256]: a value of detail::kSigmoidTable, and from bit 16 on what the next one has more
  int16_t* cell;         ///< [units], advanced in place
  int8_t* hidden;        ///< [units], written
};

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_ELEMENT_TASKS_HPP_
