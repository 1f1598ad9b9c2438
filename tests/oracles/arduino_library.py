"""The Arduino library specification, revision 2.2, as a check of a folder; and the least Arduino that sketches need."""

from __future__ import annotations

import json
import re
from pathlib import Path

#: Fields of library.properties; the first nine must be there.
REQUIRED = ("name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures")
OPTIONAL = ("depends", "dot_a_linkage", "includes", "precompiled", "ldflags")
CATEGORIES = {
    "Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing", "Data Storage",
    "Data Processing", "Other",
}  # fmt: skip
SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}")
#: "Folder names must start with a letter or number, followed by letters, numbers, dashes, dots and underscores."
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SKETCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
KEYWORDS = {"KEYWORD1", "KEYWORD2", "LITERAL1"}
SOURCES = {".c", ".cpp", ".S", ".h", ".hpp", ".ino", ".pde"}
ROOT_FILES = {"library.properties", "library.json", "keywords.txt", "README.md"}


def violations(folder: Path) -> list[str]:
    """Return what a library's folder does not do that the specification asks for."""
    wrong = []
    if not FOLDER.fullmatch(folder.name) or len(folder.name) > 63:
        wrong.append(f"folder name {folder.name!r}")
    wrong += [f"space in {path.name!r}" for path in folder.rglob("*") if " " in path.name]
    files = {path.name for path in folder.iterdir() if path.is_file()}
    wrong += [f"root file {name}" for name in sorted(files ^ ROOT_FILES)]
    # With src no sources lie beside it, and no utility folder.
    folders = {path.name for path in folder.iterdir() if path.is_dir()}
    wrong += [f"root folder {name}" for name in sorted(folders ^ {"src", "examples"})]
    properties = _properties(folder / "library.properties", wrong)
    wrong += _field_violations(properties)
    if properties.get("name") != folder.name:
        wrong.append(f"name {properties.get('name')!r} in folder {folder.name}")
    for header in properties.get("includes", "").split(","):
        if not (folder / "src" / header.strip()).is_file():
            wrong.append(f"includes {header!r}, which is not in src")
    wrong += _keyword_violations(folder / "keywords.txt")
    for sketch in sorted((folder / "examples").iterdir()):
        mains = [path.stem for path in sketch.glob("*.ino")]
        if not SKETCH.fullmatch(sketch.name) or mains != [sketch.name]:
            wrong.append(f"sketch {sketch.name} with {mains}")
    return wrong + _platformio_violations(folder, properties)


def _properties(path: Path, wrong: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        key, equal, value = line.partition("=")
        if not equal or key != key.strip() or value != value.strip():
            wrong.append(f"library.properties line {number}: {line!r}")
        elif key not in REQUIRED + OPTIONAL or key in found:
            wrong.append(f"library.properties line {number}: field {key!r}")
        found[key] = value
    return found


def _field_violations(fields: dict[str, str]) -> list[str]:
    wrong = [f"no {name}" for name in REQUIRED if not fields.get(name)]
    if not NAME.fullmatch(fields.get("name", "")) or re.match("arduino", fields.get("name", ""), re.IGNORECASE):
        wrong.append(f"name {fields.get('name')!r}")
    if not SEMVER.fullmatch(fields.get("version", "")):
        wrong.append(f"version {fields.get('version')!r}")
    if fields.get("category") not in CATEGORIES:
        wrong.append(f"category {fields.get('category')!r}")
    if not re.fullmatch(r"https?://\S+", fields.get("url", "")):
        wrong.append(f"url {fields.get('url')!r}")
    if not re.fullmatch(r"\*|[a-z0-9_]+(, ?[a-z0-9_]+)*", fields.get("architectures", "")):
        wrong.append(f"architectures {fields.get('architectures')!r}")
    return wrong


def _keyword_violations(path: Path) -> list[str]:
    """Tabs part the columns; with spaces nothing is coloured."""
    wrong = []
    for line in path.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) != 2 or not re.fullmatch(r"\w+", columns[0]) or columns[1] not in KEYWORDS:
            wrong.append(f"keywords.txt: {line!r}")
    return wrong


def _platformio_violations(folder: Path, properties: dict[str, str]) -> list[str]:
    fields = json.loads((folder / "library.json").read_text(encoding="utf-8"))
    wrong = [f"library.json: {name}" for name in ("name", "version") if fields.get(name) != properties.get(name)]
    wrong += [f"library.json: {name}" for name in ("description", "keywords", "frameworks") if not fields.get(name)]
    for example in fields["examples"]:
        wrong += [
            f"library.json: example {name}"
            for name in example["files"]
            if not (folder / example["base"] / name).is_file()
        ]
    return wrong


