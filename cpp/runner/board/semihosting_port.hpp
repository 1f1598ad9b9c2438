// The emulator's standard input and output as a line to the host: a board's UART takes one byte a step of the
// emulator's main loop, which makes traces of large models last.
#ifndef EDGETWIN_RUNNER_BOARD_SEMIHOSTING_PORT_HPP_
#define EDGETWIN_RUNNER_BOARD_SEMIHOSTING_PORT_HPP_

#include <cstdint>

#include "../semihosting.hpp"

namespace edgetwin::runner {

/// A port of the check protocol.
class SemihostingPort {
 public:
  SemihostingPort() : input_(open_file(":tt", 3, kReadBinary)), output_(open_file(":tt", 3, kWriteBinary)) {}

  int read() {
    if (next_ == end_) {
      // SYS_READ answers with the number of bytes that it did not read.
      const Block block = {{static_cast<uintptr_t>(input_), reinterpret_cast<uintptr_t>(bytes_), kBytes}};
      next_ = 0;
      end_ = kBytes - edgetwin_semihost(0x06, &block);
      if (end_ <= 0) return -1;
    }
    return bytes_[next_++];
  }

  void write(const char* text, int32_t length) { (void)write_file(output_, text, static_cast<size_t>(length)); }

 private:
  static constexpr int32_t kBytes = 256;
  int32_t input_, output_, next_ = 0, end_ = 0;
  unsigned char bytes_[kBytes];
};

}  // namespace edgetwin::runner

#endif  // EDGETWIN_RUNNER_BOARD_SEMIHOSTING_PORT_HPP_
