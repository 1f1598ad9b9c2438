// Runs a job: a list of kernel calls on arrays that lie in one memory image, which the host made.
//
// The file job.bin is the image: a header, the call records, constants and inputs. It is followed in memory by zeroed
// space for activations, state, scratch and outputs. All numbers are 32-bit words; arrays are byte offsets into the
// image.
//   header  magic, words of records, number of calls, bytes of the file, bytes of the image, first and end of outputs,
//           1 to run kernels by their folded form where they have one, offset of an int32 for each call's duration (-1:
//           none), in ticks of SysTick
//   record  call number (position in calls::for_each_call), number of parameters, parameters in the order of fields(),
//           then for inputs, constants, state and outputs: their number and offsets (-1: absent), then scratch
// The outputs' bytes are written to out.bin. A record that fails a check ends the run with a message and code 2.
#include <cstring>
#include <type_traits>

#include "../calls/registry.hpp"
#include "folded_calls.hpp"
#include "semihosting.hpp"

extern "C" {
extern unsigned char edgetwin_pool_begin[];
extern unsigned char edgetwin_pool_end[];
}

namespace edgetwin::runner {
namespace {

constexpr int32_t kMagic = 0x424A5445;  // "ETJB"
constexpr int kHeaderWords = 9;
constexpr int32_t kAbsent = -1;

[[noreturn]] void fail(const char* reason) {
  print("edgetwin-runner: ");
  print(reason);
  print("\n");
  exit_emulation(2);
}

[[noreturn]] void fail(int32_t call, const char* kernel, const char* reason) {
  char number[12];
  char* digit = number + sizeof(number) - 1;
  *digit = '\0';
  do {
    *--digit = static_cast<char>('0' + call % 10);
    call /= 10;
  } while (call > 0);
  print("edgetwin-runner: call ");
  print(digit);
  print(" (");
  print(kernel);
  print("): ");
  print(reason);
  print("\n");
  exit_emulation(2);
}

FoldedMemory folded_memory;

/// SysTick counts the core's clock down from 2^24 - 1.
constexpr uint32_t kTickMask = 0xFFFFFF;

void start_ticks() {
  volatile uint32_t* const systick = reinterpret_cast<volatile uint32_t*>(0xE000E010u);
  systick[1] = kTickMask;
  systick[2] = 0;
  systick[0] = 5;  // enabled, from the core's clock, without interrupts
}

uint32_t tick() { return *reinterpret_cast<volatile uint32_t*>(0xE000E018u); }

/// The image in memory and the place where records are read.
struct Job {
  unsigned char* image;
  int32_t image_bytes;
  const int32_t* next;
  const int32_t* end;
  int32_t call;
  bool folded;
  int32_t* ticks;  ///< of each call; null if nobody asks

  int32_t word(const char* kernel) {
    if (next == end) fail(call, kernel, "the record is cut short");
    return *next++;
  }

