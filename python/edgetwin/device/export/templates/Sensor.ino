// Samples the motion sensor @CHIP@ (@BOARD@) into a window, and predicts when a window is full.
//
// Needs the library @SENSOR@. The model must see what it was trained on: the same sensor axes in the same order, the
// same units and the same rate. Change the constants below until they are; what a training script did to its windows
// (scaling, filters) belongs into @PLACE@. The library samples at about @SENSOR_HZ@ Hz: a model's rate is at most that.
#include <@SENSOR@.h>
#include <@LIBRARY@.h>

namespace {

constexpr uint32_t kPeriodMicros = static_cast<uint32_t>(1000000.0F / @NAME@::kRateHz + 0.5F);
/// Values of a sample: 3 are acceleration, 6 acceleration and rotation, 1 the length of the acceleration.
constexpr int32_t kAxes = @NAME@::kAxes;
static_assert(kAxes == 1 || kAxes == 3 || kAxes == 6, "read_sample() gives 1, 3 or 6 values");
@CONSTANTS@/// Of 6 values, which three come first.
constexpr bool kRotationFirst = @ROTATION_FIRST@;
/// From the library's g and degrees a second to the unit of training; 9.80665F gives m/s^2.
constexpr float kAccelerationUnit = 1.0F;
constexpr float kRotationUnit = 1.0F;
@HOP@
@LINE@uint32_t next_micros = 0;

void read_sample(float* sample) {
  // Where the sensor has nothing new, the last values stay.
  static float x = 0.0F, y = 0.0F, z = 0.0F, turn_x = 0.0F, turn_y = 0.0F, turn_z = 0.0F;
  if (IMU.accelerationAvailable()) IMU.readAcceleration(x, y, z);
  if (kAxes == 1) {
    sample[0] = kAccelerationUnit * sqrtf(x * x + y * y + z * z);
    return;
  }
  float* const moves = kAxes == 6 && kRotationFirst ? sample + 3 : sample;
  moves[0] = kAccelerationUnit * x;
  moves[1] = kAccelerationUnit * y;
  moves[2] = kAccelerationUnit * z;
  if (kAxes < 6) return;
  if (IMU.gyroscopeAvailable()) IMU.readGyroscope(turn_x, turn_y, turn_z);
  float* const turns = kRotationFirst ? sample : sample + 3;
  turns[0] = kRotationUnit * turn_x;
  turns[1] = kRotationUnit * turn_y;
  turns[2] = kRotationUnit * turn_z;
}

@RESULTS@
@FULL@
}  // namespace

void setup() {
  Serial.begin(115200);
  while (!IMU.begin()) {
    Serial.println("the sensor @CHIP@ does not answer");
    delay(1000);
  }
  next_micros = micros();
}

void loop() {
  // Checks of this board by edgetwin (serial:PORT@115200). They take time, so the window begins again.
  if (Serial.available() > 0) {
    while (Serial.available() > 0) server.take(Serial.read());
    @AGAIN@
    next_micros = micros();
  }
  if (static_cast<int32_t>(micros() - next_micros) < 0) return;
  next_micros += kPeriodMicros;
  // Room for all axes, also where kAxes is less: no branch of read_sample() leaves it.
  float sample[6];
  read_sample(sample);
@FEED@
}
