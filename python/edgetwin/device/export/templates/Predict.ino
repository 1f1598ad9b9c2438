// Predicts from numbers that arrive on the serial line, and answers checks on the same line.
//
// Send @SEND@, parted by commas, spaces or line breaks (the Serial Monitor, a data forwarder, or a file). After
// @AFTER@ the board prints what the model makes of them. Lines that begin with ~ are the check protocol: on a
// computer, edgetwin compares every byte that this board computes with its twin (serial:PORT@115200).
#include <@LIBRARY@.h>
#include <stdlib.h>

namespace {

@LINE@
// The number that arrives.
char text[24];
size_t digits = 0;
bool in_frame = false;

@RESULTS@
void end_number() {
  if (digits == 0) return;
  text[digits] = '\0';
  digits = 0;
  char* end = text;
  const float value = static_cast<float>(strtod(text, &end));
  if (*end != '\0') {
    // Half a window is worth nothing: begin again.
    @AGAIN@
    Serial.print("not a number, the window begins again: ");
    Serial.println(text);
    return;
  }
@TAKE@
}

void take(int byte) {
  if (byte == '~') in_frame = true;
  if (in_frame) {
    server.take(byte);
    if (byte == '\n') in_frame = false;
    return;
  }
  const bool parts = byte == ',' || byte == ';' || byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
  if (parts || digits == sizeof(text) - 1) end_number();
  if (!parts) text[digits++] = static_cast<char>(byte);
}

}  // namespace

void setup() {
  Serial.begin(115200);
}

void loop() {
  while (Serial.available() > 0) take(Serial.read());
}
