// What host steps hand to the kernels of a SIMD level: plain data, since both sides are compiled with different flags.
// No function here: an inline one compiled for a higher level could be the one that a baseline CPU runs.
#ifndef EDGETWIN_HOST_SIMD_TASKS_HPP_
#define EDGETWIN_HOST_SIMD_TASKS_HPP_

#include <cstdint>

namespace edgetwin::host::simd {

/// How a level's kernels see an int8 activation q of zero point z. Dot products take 32 bits of codes at once.
enum class CodeForm : int32_t {
  kUnsigned,  ///< uint8 q + 128: the unsigned operand of x86's VNNI. Padding is z + 128
  kCentered,  ///< int16 q - z: the operand of a multiply-add of int16 pairs. Padding is 0
  kSigned,    ///< int8 q: the operand of NEON's sdot. Padding is z
};

/// How sums become outputs, fastest first; see channel_scale.hpp for the arithmetic.
enum class ScaleForm : int32_t {
  kUncorrected,  ///< shift right by 32 or more, without the correction of negative sums
  kCorrected,    ///< shift right by 32 or more
  kWide,         ///< any scale, shifts of 64 bits
};

/// How sums become outputs in float32, where that is certified for every channel.
enum class FloatForm : int32_t {
  kNone,      ///< by integers
  kOneLine,   ///< one offset for all sums
  kTwoLines,  ///< another one for sums below a split
};

/// A block of `lanes` channels' parameters: rows of `lanes` int32, each aligned to a vector. "Even" and "odd" are
/// channels, since x86 multiplies the even lanes of its vectors; their rows of 64-bit values have `lanes` / 2 of them.
enum ScaleRow : int32_t {
  kStart,           ///< what the sum starts from: the bias, and what the codes' offset adds to it taken off
  kMultiplierEven,  ///< multipliers, each in its own lane
  kMultiplierOdd,   ///< the odd channels' multipliers, in the lanes below their own
  kAddendEven,      ///< 64-bit
  kAddendOdd,       ///< 64-bit
  kShift,           ///< of the product's high half: the whole shift less 32, in [0, 30]
  // Only kWide reads the rest.
  kLeft,          ///< shift left of the sum, in [0, 30]
  kRightEven,     ///< 64-bit: the whole shift right, in [1, 62]
  kRightOdd,      ///< 64-bit
  kNegativeEven,  ///< 64-bit: taken off the product of a negative sum, 2^31 or 0
  kNegativeOdd,   ///< 64-bit
  // Only where Finish::floats is not kNone: float32, see float_scale.hpp.
  kFloatScale,
  kFloatOffset,
  kFloatBelow,  ///< the offset of sums below the split; from here on only FloatForm::kTwoLines reads
  kFloatSplit,  ///< int32
  kScaleRows,
};

/// The same for sums of 64 bits, in the place of ScaleRow: value = (sum * multiplier + half) >> right, modulo 2^64, and
/// of that the low 32 bits. All are 64-bit.
enum WideScaleRow : int32_t {
  kWideStartEven,  ///< the bias
  kWideStartOdd,
  kWideMultiplierEven,  ///< below 2^15
  kWideMultiplierOdd,
  kWideHalfEven,
  kWideHalfOdd,
  kWideRightEven,  ///< in [1, 46]
  kWideRightOdd,
};

/// What happens to sums after their dot products.
struct Finish {
  ScaleForm form;
  int32_t zero_point;  ///< of the output, in [-128, 127]
  int32_t low;         ///< fused activation, int8 codes
  int32_t high;
  bool codes;  ///< the output is codes for the next kernel, in the level's form; else int8
  /// The output is the sums themselves, int32, of which nothing above is read. Each row has room for whole blocks.
  bool sums = false;
  FloatForm floats = FloatForm::kNone;  ///< in place of `form`; never where that is kWide
};

/// Bytes between the rows of a plane that all are to be one value.
struct GapTask {
  void* first;    ///< the first gap
  int64_t bytes;  ///< of each
  int64_t pitch;  ///< from a gap to the next, in bytes
  int64_t count;
  int32_t value;  ///< of every byte
};

/// Gaps are filled by whole vectors: so many bytes behind each may get the value, too.
constexpr int64_t kMostBehindGap = 63;

/// Sums scaled in float32 by one channel's factors.
struct ScaleTask {
  const int32_t* rows;  ///< [kScaleRows][lane], all lanes alike
  bool two_lines;       ///< as FloatForm::kTwoLines
  const int32_t* sums;  ///< whole vectors
  int64_t count;
  int32_t* values;
};

/// How the codes under one output are spread: runs of groups of 32 bits; host::spread_depth makes it.
struct Depth {
  int32_t runs_y;
  int32_t runs_x;
  int32_t step_y;  ///< bytes from the start of a run to that of the one below
  int32_t step_x;
  int32_t groups;      ///< of each run
  int32_t step_group;  ///< bytes from a group to the next
};

/// The largest number of bases of a tile.
constexpr int32_t kMaxBases = 4;

/// Rows of a tile: `bases` places in the input, and at each of them `steps` rows a fixed distance apart. Four pointers
/// and one distance address twelve rows, where twelve pointers would not fit into the registers.
struct TileShape {
  int32_t bases;
  int32_t steps;
};
constexpr TileShape kTileShapes[] = {{4, 3}, {4, 2}, {2, 3}, {4, 1}, {2, 2}, {1, 3}, {2, 1}, {1, 2}, {1, 1}};
constexpr int32_t kTileShapeCount = 9;

/// What is taken of neighbouring rows before they are scaled: a scale is monotone, so the maximum of the outputs is the
/// output of the maximum.
enum class TilePool : int32_t {
  kNone,
  kSteps,          ///< the maximum over the steps of each base
  kStepsAndPairs,  ///< and over bases 0 and 1, 2 and 3
};
constexpr int32_t kTilePoolCount = 3;

/// One tile of rows: offsets in bytes of the input, in elements of the output.
struct TileJob {
  int32_t shape;  ///< index into kTileShapes
  TilePool pool;
  int32_t input[kMaxBases];
  int32_t output[kMaxBases];  ///< of each base's first row or only maximum; of pairs, at the first of the two
};

/// Up to four blocks of output channels whose weights are used together.
struct Chunk {
  /// [group of the depth, runs in order][block][lane][codes of a group]: int8, or int16 for kCentered.
  const void* weights;
  const int32_t* scales;  ///< [block][kScaleRows][lane]
  int32_t blocks;         ///< 1, 2 or 4
  int32_t first;          ///< channel
  int32_t tail;           ///< channels of the last block, in [1, lanes]
};

/// Products of rows of codes with packed weights: convolutions and dense layers.
struct GemmTask {
  const void* input;  ///< codes; up to 3 bytes after a run are read and meet weights of zero
  void* output;
  Depth depth;
  const Chunk* chunks;
  int32_t chunk_count;
  const TileJob* jobs;
  int64_t job_count;
  int32_t input_step;   ///< bytes between the rows of a base
  int32_t output_step;  ///< elements between their outputs
  Finish finish;
  /// Sums of 64 bits: pairs of products that fit into 32 bits together. Of int16 and int8, |x| <= 2^15 and |w| <= 2^7,
  /// a pair is at most 2^23.
  int32_t groups_in_32_bits = 255;
};

/// Neighbouring pixels that LineTask makes together.
enum class LineShape : int32_t {
  k16,
  k8,
  k16Pairs,  ///< maxima of two pixels
  k8Pairs,
  k2x8Fours,  ///< maxima of two pixels of two lines
};

/// Offsets of the first pixel: in bytes of the input, in elements of the output.
struct LineJob {
  LineShape shape;
  int32_t input;
  int32_t output;
};

/// Products of a convolution with stride and dilation 1, whose pixels share what they read.
struct LineTask {
  const void* input;  ///< codes; up to 3 bytes after a pixel are read and meet weights of zero
  void* output;
  const Chunk* chunks;  ///< of one block each; weights [kernel row][tap][group][lane][codes of a group]
  int32_t chunk_count;
  const LineJob* jobs;
  int64_t job_count;
  int32_t kernel_rows;
  int32_t taps;         ///< of a kernel's row
  int32_t groups;       ///< of a tap
  int64_t row_step;     ///< bytes between the rows of a kernel
  int64_t input_step;   ///< bytes between pixels, and between taps
  int64_t input_line;   ///< bytes between lines of pixels
  int64_t output_step;  ///< elements
  Finish finish;
};

/// So many neighbouring elements of a line, group * lanes of them, that a depthwise convolution makes at once: channels
/// of one pixel, or all channels of several. Its vectors hold them as V::interleave() leaves them.
struct DepthwiseSlice {
  const void* weights;    ///< [group of taps][line][vector][lane][tap of the group]: int8, or int16 for kCentered
  const int32_t* scales;  ///< [vector][kScaleRows][lane]
  int64_t first;          ///< element of the line, in codes of the input, too
  int32_t places;         ///< where the line has such a slice
  int32_t count;          ///< elements that are stored, from the first
};

/// Windows whose taps a kernel knows without looking them up.
enum class KnownTaps : int32_t {
  kNone,
  k3x3,         ///< of one line, or of two that are a row apart
  k3x3Stride2,  ///< of two lines that are two rows apart
  kColumns3x3,  ///< of two lines that are a row apart, by columns of four taps, each a place from the one before
};

/// The products of so many int16 values with int8 weights fit into sums of 32 bits.
constexpr int32_t kMostWideTaps = 511;

/// A depthwise convolution over a plane in which every input channel lies as often as it has filters.
struct DepthwiseTask {
  const void* input;  ///< codes; up to a slice from a tap of a slice's first element is read
  void* output;
  const int32_t* taps;  ///< [groups][group]: bytes from an element's first tap
  int32_t groups;
  int32_t lines_together;  ///< 1 or 2: how many lines one pass over the taps makes
  int32_t second_line;     ///< the first group with taps of the second line
  int32_t first_line_end;  ///< the first group after all taps of the first line
  KnownTaps known;
  int64_t row_step;     ///< bytes between the rows of known taps
  int64_t column_step;  ///< bytes between their columns
  const DepthwiseSlice* slices;
  int32_t slice_count;
  int32_t lines;        ///< at least lines_together
  int64_t input_line;   ///< bytes from the taps of a line to those of the next
  int64_t input_step;   ///< bytes from place to place
  int64_t output_line;  ///< elements
  int64_t output_step;
  Finish finish;
};

}  // namespace edgetwin::host::simd

#endif  // EDGETWIN_HOST_SIMD_TASKS_HPP_
