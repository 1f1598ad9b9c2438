"""A small firmware that answers the check protocol, built for this CPU, and a board of it: a line that may be bad."""

from __future__ import annotations

import os
import pty
import random
import select
import subprocess
import threading
import tty

# Two inputs and outputs, state, an operator that comes in pieces of odd sizes, and one that spoils an input.
TOY_PROGRAM = """
#include <unistd.h>
#include "edgetwin/check.hpp"

static uint8_t first[100], second[3], sum[70], last[2];
static uint8_t calls;
static const int32_t input_bytes[] = {100, 3}, output_bytes[] = {70, 2};
static void* const inputs[] = {first, second};
static const void* const outputs[] = {sum, last};

static void run(const edgetwin::Observer* observer) {
  ++calls;
  for (int i = 0; i < 70; ++i) sum[i] = static_cast<uint8_t>(first[i] + second[i % 3]);
  if (observer != nullptr) {
    observer->see(observer->context, 7, 0, sum, 1);
    observer->see(observer->context, 7, 1, sum + 1, 69);
  }
  last[0] = calls;
  last[1] = 0xA5;
  if (observer != nullptr) observer->see(observer->context, 258, 0, last, 2);
  second[0] = 99;
}

static void reset() { calls = 0; }

struct Pipe {
  int read() {
    unsigned char byte;
    return ::read(0, &byte, 1) == 1 ? byte : -1;
  }
  void write(const char* text, int32_t length) {
    if (::write(1, text, static_cast<size_t>(length)) != length) _exit(3);
  }
};

int main() {
  const edgetwin::CheckedModel model = {"toy", "0123456789abcdef", 2, input_bytes, inputs, 2, output_bytes, outputs,
                                        run, reset};
  Pipe pipe;
  edgetwin::serve(model, pipe);
}
"""
FIRST, SECOND = bytes(range(50, 150)), bytes([1, 2, 250])


def toy_sum(first: bytes, second: bytes) -> bytes:
    """Return the toy's operator 7 and output 0; operator 258 and output 1 are runs since the reset, and 0xA5."""
    return bytes((first[i] + second[i % 3]) % 256 for i in range(70))


class FakeBoard:
    """The toy behind a pseudo terminal; bytes are dropped, doubled and flipped on the way, both ways.

    Attributes
    ----------
    path : str
        The terminal, to be opened as a serial port.
    spoiled : int
        Bytes that did not arrive as they were sent.
    """

    def __init__(self, program, rate=0.0, seed=0):
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._random = random.Random(seed)
        self._stopped, self._wake = os.pipe()
        self.rate = rate
        self.spoiled = 0
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def _spoil(self, data, answer):
        out = bytearray()
        for byte in data:
            if self._random.random() >= self.rate:
                out.append(byte)
                continue
            self.spoiled += 1
            out += self._random.choice([b"", bytes([byte, byte]), bytes([byte ^ 1 << self._random.randrange(8)]), b"~"])
        return bytes(out)

    def _relay(self):
        toy = self._process.stdout.fileno()
        while True:
            ready, _, _ = select.select([self._master, toy, self._stopped], [], [])
            if self._stopped in ready:
                return
            for end, other in ((self._master, self._process.stdin.fileno()), (toy, self._master)):
                if end not in ready:
                    continue
                try:
                    data = os.read(end, 4096)
                    os.write(other, self._spoil(data, answer=end == toy))
                except OSError:
                    return
                if not data:
                    return

    def unplug(self):
        """Take the board off the line."""
        os.write(self._wake, b"!")
        self._thread.join(5)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        for end in (self._master, self._slave, self._stopped, self._wake):
            os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._process.returncode is None:
            self.unplug()