  /// The array at an offset that must hold `bytes` bytes, aligned to 16; null where it is absent.
  void* array(int32_t offset, int64_t bytes, const char* kernel) const {
    if (offset == kAbsent) return nullptr;
    if (offset < 0 || offset % 16 != 0 || bytes < 0 || offset > image_bytes - bytes) {
      fail(call, kernel, "an array leaves the image");
    }
    return image + offset;
  }
};

template <class Call>
void read_field(Job& job, int32_t& field) {
  field = job.word(Call::kName);
}

template <class Call>
void read_field(Job& job, float& field) {
  const int32_t bits = job.word(Call::kName);
  std::memcpy(&field, &bits, sizeof(field));
}

template <class Call, class Enum>
void read_field(Job& job, Enum& field) {
  field = static_cast<Enum>(job.word(Call::kName));
}

/// Reads the offsets of one kind of array. Only `optional` ones may be absent.
template <class Call, class Pointer>
void read_arrays(Job& job, Pointer* slots, const int64_t* bytes, const bool* optional, int limit) {
  const int32_t count = job.word(Call::kName);
  if (count < 0 || count > limit) fail(job.call, Call::kName, "too many arrays");
  for (int i = 0; i < limit; ++i) {
    slots[i] = i < count ? job.array(job.word(Call::kName), bytes[i], Call::kName) : nullptr;
    const bool may_be_absent = bytes[i] == 0 || (optional != nullptr && optional[i]);
    if (slots[i] == nullptr && !may_be_absent) fail(job.call, Call::kName, "an array is absent");
  }
}

template <class Call>
void run_call(Job& job) {
  typename Call::Params params = {};
  int32_t expected = 0;
  Call::fields(params, [&](const char*, auto&) { ++expected; });
  if (job.word(Call::kName) != expected) fail(job.call, Call::kName, "wrong number of parameters");
  Call::fields(params, [&](const char*, auto& field) { read_field<Call>(job, field); });
  Status status = Call::check(params);
  if (status != Status::kOk) fail(job.call, Call::kName, status_name(status));
  const calls::Layout layout = Call::layout(params);
  calls::Operands operands = {};
  read_arrays<Call>(job, operands.inputs, layout.inputs, nullptr, 4);
  read_arrays<Call>(job, operands.constants, layout.constants, layout.optional, calls::kMaxSlots);
  read_arrays<Call>(job, operands.state, layout.state, nullptr, 4);
  read_arrays<Call>(job, operands.outputs, layout.outputs, nullptr, 4);
  operands.scratch = job.array(job.word(Call::kName), layout.scratch, Call::kName);
  if (operands.scratch == nullptr && layout.scratch != 0) fail(job.call, Call::kName, "the scratch is absent");
  status = Call::check_constants(params, operands.constants);
  if (status != Status::kOk) fail(job.call, Call::kName, status_name(status));
  const bool folded = job.folded && FoldedCall<Call>::prepare(params, operands, folded_memory);
  const uint32_t begin = tick();
  if (folded) {
    FoldedCall<Call>::run(params, operands, folded_memory);
  } else {
    Call::run(params, operands);
  }
  if (job.ticks != nullptr) job.ticks[job.call] = static_cast<int32_t>((begin - tick()) & kTickMask);
}

int run_job() {
  unsigned char* const pool = edgetwin_pool_begin;
  const int32_t pool_bytes = static_cast<int32_t>(edgetwin_pool_end - edgetwin_pool_begin);
  const int32_t input = open_file("job.bin", 7, kReadBinary);
  if (input < 0) fail("job.bin cannot be opened");
  const int32_t bytes = file_length(input);
  if (bytes < kHeaderWords * 4 || bytes > pool_bytes) fail("job.bin does not fit into the pool");
  if (!read_file(input, pool, static_cast<size_t>(bytes))) fail("job.bin cannot be read");
  close_file(input);
  const int32_t* const header = reinterpret_cast<const int32_t*>(pool);
  const int32_t record_words = header[1], call_count = header[2], image_bytes = header[4];
  const int32_t first = header[5], end = header[6];
  if (image_bytes > pool_bytes) fail("the job's arrays do not fit into the pool");
  if (header[0] != kMagic || header[3] != bytes || image_bytes < bytes || record_words < 0 || call_count < 0 ||
      record_words > bytes / 4 - kHeaderWords || first < 0 || end < first || end > image_bytes) {
    fail("job.bin has a bad header");
  }
  std::memset(pool + bytes, 0, static_cast<size_t>(image_bytes - bytes));
  Job job = {pool,           image_bytes, header + kHeaderWords, header + kHeaderWords + record_words, 0,
             header[7] != 0, nullptr};
  job.ticks = static_cast<int32_t*>(job.array(header[8], int64_t{4} * call_count, "-"));
  start_ticks();
  for (; job.call < call_count; ++job.call) {
    const int32_t number = job.word("-");
    int32_t position = 0;
    bool found = false;
    calls::for_each_call([&](auto call) {
      if (position++ == number) {
        found = true;
        run_call<decltype(call)>(job);
      }
    });
    if (!found) fail(job.call, "-", "no such kernel");
  }
  const int32_t output = open_file("out.bin", 7, kWriteBinary);
  if (output < 0 || !write_file(output, pool + first, static_cast<size_t>(end - first))) {
    fail("out.bin cannot be written");
  }
  close_file(output);
  return 0;
}

}  // namespace
}  // namespace edgetwin::runner

int main() { return edgetwin::runner::run_job(); }
