// Reset and traps of a RISC-V core without an operating system.
#include <cstdint>

#include "semihosting.hpp"

extern "C" {

extern uint32_t edgetwin_bss_begin[];
extern uint32_t edgetwin_bss_end[];

int main();

/// The call is known by the two shifts around the breakpoint, none of them compressed.
[[gnu::naked, gnu::aligned(16)]] int32_t edgetwin_semihost(int32_t, const void*) {
  asm volatile(
      ".option push\n"
      ".option norvc\n"
      "slli x0, x0, 0x1f\n"
      "ebreak\n"
      "srai x0, x0, 7\n"
      "ret\n"
      ".option pop\n");
}

[[noreturn]] void edgetwin_start() {
  for (uint32_t* word = edgetwin_bss_begin; word < edgetwin_bss_end; ++word) *word = 0;
  edgetwin::runner::exit_emulation(main());
}

[[noreturn, gnu::aligned(4)]] void edgetwin_trap() {
  edgetwin::runner::print("edgetwin-runner: the core took a trap\n");
  edgetwin::runner::exit_emulation(3);
}

[[gnu::naked, noreturn, gnu::section(".vectors")]] void edgetwin_reset() {
  asm volatile(
      ".option arch, +zicsr\n"
      "la sp, edgetwin_stack_top\n"
      "la t0, edgetwin_trap\n"
      "csrw mtvec, t0\n"
      "j edgetwin_start\n");
}

}  // extern "C"
