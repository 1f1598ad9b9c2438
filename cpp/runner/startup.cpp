// Reset and faults of a Cortex-M without an operating system.
#include <cstdint>

#include "semihosting.hpp"

extern "C" {

extern uint32_t edgetwin_stack_top[];
extern uint32_t edgetwin_bss_begin[];
extern uint32_t edgetwin_bss_end[];

int main();

int32_t edgetwin_semihost(int32_t operation, const void* argument) {
  register int32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

[[noreturn]] void edgetwin_reset() {
  // Coprocessors 10 and 11: floating point, and with it the M55's vector instructions.
  volatile uint32_t& coprocessor_access = *reinterpret_cast<volatile uint32_t*>(0xE000ED88u);
  coprocessor_access = coprocessor_access | (0xFu << 20);
  asm volatile("dsb\n isb" ::: "memory");
  // The image is loaded where it runs, so initialised data needs no copy.
  for (uint32_t* word = edgetwin_bss_begin; word < edgetwin_bss_end; ++word) *word = 0;
  edgetwin::runner::exit_emulation(main());
}

[[noreturn]] void edgetwin_fault() {
  edgetwin::runner::print("edgetwin-runner: the core took a fault\n");
  edgetwin::runner::exit_emulation(3);
}

using Vector = void (*)();

/// Initial stack pointer, then reset, NMI and the faults.
[[gnu::section(".vectors"), gnu::used]] const Vector edgetwin_vectors[16] = {
    reinterpret_cast<Vector>(edgetwin_stack_top),
    edgetwin_reset,
    edgetwin_fault,
    edgetwin_fault,
    edgetwin_fault,
    edgetwin_fault,
    edgetwin_fault,
    edgetwin_fault,
};

}  // extern "C"
