#include "host_runner/vnni_emulator.hpp"

#include <atomic>

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>

namespace edgetwin::host_runner {
namespace {

std::atomic<int64_t> emulated{0};

[[noreturn]] void refuse(const char* reason, const uint8_t* code) {
  const char* const digits = "0123456789abcdef";
  char bytes[] = ":                         \n";
  for (int i = 0; i < 8; ++i) {
    bytes[2 + 3 * i] = digits[code[i] >> 4];
    bytes[3 + 3 * i] = digits[code[i] & 15];
  }
  // In a signal handler only the plainest of calls may be made.
  for (const char* text : {"vnni emulator: ", reason, static_cast<const char*>(bytes)}) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) break;
  }
  _exit(4);
}

/// Where XSAVE puts parts of registers, in the form without compaction that Linux uses for signals.
struct Component {
  int number;
  int64_t offset;
  int64_t bytes;  ///< 0 where the CPU lacks it
};
// Registers 0 to 15 lie in three parts: 16 bytes in the legacy area, then the upper halves of YMM and of ZMM. The upper
// 16 registers lie in one.
constexpr Component kLow = {1, 160, 256};
Component upper_ymm = {2, 0, 0}, upper_zmm = {6, 0, 0}, high_registers = {7, 0, 0};

void find(Component& component) {
  unsigned bytes = 0, offset = 0, c = 0, d = 0;
  if (__get_cpuid_count(0xD, static_cast<unsigned>(component.number), &bytes, &offset, &c, &d) == 0) return;
  component.bytes = bytes;
  component.offset = offset;
}

/// The vector registers of the interrupted program.
class Registers {
 public:
  explicit Registers(uint8_t* area) : area_(area) {}

  /// The lowest 64 bytes of register `index`.
  void read(int index, uint8_t* value) const {
    if (index >= 16) {
      read_part(high_registers, index - 16, 64, value);
      return;
    }
    read_part(kLow, index, 16, value);
    read_part(upper_ymm, index, 16, value + 16);
    read_part(upper_zmm, index, 32, value + 32);
  }

  void write(int index, const uint8_t* value) {
    if (index >= 16) {
      write_part(high_registers, index - 16, 64, value);
      return;
    }
    write_part(kLow, index, 16, value);
    write_part(upper_ymm, index, 16, value + 16);
    write_part(upper_zmm, index, 32, value + 32);
  }

 private:
  // A component whose bit is clear holds zeros, whatever its bytes in memory are.
  [[nodiscard]] uint64_t present() const {
    uint64_t bits;
    std::memcpy(&bits, area_ + 512, sizeof(bits));
    return bits;
  }

  void read_part(const Component& part, int index, int64_t bytes, uint8_t* value) const {
    if (part.bytes == 0 || (present() >> part.number & 1) == 0) {
      std::memset(value, 0, static_cast<size_t>(bytes));
    } else {
      std::memcpy(value, area_ + part.offset + index * bytes, static_cast<size_t>(bytes));
    }
  }

  void write_part(const Component& part, int index, int64_t bytes, const uint8_t* value) {
    if (part.bytes == 0) return;
    uint64_t bits = present();
    if ((bits >> part.number & 1) == 0) {
      std::memset(area_ + part.offset, 0, static_cast<size_t>(part.bytes));
      bits |= uint64_t{1} << part.number;
      std::memcpy(area_ + 512, &bits, sizeof(bits));
    }
    std::memcpy(area_ + part.offset + index * bytes, value, static_cast<size_t>(bytes));
  }

  uint8_t* area_;
};

/// An instruction's operands, and its end.
struct Instruction {
  int bytes;  ///< of its vectors
  int sum, codes;
  int weights;  ///< register; -1: in memory
  bool broadcast;
  int64_t address;
  const uint8_t* end;
};

