"""Firmware that answers the check protocol wrongly: each fault is an error that says what it is, never wrong bytes."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from edgetwin.device.protocol import CheckDevice, Link, frame, unframe
from edgetwin.errors import DeviceError

NUMBERS = struct.pack("<4i", 1, 1, 1, 0)
X, Y = np.arange(10, dtype=np.int8), bytes(range(7, 12))


def piece(kind, index, offset, data):
    return kind, struct.pack("<HI", index, offset) + data


END = ("e", zlib.crc32(Y).to_bytes(4, "little"))
GOOD = (piece("o", 0, 0, b"abc"), piece("o", 0, 3, b"de"), piece("o", 4, 0, b"z"), piece("y", 0, 0, Y), END)


class Firmware:
    """A port with firmware behind it: ten bytes in, five out, and the pieces of a run that a test gives."""

    name, byte_s = "fake", 0.0

    def __init__(self, run=GOOD, **items):
        self.items = {0: b"fake", 1: b"feed", 2: NUMBERS, 3: (10).to_bytes(4, "little"), 4: (5).to_bytes(4, "little")}
        self.items |= {int(key[1:]): value for key, value in items.items()}
        self.run, self.rest, self.out, self.keeps = run, [], b"", True
        self.memory = bytearray(10)

    def write(self, data):
        for line in data.split(b"\n"):
            request = unframe(line)
            if request is not None:
                sequence, kind, payload = request
                self.out += frame(sequence, *self.answer(kind, payload))

    def answer(self, kind, payload):
        if kind == "I":
            return "i", self.items[payload[0]]
        if kind == "F":
            _, offset = struct.unpack("<HI", payload[:6])
            self.memory[offset : offset + len(payload) - 6] = payload[6:]
            return "d", b""
        if kind == "R":
            if not self.keeps or zlib.crc32(self.memory) != int.from_bytes(payload[1:], "little"):
                return "x", b"\3"
            self.rest = list(self.run)
        return self.rest.pop(0) if self.rest else ("x", b"\1")

    def read(self, timeout_s):
        data, self.out = self.out, b""
        return data

    def close(self):
        pass


def opened(firmware):
    return CheckDevice("fake", Link(firmware, timeout_s=0.2, patience_s=0.05), repeats=1)


def test_good_firmware():
    device = opened(Firmware())
    assert device.run(X).tobytes() == Y
    assert {i: a.tobytes() for i, a in device.trace(X).items()} == {0: b"abcde", 4: b"z"}


def test_pieces_in_any_order():
    device = opened(Firmware([piece("o", 2, 3, b"de"), piece("o", 2, 0, b"abc"), *GOOD[3:]]))
    assert device.trace(X)[2].tobytes() == b"abcde"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ([piece("o", 0, 0, b"abc"), piece("o", 0, 0, b"abc"), *GOOD[3:]], "operator 0 shows byte 0 twice"),
        ([piece("o", 3, 0, b"abc"), piece("o", 3, 4, b"de"), *GOOD[3:]], "operator 3 shows byte 3 twice or not at all"),
        ([piece("o", 3, 0, b"abc"), piece("o", 3, 2, b"de"), *GOOD[3:]], "operator 3 shows byte 2 twice or not at all"),
        ([piece("y", 0, 1, Y), END], "output 0 comes out of order, at byte 1"),
        ([piece("y", 1, 0, Y), END], "output 1 comes out of order"),
        ([piece("y", 0, 0, Y[:4]), END], "the outputs changed while they were read"),
        ([piece("y", 0, 0, Y + b"!"), END], "the outputs changed while they were read"),
        ([piece("y", 0, 0, Y), piece("y", 0, 5, Y), END], "output 0 comes out of order, at byte 5"),
        ([("o", b"\0\0\0"), END], "a piece of a run without bytes"),
        ([piece("y", 0, 0, b""), END], "a piece of a run without bytes"),
        ([("x", b"")], "run is refused: reason"),
        ([("x", b"\x63")], "run is refused: reason 63"),
        ([piece("y", 0, 0, Y[::-1]), END], "the outputs changed while they were read"),
        ([END], "the outputs changed while they were read"),
        ([piece("y", 0, 0, Y)], "the next piece of a run is refused: it does not know the request"),
        ([("i", b"")], "no answer to run within"),
    ],
)
def test_runs_that_are_wrong(run, message):
    with pytest.raises(DeviceError, match=message):
        opened(Firmware(run)).run(X)


def test_inputs_that_do_not_stay():
    firmware = Firmware()
    firmware.keeps = False
    with pytest.raises(DeviceError, match="the inputs do not stay as they are sent: do their buffers overlap"):
        opened(firmware).run(X)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"_2": b""}, "does not speak version 1 of the check protocol"),
        ({"_2": struct.pack("<4i", 2, 1, 1, 0)}, "speaks version 2 of the check protocol, not 1"),
        ({"_2": struct.pack("<4i", 1, 0, 1, 0)}, "tells of 0 inputs and 1 outputs"),
        ({"_2": struct.pack("<4i", 1, 1, 1 << 20, 0)}, "tells of 1 inputs and 1048576 outputs"),
    ],
)
def test_firmware_that_tells_nonsense(items, message):
    with pytest.raises(DeviceError, match=message):
        opened(Firmware(**items))


def test_what_an_earlier_session_left_is_thrown_away():
    firmware = Firmware()
    firmware.out = b"half a li" + frame(200, "y", b"\0" * 10)[5:] + b"booting\n" + frame(3, "i", b"stale")
    assert opened(firmware).info().model == "fake"
