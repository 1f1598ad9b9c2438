// Semihosting: a debugger or emulator carries out file operations for a program without an operating system.
#ifndef EDGETWIN_RUNNER_SEMIHOSTING_HPP_
#define EDGETWIN_RUNNER_SEMIHOSTING_HPP_

#include <cstddef>
#include <cstdint>

/// The semihosting call: operation, then argument or address of the argument block. Each core's startup has its own.
extern "C" int32_t edgetwin_semihost(int32_t operation, const void* argument);

namespace edgetwin::runner {

struct Block {
  uintptr_t words[3];
};

constexpr int32_t kReadBinary = 1;
constexpr int32_t kWriteBinary = 5;

/// A file handle, or -1.
[[nodiscard]] inline int32_t open_file(const char* name, size_t length, int32_t mode) {
  const Block block = {{reinterpret_cast<uintptr_t>(name), static_cast<uintptr_t>(mode), length}};
  return edgetwin_semihost(0x01, &block);
}

[[nodiscard]] inline int32_t file_length(int32_t handle) {
  const Block block = {{static_cast<uintptr_t>(handle)}};
  return edgetwin_semihost(0x0C, &block);
}

/// True if all `bytes` were read.
[[nodiscard]] inline bool read_file(int32_t handle, void* target, size_t bytes) {
  const Block block = {{static_cast<uintptr_t>(handle), reinterpret_cast<uintptr_t>(target), bytes}};
  return edgetwin_semihost(0x06, &block) == 0;
}

/// True if all `bytes` were written.
[[nodiscard]] inline bool write_file(int32_t handle, const void* source, size_t bytes) {
  const Block block = {{static_cast<uintptr_t>(handle), reinterpret_cast<uintptr_t>(source), bytes}};
  return edgetwin_semihost(0x05, &block) == 0;
}

inline void close_file(int32_t handle) {
  const Block block = {{static_cast<uintptr_t>(handle)}};
  edgetwin_semihost(0x02, &block);
}

/// Writes a zero-terminated string to the emulator's console.
inline void print(const char* text) { edgetwin_semihost(0x04, text); }

/// Ends the emulation with an exit code.
[[noreturn]] inline void exit_emulation(int code) {
  // SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit: the only form that carries a code on 32-bit cores.
  const Block block = {{0x20026, static_cast<uintptr_t>(code)}};
  edgetwin_semihost(0x20, &block);
  for (;;) {
  }
}

}  // namespace edgetwin::runner

#endif  // EDGETWIN_RUNNER_SEMIHOSTING_HPP_
