// The check protocol: a host gives a model on a device its inputs and reads outputs and operators back, byte by byte.
//
// A frame is one line: `~`, bytes in lower-case hex, a line feed. The bytes are a sequence number, a kind, a payload
// and the CRC-32 (zlib's) of all of these, little-endian as every number here. What is not such a line is noise. The
// host asks, the device answers every request with one frame of the same sequence number. An answer that does not
// arrive is asked for again under the same number; the device then repeats it and does nothing anew, so that nothing
// but this frame has to be kept. Of a run the first piece answers kRun and each further one a kNext.
//   request          payload                                       answers
//   kInfo            item: 0 name, 1 hash, 2 numbers, 3... sizes   kItem: characters, or int32 (see `info`)
//   kFill            input (u16), offset (u32), bytes              kDone
//   kRun             1 to see operators, CRC-32 of all inputs      kOperator and kOutput: index (u16), offset (u32),
//   bytes,
//                                                                  at last kEnd: CRC-32 of all outputs
//   kNext            -                                             the run's next piece
//   kReset           -                                             kDone
//   any                                                            kRefusal: why
#ifndef EDGETWIN_CHECK_HPP_
#define EDGETWIN_CHECK_HPP_

#include <cstdint>

namespace edgetwin {

/// Sees operators' outputs while a model runs.
struct Observer {
  void* context;
  /// Bytes [offset, offset + bytes) of the first output of operator `op` (its index in the model file). Rows may come
  /// in pieces; each byte comes once.
  void (*see)(void* context, int32_t op, int32_t offset, const void* data, int32_t bytes);
};

/// A model as the server drives it. Buffers are the model's own; sizes in bytes.
struct CheckedModel {
  const char* name;
  const char* hash;
  int32_t input_count;
  const int32_t* input_bytes;
  void* const* inputs;
  int32_t output_count;
  const int32_t* output_bytes;
  const void* const* outputs;
  /// Without an observer (null) nothing is shown.
  void (*run)(const Observer* observer);
  /// Null where the model keeps no state.
  void (*reset)();
};

namespace check {

constexpr int32_t kVersion = 1;
constexpr int32_t kPayloadBytes = 64;

enum Kind : uint8_t {
  kInfo = 'I',
  kFill = 'F',
  kRun = 'R',
  kNext = 'N',
  kReset = 'Z',
  kItem = 'i',
  kDone = 'd',
  kOperator = 'o',
  kOutput = 'y',
  kEnd = 'e',
  kRefusal = 'x',
};

/// Why a request is refused.
enum Refusal : uint8_t { kUnknown = 1, kRange = 2, kInputsDiffer = 3 };

/// CRC-32 of bytes, to go on from `crc` (0 at first). Bit by bit: a table would be half of the server's size.
inline uint32_t crc32(const void* data, int32_t bytes, uint32_t crc = 0) {
  const uint8_t* const from = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (int32_t i = 0; i < bytes; ++i) {
    crc ^= from[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

}  // namespace check

/// Answers a host. `Port` has `int read()`, which blocks until there is a byte (negative: the port has closed), and
/// `void write(const char*, int32_t)`.
template <class Port>
class CheckServer {
 public:
  CheckServer(const CheckedModel& model, Port& port) : model_(model), port_(port) {}

  /// Takes one byte that has arrived; a whole request is carried out before it returns.
  void take(int byte) {
    if (!receive(byte)) return;
    do {
      // What interrupted a run is answered after it.
      interrupted_ = false;
      answer();
    } while (interrupted_);
  }

  /// Answers until the port closes.
  void serve() {
    for (int byte = port_.read(); byte >= 0 && !closed_; byte = port_.read()) take(byte);
  }

 private:
  static constexpr int32_t kHead = 2, kPlace = 6, kCrc = 4;
  static constexpr int32_t kFrame = kHead + kPlace + check::kPayloadBytes + kCrc;

  static int digit_of(int byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    return -1;
  }

  /// True when the byte completes a frame: received_ holds it, received_bytes_ tells its length without the CRC.
  bool receive(int byte) {
    if (byte == '~') {
      digits_ = 0;
      return false;
    }
    if (byte == '\r' || digits_ < 0) return false;
    if (byte != '\n') {
      const int digit = digit_of(byte);
      if (digit < 0 || digits_ == 2 * kFrame) {
        digits_ = -1;
        return false;
      }
      uint8_t& target = received_[digits_ / 2];
      target = static_cast<uint8_t>(digits_ % 2 == 0 ? digit << 4 : target | digit);
      ++digits_;
      return false;
    }
    received_bytes_ = digits_ / 2 - kCrc;
    const bool whole = digits_ % 2 == 0 && received_bytes_ >= kHead;
    digits_ = -1;
    return whole && check::crc32(received_, received_bytes_) == number(received_ + received_bytes_);
  }

  static uint32_t number(const uint8_t* from) {
    return static_cast<uint32_t>(from[0]) | static_cast<uint32_t>(from[1]) << 8 | static_cast<uint32_t>(from[2]) << 16 |
           static_cast<uint32_t>(from[3]) << 24;
  }

  static void put(uint8_t* to, uint32_t value) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
  }

  /// Sends an answer, whose payload lies in sent_ already.
  void send(check::Kind kind, int32_t payload_bytes) {
    sent_[0] = static_cast<uint8_t>(sequence_);
    sent_[1] = kind;
    sent_bytes_ = kHead + payload_bytes;
    put(sent_ + sent_bytes_, check::crc32(sent_, sent_bytes_));
    sent_bytes_ += kCrc;
    send_again();
  }

  void send_again() {
    char line[2 * kFrame + 2];
    int32_t length = 0;
    line[length++] = '~';
    for (int32_t i = 0; i < sent_bytes_; ++i) {
      for (int shift = 4; shift >= 0; shift -= 4) {
        const int digit = (sent_[i] >> shift) & 15;
        line[length++] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
      }
    }
    line[length++] = '\n';
    port_.write(line, length);
  }

  /// True if the received frame asks for the last answer again. A host that has just come may use any number for kInfo.
  bool repeated() const { return received_[0] == sequence_ && received_[1] != check::kInfo; }

  void answer() {
    if (repeated()) return send_again();
    sequence_ = received_[0];
    const uint8_t* const payload = received_ + kHead;
    const int32_t bytes = received_bytes_ - kHead;
    switch (received_[1]) {
      case check::kInfo: return bytes == 1 ? info(payload[0]) : refuse(check::kRange);
      case check::kFill: return fill(payload, bytes);
      case check::kRun: return bytes == 5 ? run(payload[0] != 0, number(payload + 1)) : refuse(check::kRange);
      case check::kReset:
        if (model_.reset != nullptr) model_.reset();
        return send(check::kDone, 0);
      default: return refuse(check::kUnknown);
    }
  }

  void refuse(check::Refusal why) {
    sent_[kHead] = why;
    send(check::kRefusal, 1);
  }

  /// Name, hash, then numbers (protocol's version, inputs, outputs, whether there is state), then sizes one by one.
  void info(int32_t item) {
    if (item < 2) {
      const char* const text = item == 0 ? model_.name : model_.hash;
      int32_t length = 0;
      for (; length < check::kPayloadBytes && text[length] != '\0'; ++length) {
        sent_[kHead + length] = static_cast<uint8_t>(text[length]);
      }
      return send(check::kItem, length);
    }
    if (item == 2) {
      put(sent_ + kHead, check::kVersion);
      put(sent_ + kHead + 4, static_cast<uint32_t>(model_.input_count));
      put(sent_ + kHead + 8, static_cast<uint32_t>(model_.output_count));
      put(sent_ + kHead + 12, model_.reset != nullptr);
      return send(check::kItem, 16);
    }
    const int32_t input = item - 3, output = input - model_.input_count;
    if (output >= model_.output_count) return refuse(check::kRange);
    put(sent_ + kHead, static_cast<uint32_t>(output < 0 ? model_.input_bytes[input] : model_.output_bytes[output]));
    send(check::kItem, 4);
  }

  void fill(const uint8_t* payload, int32_t bytes) {
    const int32_t count = bytes - kPlace;
    if (count < 0) return refuse(check::kRange);
    const int32_t input = payload[0] | payload[1] << 8;
    const uint32_t offset = number(payload + 2);
    if (input >= model_.input_count || count > model_.input_bytes[input] ||
        offset > static_cast<uint32_t>(model_.input_bytes[input] - count)) {
      return refuse(check::kRange);
    }
    uint8_t* const target = static_cast<uint8_t*>(model_.inputs[input]) + offset;
    for (int32_t i = 0; i < count; ++i) target[i] = payload[kPlace + i];
    send(check::kDone, 0);
  }

  void run(bool seen, uint32_t crc) {
    uint32_t found = 0;
    for (int32_t i = 0; i < model_.input_count; ++i) {
      found = check::crc32(model_.inputs[i], model_.input_bytes[i], found);
    }
    // The model may have used an input's memory in the run before.
    if (found != crc) return refuse(check::kInputsDiffer);
    const Observer observer = {this, [](void* self, int32_t op, int32_t offset, const void* data, int32_t bytes) {
                                 static_cast<CheckServer*>(self)->show(check::kOperator, op, offset, data, bytes);
                               }};
    model_.run(seen ? &observer : nullptr);
    uint32_t end = 0;
    for (int32_t i = 0; i < model_.output_count; ++i) {
      show(check::kOutput, i, 0, model_.outputs[i], model_.output_bytes[i]);
      end = check::crc32(model_.outputs[i], model_.output_bytes[i], end);
    }
    if (interrupted_ || closed_) return;
    put(sent_ + kHead, end);
    send(check::kEnd, 4);
  }

  /// Shows bytes in pieces; after each it waits until the host asks for the next.
  void show(check::Kind kind, int32_t index, int32_t offset, const void* data, int32_t bytes) {
    const uint8_t* from = static_cast<const uint8_t*>(data);
    while (bytes > 0 && !interrupted_ && !closed_) {
      const int32_t count = bytes < check::kPayloadBytes ? bytes : check::kPayloadBytes;
      uint8_t* const payload = sent_ + kHead;
      payload[0] = static_cast<uint8_t>(index);
      payload[1] = static_cast<uint8_t>(index >> 8);
      put(payload + 2, static_cast<uint32_t>(offset));
      for (int32_t i = 0; i < count; ++i) payload[kPlace + i] = from[i];
      send(kind, kPlace + count);
      wait();
      from += count;
      offset += count;
      bytes -= count;
    }
  }

  /// Waits for kNext. Another request gives the run up: it goes on unseen, then the request is answered.
  void wait() {
    for (;;) {
      const int byte = port_.read();
      closed_ = byte < 0;
      if (closed_) return;
      if (!receive(byte)) continue;
      if (repeated()) {
        send_again();
        continue;
      }
      interrupted_ = received_[1] != check::kNext;
      if (!interrupted_) sequence_ = received_[0];
      return;
    }
  }

  const CheckedModel& model_;
  Port& port_;
  /// Of the last request; none yet.
  int32_t sequence_ = -1;
  /// Hex digits of the frame that arrives; negative outside of one.
  int32_t digits_ = -1;
  int32_t received_bytes_ = 0, sent_bytes_ = 0;
  bool interrupted_ = false, closed_ = false;
  uint8_t received_[kFrame], sent_[kFrame];
};

/// Answers a host until the port closes.
/// @param model  outlives the call
/// @param port  `int read()` blocks and is negative when the port has closed; `void write(const char*, int32_t)`
template <class Port>
void serve(const CheckedModel& model, Port& port) {
  CheckServer<Port> server(model, port);
  server.serve();
}

}  // namespace edgetwin

#endif  // EDGETWIN_CHECK_HPP_
