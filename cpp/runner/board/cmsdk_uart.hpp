// The UART of Arm's MPS2 and MPS3 boards (CMSDK APB UART), polled.
#ifndef EDGETWIN_RUNNER_BOARD_CMSDK_UART_HPP_
#define EDGETWIN_RUNNER_BOARD_CMSDK_UART_HPP_

#include <cstdint>

namespace edgetwin::runner {

/// A port of the check protocol.
class CmsdkUart {
 public:
  explicit CmsdkUart(uintptr_t base) : registers_(reinterpret_cast<volatile uint32_t*>(base)) {
    registers_[kDivider] = 16;  // the least that it takes
    registers_[kControl] = 3;   // transmit and receive
  }

  int read() {
    while ((registers_[kState] & 2) == 0) {
    }
    return static_cast<int>(registers_[kData] & 0xFF);
  }

  void write(const char* text, int32_t length) {
    for (int32_t i = 0; i < length; ++i) {
      while ((registers_[kState] & 1) != 0) {
      }
      registers_[kData] = static_cast<unsigned char>(text[i]);
    }
  }

 private:
  static constexpr int kData = 0, kState = 1, kControl = 2, kDivider = 4;
  volatile uint32_t* registers_;
};

}  // namespace edgetwin::runner

#endif  // EDGETWIN_RUNNER_BOARD_CMSDK_UART_HPP_
