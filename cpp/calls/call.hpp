// One uniform way to call any kernel of the device core: what the host's plan and the bare-metal runner share.
// Freestanding like the core itself; exported firmware does not need it, since it calls kernels directly.
//
// A Call is a struct with
//   using Params = ...;                                 the kernel's parameter struct
//   static constexpr const char* kName;                 "conv_2d_s8": <operator>_<activation dtype>
//   static constexpr SlotNames kSlots;                  names of inputs, constants, state and outputs, in order
//   template <class P, class V> static void fields(P&, V&&)   visit(name, field) for every field of Params
//   static Status check(const Params&)                  once, before anything else is asked
//   static Layout layout(const Params&)                 the bytes of every slot, and of scratch
//   static Status check_constants(const Params&, const void* const* constants)   ranges of constant arrays
//   static void run(const Params&, const Operands&)
#ifndef EDGETWIN_CALLS_CALL_HPP_
#define EDGETWIN_CALLS_CALL_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin::calls {

constexpr int kMaxSlots = 24;

/// Names of the arrays a kernel takes. Unused entries are null.
struct SlotNames {
  const char* inputs[4];             ///< activations, read
  const char* constants[kMaxSlots];  ///< weights and tables, read
  const char* state[4];              ///< variable tensors, read and written
  const char* outputs[4];            ///< activations, written
};

/// Bytes that each array must have. A constant of 0 bytes is absent; `optional` marks constants that may be null.
struct Layout {
  int64_t inputs[4];
  int64_t constants[kMaxSlots];
  bool optional[kMaxSlots];
  int64_t state[4];
  int64_t outputs[4];
  int64_t scratch;  ///< bytes, aligned to 16
};

/// The arrays of one call; each is as large as layout() says and aligned to its element.
struct Operands {
  const void* inputs[4];
  const void* constants[kMaxSlots];
  void* state[4];
  void* outputs[4];
  void* scratch;
};

template <class T>
[[nodiscard]] const T* as(const void* pointer) {
  return static_cast<const T*>(pointer);
}

template <class T>
[[nodiscard]] T* as(void* pointer) {
  return static_cast<T*>(pointer);
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_CALL_HPP_
