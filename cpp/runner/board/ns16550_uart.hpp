// The UART of QEMU's RISC-V board `virt` (NS16550), polled.
#ifndef EDGETWIN_RUNNER_BOARD_NS16550_UART_HPP_
#define EDGETWIN_RUNNER_BOARD_NS16550_UART_HPP_

#include <cstdint>

namespace edgetwin::runner {

/// A port of the check protocol.
class Ns16550Uart {
 public:
  explicit Ns16550Uart(uintptr_t base) : registers_(reinterpret_cast<volatile unsigned char*>(base)) {
    registers_[kFifoControl] = 1;
  }

  int read() {
    while ((registers_[kLineStatus] & 0x01) == 0) {
    }
    return registers_[kData];
  }

  void write(const char* text, int32_t length) {
    for (int32_t i = 0; i < length; ++i) {
      while ((registers_[kLineStatus] & 0x20) == 0) {
      }
      registers_[kData] = static_cast<unsigned char>(text[i]);
    }
  }

 private:
  static constexpr int kData = 0, kFifoControl = 2, kLineStatus = 5;
  volatile unsigned char* registers_;
};

}  // namespace edgetwin::runner

#endif  // EDGETWIN_RUNNER_BOARD_NS16550_UART_HPP_
