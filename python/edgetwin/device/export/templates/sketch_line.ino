struct SerialPort {
  int read() {
    while (Serial.available() == 0) yield();
    return Serial.read();
  }
  void write(const char* text, int32_t length) { Serial.write(reinterpret_cast<const uint8_t*>(text), length); }
};

SerialPort port;
edgetwin::CheckServer<SerialPort> server(@NAME@::kChecked, port);

@MEMORY@
