// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/filter_rows.hpp"
#include "host/signal/lanes.hpp"

namespace edgetwin::host::signal {

const FilterKernels& filters_avx512() {
  using Real = xsimd::batch<float>;
  static constexpr FilterKernels kernels = {real::Lanes<Real>::kCount, cascade_rows<Real, real::Section>,
                                            cascade_rows<Real, real::StateVariableSection>, resample_row<Real>};
  return kernels;
}

}  // namespace edgetwin::host::signal
