// Hears the board's microphone (Nano 33 BLE Sense and others that Arduino's PDM library knows), and predicts whenever a
// window has ended.
//
// The model must hear what it was trained on: the same rate, and sound as loud. Sound is queued while the model runs: if
// the queue is full, features and model take longer than one window follows another, and the windows begin again.
#include <PDM.h>
#include <@LIBRARY@.h>

namespace {

@LINE@
constexpr uint32_t kQueue = 4096;
int16_t queue[kQueue];
// Counted modulo 2^32: their difference is what waits.
volatile uint32_t heard = 0, taken = 0;
volatile bool lost = false;

@RESULTS@
void hear() {
  static int16_t block[256];
  int bytes = PDM.available();
  while (bytes > 0) {
    const int count = PDM.read(block, bytes < static_cast<int>(sizeof block) ? bytes : sizeof block) / 2;
    if (count <= 0) return;
    bytes -= 2 * count;
    for (int i = 0; i < count; ++i) {
      if (heard - taken == kQueue) {
        lost = true;
        return;
      }
      queue[heard % kQueue] = block[i];
      heard = heard + 1;
    }
  }
}

void begin_again() {
  stream.reset();
  taken = heard;
  lost = false;
}

}  // namespace

void setup() {
  Serial.begin(115200);
  PDM.onReceive(hear);
  while (!PDM.begin(1, static_cast<int>(@NAME@::kRateHz))) {
    Serial.println("the microphone does not answer");
    delay(1000);
  }
}

void loop() {
  // Checks of this board by edgetwin (serial:PORT@115200). They take time, so the windows begin again.
  if (Serial.available() > 0) {
    while (Serial.available() > 0) server.take(Serial.read());
    begin_again();
  }
  if (lost) {
    Serial.println("sound was lost: the windows begin again");
    begin_again();
  }
  while (taken != heard && !lost) {
    const int16_t sample = queue[taken % kQueue];
    taken = taken + 1;
    if (!stream.push(&sample)) continue;
    stream.values(results);
    print_results();
  }
}
