// The device core itself, one row at a time: what every other level must equal.
#include "host/signal/rows.hpp"

namespace edgetwin::host::signal {

const Kernels& kernels_baseline() {
  static constexpr Kernels kernels = level_kernels<float>();
  return kernels;
}

}  // namespace edgetwin::host::signal
