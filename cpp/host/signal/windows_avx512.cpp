// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/windows_level.hpp"
#include "host/simd/vec_avx512.hpp"

namespace edgetwin::host::signal {

bool quantize_avx512(const QuantizeRun& run) { return quantize_run<simd::Avx512>(run); }

}  // namespace edgetwin::host::signal
