#include "host/training/kernels.hpp"

namespace edgetwin::host::training {

const Kernels& kernels_of(Level level) {
  switch (level) {
#if defined(__x86_64__)
    case Level::kAvx2:
    case Level::kAvxVnni: return training_avx2();
    case Level::kAvx512:
    case Level::kAvx512Vnni: return training_avx512();
#elif defined(__aarch64__)
    case Level::kNeon:
    case Level::kNeonDotprod: return training_neon();
#endif
    default: return training_baseline();
  }
}

}  // namespace edgetwin::host::training
