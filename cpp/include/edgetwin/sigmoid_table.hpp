// Logistic and tanh of int16 codes, linear between the points of one table.
#ifndef EDGETWIN_SIGMOID_TABLE_HPP_
#define EDGETWIN_SIGMOID_TABLE_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin::detail {

/// sigmoid(i / 24) in Q0.16, as TFLite's tables for int16 have it: at 44 places one above the rounded value.
inline constexpr uint16_t kSigmoidTable[256] = {
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535};

/// value * multiplier * 2^-shift, rounded half up; |value * multiplier| < 2^31 - 2^30.
[[nodiscard]] constexpr int32_t scale_to_table(int32_t value, int32_t multiplier, int32_t shift) {
  return (value * multiplier + (shift > 0 ? int32_t{1} << (shift - 1) : 0)) >> shift;
}

/// logistic(value * multiplier * 2^-shift / (3 * 2^12)) in Q0.15; as scale_to_table, shift in [0, 31]. The table's step
/// is 1/24: three of them are an eighth, hence the factor 3.
[[nodiscard]] constexpr int16_t table_logistic(int16_t value, int32_t multiplier, int32_t shift) {
  const int32_t x = scale_to_table(value, multiplier, shift);
  const uint32_t magnitude = static_cast<uint32_t>(x < 0 ? -x : x);
  const uint32_t step = magnitude >> 9;
  uint32_t result = uint32_t{0x7FFF} << 10;
  if (step < 255) {
    const uint32_t low = kSigmoidTable[step];
    const uint32_t high = kSigmoidTable[step + 1];
    result = (low << 9) + (magnitude & 0x1FF) * (high - low);
  }
  result = x >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1;
  return static_cast<int16_t>(result >> 10);
}

/// tanh of the same in Q0.15, as 2 * logistic(2 x) - 1.
[[nodiscard]] constexpr int16_t table_tanh(int16_t value, int32_t multiplier, int32_t shift) {
  const int32_t x = scale_to_table(value, multiplier, shift);
  const uint32_t magnitude = static_cast<uint32_t>(x < 0 ? -x : x);
  const uint32_t step = magnitude >> 8;
  int32_t result = 0xFFFF << 8;
  if (step < 255) {
    const uint32_t low = kSigmoidTable[step];
    const uint32_t high = kSigmoidTable[step + 1];
    result = static_cast<int32_t>((low << 8) + (magnitude & 0xFF) * (high - low));
  }
  result = x >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1;
  return static_cast<int16_t>(result >> 8);
}

}  // namespace edgetwin::detail

#endif  // EDGETWIN_SIGMOID_TABLE_HPP_
