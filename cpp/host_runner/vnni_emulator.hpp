// VPDPBUSD on a CPU without it, for tests: the instruction raises SIGILL, and the handler does its work. The same
// machine code runs as on a CPU that has VNNI, at some microseconds an instruction.
#ifndef EDGETWIN_HOST_RUNNER_VNNI_EMULATOR_HPP_
#define EDGETWIN_HOST_RUNNER_VNNI_EMULATOR_HPP_

#include <cstdint>

namespace edgetwin::host_runner {

/// Carries out VPDPBUSD of AVX-512 (with and without VL) and of AVX-VNNI from now on, in every thread; any other
/// illegal instruction, and masks, end the program with a message. Does nothing on other processors than x86-64.
void install_vnni_emulator();

/// Instructions that were emulated: 0 where the CPU runs them itself.
[[nodiscard]] int64_t emulated_instructions();

}  // namespace edgetwin::host_runner

#endif  // EDGETWIN_HOST_RUNNER_VNNI_EMULATOR_HPP_
