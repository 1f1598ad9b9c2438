// Compiled with this level's flags: see CMakeLists.txt.
#include "host/signal/windows_level.hpp"
#include "host/simd/vec_neon.hpp"

namespace edgetwin::host::signal {

bool quantize_neon(const QuantizeRun& run) { return quantize_run<simd::Neon>(run); }

}  // namespace edgetwin::host::signal
