// Runs instructions that tests/levels/test_vnni_emulator.py made, on registers that it chose.
//
//   vnni_forms REGISTERS RESULTS     files of `vnni_form_count` times `vnni_form_bytes` bytes: all registers before and
//                                    after each form
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>

#include "host_runner/vnni_emulator.hpp"

extern "C" {
/// Loads the vector registers from memory, runs one instruction and stores the registers to the same place.
extern void (*const vnni_forms[])(unsigned char* registers);
extern const int64_t vnni_form_count;
extern const int64_t vnni_form_bytes;
}

int main(int count, char** arguments) {
  if (count != 3) return 2;
  edgetwin::host_runner::install_vnni_emulator();
  std::ifstream before(arguments[1], std::ios::binary);
  std::ofstream after(arguments[2], std::ios::binary);
  const auto registers = std::make_unique<unsigned char[]>(static_cast<size_t>(vnni_form_bytes));
  for (int64_t i = 0; i < vnni_form_count; ++i) {
    if (!before.read(reinterpret_cast<char*>(registers.get()), vnni_form_bytes)) return 2;
    vnni_forms[i](registers.get());
    after.write(reinterpret_cast<const char*>(registers.get()), vnni_form_bytes);
  }
  std::printf("%lld\n", static_cast<long long>(edgetwin::host_runner::emulated_instructions()));
  return after.flush() ? 0 : 2;
}
