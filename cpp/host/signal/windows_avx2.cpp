// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/windows_level.hpp"
#include "host/simd/vec_avx2.hpp"

namespace edgetwin::host::signal {

bool quantize_avx2(const QuantizeRun& run) { return quantize_run<simd::Avx2>(run); }

}  // namespace edgetwin::host::signal
