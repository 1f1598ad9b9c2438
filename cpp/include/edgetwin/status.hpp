// Result of checking the parameters of a kernel. Kernels are checked once and then run unchecked.
#ifndef EDGETWIN_STATUS_HPP_
#define EDGETWIN_STATUS_HPP_

namespace edgetwin {

enum class [[nodiscard]] Status : int {
  kOk = 0,
  kBadShape,       ///< a dimension is not positive, an array passes 2^31 - 1 elements, or shapes do not fit together
  kBadStride,      ///< a stride or dilation is not positive, or passes 2^31 - 1 positions over all steps
  kBadPadding,     ///< padding is negative, or leaves a window without any element
  kBadGroups,      ///< channels are not divisible by the number of groups
  kBadZeroPoint,   ///< a zero point is outside the range of its dtype
  kBadActivation,  ///< activation_min > activation_max, or outside the range of the output dtype
  kBadMultiplier,  ///< a multiplier is negative
  kBadShift,       ///< a shift is outside its documented range
  kBadParameter,   ///< an operator's own parameter is outside its documented range
  kTooLarge,       ///< a sum would have more terms than its integer holds
  kBadRounding,    ///< not a value of Rounding
};

/// Name of a status, for messages. Never null.
[[nodiscard]] constexpr const char* status_name(Status status) {
  switch (status) {
    case Status::kOk: return "ok";
    case Status::kBadShape: return "bad shape";
    case Status::kBadStride: return "bad stride or dilation";
    case Status::kBadPadding: return "bad padding";
    case Status::kBadGroups: return "bad number of groups";
    case Status::kBadZeroPoint: return "zero point out of range";
    case Status::kBadActivation: return "bad activation range";
    case Status::kBadMultiplier: return "negative multiplier";
    case Status::kBadShift: return "shift out of range";
    case Status::kBadParameter: return "parameter out of range";
    case Status::kTooLarge: return "too many elements in one sum";
    case Status::kBadRounding: return "unknown rounding";
  }
  return "unknown";
}

}  // namespace edgetwin

#endif  // EDGETWIN_STATUS_HPP_