#: With the macros of old cores, which library code has to live with.
ARDUINO_H = """
#ifndef Arduino_h
#define Arduino_h
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define radians(deg) ((deg)*0.01745)
#define sq(x) ((x) * (x))
#define bit(b) (1UL << (b))
#define F(text) text
#define B1 1
#define PI 3.14159
#define HIGH 1
#define LOW 0
typedef uint8_t byte;
struct HardwareSerial {
  void begin(unsigned long baud);
  int available();
  int read();
  size_t write(const uint8_t* data, size_t bytes);
  size_t print(const char* text);
  size_t print(double value, int decimals = 2);
  size_t println(const char* text);
};
extern HardwareSerial Serial;
void yield();
void delay(unsigned long milliseconds);
unsigned long micros();
void setup();
void loop();
#endif
"""

SENSOR_H = """
struct Imu {
  int begin() { return 1; }
  int accelerationAvailable() { return 1; }
  int readAcceleration(float& x, float& y, float& z) { return x = 0.5f, y = 0.25f, z = -0.5f, 1; }
  int gyroscopeAvailable() { return 1; }
  int readGyroscope(float& x, float& y, float& z) { return x = y = z = 1.0f, 1; }
};
static Imu IMU;
"""

#: A microphone that has heard 2560 samples as soon as it begins.
PDM_H = """
struct Pdm {
  void (*heard)();
  int next, waiting;
  void onReceive(void (*function)()) { heard = function; }
  int begin(int channels, int rate) {
    for (int i = 0; i < 5; ++i) {
      waiting = 512;
      heard();
    }
    return channels == 1 && rate == 8000;
  }
  int available() { return 2 * waiting; }
  int read(void* into, size_t bytes) {
    short* values = (short*)into;
    for (size_t i = 0; i < bytes / 2; ++i, ++next) values[i] = (short)(next * 37 % 2000 - 1000);
    waiting -= (int)(bytes / 2);
    return (int)bytes;
  }
};
static Pdm PDM;
"""

#: Arduino on this computer: the serial line is standard input and output.
HOST_CPP = """
#include "Arduino.h"
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
HardwareSerial Serial;
void HardwareSerial::begin(unsigned long) {}
int HardwareSerial::available() {
  pollfd wanted = {0, POLLIN, 0};
  return poll(&wanted, 1, 1) > 0;
}
int HardwareSerial::read() {
  uint8_t byte;
  if (::read(0, &byte, 1) != 1) _exit(0);
  return byte;
}
size_t HardwareSerial::write(const uint8_t* data, size_t bytes) { return ::write(1, data, bytes); }
size_t HardwareSerial::print(const char* text) { return write((const uint8_t*)text, strlen(text)); }
size_t HardwareSerial::print(double value, int decimals) {
  char text[40];
  snprintf(text, sizeof text, "%.*f", decimals, value);
  return print(text);
}
size_t HardwareSerial::println(const char* text) { return print(text) + print("\\n"); }
void yield() {}
void delay(unsigned long) {}
unsigned long micros() { static unsigned long now; return now += 1000; }
int main() {
  setup();
  for (;;) loop();
}
"""

#: The least that a core has behind Arduino.h, to link for a board.
NOTHING_CPP = """
#include "Arduino.h"
HardwareSerial Serial;
void HardwareSerial::begin(unsigned long) {}
int HardwareSerial::available() { return 1; }
int HardwareSerial::read() { return '~'; }
size_t HardwareSerial::write(const uint8_t*, size_t bytes) { return bytes; }
size_t HardwareSerial::print(const char*) { return 0; }
size_t HardwareSerial::print(double, int) { return 0; }
size_t HardwareSerial::println(const char*) { return 0; }
void yield() {}
void delay(unsigned long) {}
unsigned long micros() { return 0; }
int main() {
  setup();
  loop();
}
"""


def write_arduino(folder: Path) -> Path:
    """Write Arduino.h and the sensors' headers into a new folder."""
    folder.mkdir()
    (folder / "Arduino.h").write_text(ARDUINO_H)
    for name in ("Arduino_LSM9DS1", "Arduino_BMI270_BMM150"):
        (folder / f"{name}.h").write_text(SENSOR_H)
    (folder / "PDM.h").write_text(PDM_H)
    (folder / "host.cpp").write_text(HOST_CPP)
    (folder / "nothing.cpp").write_text(NOTHING_CPP)
    return folder