int64_t general_register(const ucontext_t& context, int number) {
  constexpr int order[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                           REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return context.uc_mcontext.gregs[order[number]];
}

/// Reads the operand in memory that the ModRM byte at `modrm` names. `base` and `index` are the prefix's highest bits
/// of these registers, `unit` what a displacement of one byte counts.
void read_address(const ucontext_t& context, const uint8_t* modrm, int base, int index, int unit,
                  Instruction& instruction) {
  const int mode = *modrm >> 6, low = *modrm & 7;
  const uint8_t* next = modrm + 1;
  int64_t address = 0;
  bool based = true;
  int base_register = low | base << 3;
  if (low == 4) {
    const int sib = *next++;
    const int index_register = (sib >> 3 & 7) | index << 3;
    if (index_register != 4) address += general_register(context, index_register) << (sib >> 6);
    base_register = (sib & 7) | base << 3;
    based = mode != 0 || (sib & 7) != 5;
  } else if (mode == 0 && low == 5) {
    based = false;  // relative to the instruction's end
  }
  if (based) address += general_register(context, base_register);
  if (mode == 1) {
    address += int64_t{static_cast<int8_t>(*next++)} * unit;
  } else if (mode == 2 || !based) {
    int32_t displacement;
    std::memcpy(&displacement, next, sizeof(displacement));
    next += 4;
    address += displacement;
  }
  if (!based && low == 5) address += reinterpret_cast<int64_t>(next);
  instruction.address = address;
  instruction.end = next;
}

/// Takes apart what Intel's manual (volume 2, 2.3 and 2.7) calls VEX.256.66.0F38.W0 50 /r and EVEX.66.0F38.W0 50 /r.
/// The prefixes hold their register bits inverted.
Instruction decode(const ucontext_t& context, const uint8_t* code) {
  const bool evex = code[0] == 0x62;
  if (!evex && code[0] != 0xC4) refuse("not an instruction of VNNI", code);
  const int first = code[1] ^ 0xFF, second = code[2] ^ 0xFF;
  const int third = evex ? code[3] : 0;
  const int r = first >> 7 & 1, x = first >> 6 & 1, b = first >> 5 & 1;
  const bool map_0f38 = evex ? (code[1] & 0x0F) == 2 && (code[2] & 4) != 0 : (code[1] & 0x1F) == 2;
  const bool width_0_prefix_66 = (code[2] & 0x83) == 1;
  const uint8_t* const opcode = code + (evex ? 4 : 3);
  if (!map_0f38 || !width_0_prefix_66 || *opcode != 0x50) refuse("not an instruction of VNNI", code);
  if ((third & 0x87) != 0) refuse("a masked instruction", code);
  const int length = evex ? third >> 5 & 3 : code[2] >> 2 & 1;
  if (length == 3) refuse("a vector length that does not exist", code);
  const int modrm = opcode[1];
  Instruction instruction = {};
  instruction.bytes = 16 << length;
  instruction.sum = (modrm >> 3 & 7) | r << 3 | (evex ? first >> 4 & 1 : 0) << 4;
  instruction.codes = (second >> 3 & 15) | (evex ? (third >> 3 & 1) ^ 1 : 0) << 4;
  instruction.broadcast = evex && (third & 0x10) != 0;
  if (modrm >> 6 == 3) {
    if (instruction.broadcast) refuse("a broadcast of a register", code);
    instruction.weights = (modrm & 7) | b << 3 | (evex ? x : 0) << 4;
    instruction.end = opcode + 2;
  } else {
    instruction.weights = -1;
    const int unit = !evex ? 1 : instruction.broadcast ? 4 : instruction.bytes;
    read_address(context, opcode + 1, b, x, unit, instruction);
  }
  return instruction;
}

void handle(int, siginfo_t*, void* argument) {
  ucontext_t& context = *static_cast<ucontext_t*>(argument);
  const auto* const code = reinterpret_cast<const uint8_t*>(context.uc_mcontext.gregs[REG_RIP]);
  const Instruction instruction = decode(context, code);
  Registers registers(reinterpret_cast<uint8_t*>(context.uc_mcontext.fpregs));
  uint8_t sums[64], codes[64], weights[64];
  registers.read(instruction.sum, sums);
  registers.read(instruction.codes, codes);
  if (instruction.weights >= 0) {
    registers.read(instruction.weights, weights);
  } else {
    const auto* const memory = reinterpret_cast<const uint8_t*>(instruction.address);
    for (int i = 0; i < instruction.bytes; ++i) weights[i] = memory[instruction.broadcast ? i % 4 : i];
  }
  for (int lane = 0; lane < instruction.bytes; lane += 4) {
    uint32_t sum;
    std::memcpy(&sum, sums + lane, sizeof(sum));
    for (int i = lane; i < lane + 4; ++i) {
      sum += static_cast<uint32_t>(codes[i] * static_cast<int8_t>(weights[i]));
    }
    std::memcpy(sums + lane, &sum, sizeof(sum));
  }
  // Both encodings clear a register beyond their vectors.
  std::memset(sums + instruction.bytes, 0, static_cast<size_t>(64 - instruction.bytes));
  registers.write(instruction.sum, sums);
  context.uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(instruction.end);
  emulated.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void install_vnni_emulator() {
  for (Component* component : {&upper_ymm, &upper_zmm, &high_registers}) find(*component);
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, nullptr);
}

int64_t emulated_instructions() { return emulated.load(); }

}  // namespace edgetwin::host_runner

#else

namespace edgetwin::host_runner {

void install_vnni_emulator() {}
int64_t emulated_instructions() { return 0; }

}  // namespace edgetwin::host_runner

#endif
