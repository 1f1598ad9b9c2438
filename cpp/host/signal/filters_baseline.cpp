// The device core itself, one row at a time: what every other level must equal.
#include "host/signal/filter_rows.hpp"

namespace edgetwin::host::signal {

const FilterKernels& filters_baseline() {
  static constexpr FilterKernels kernels = {1, cascade_rows<float, real::Section>,
                                            cascade_rows<float, real::StateVariableSection>, nullptr};
  return kernels;
}

}  // namespace edgetwin::host::signal
