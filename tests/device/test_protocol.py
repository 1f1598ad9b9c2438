"""The host's side of the check protocol on a pseudo terminal: right bytes or an error, whatever the line does."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracles.check_board import FakeBoard, toy_sum

from edgetwin.device.protocol import CheckDevice, Link, frame, unframe
from edgetwin.device.serial_port import SerialPort, parse_serial
from edgetwin.errors import DataError, DeviceError

pytest.importorskip("serial", reason="pyserial is not installed: pip install edgetwin[serial]")


def opened(board, timeout_s=10.0, patience_s=0.02, repeats=3):
    return CheckDevice("toy board", Link(SerialPort(board.path), timeout_s, patience_s), repeats=repeats)


def inputs(seed, n):
    rng = np.random.default_rng(seed)
    return [rng.integers(-128, 128, (n, size)).astype(np.int8) for size in (100, 3)]


def check(device, first, second):
    got_sum, got_last = device.run(first, second)
    assert got_sum.tobytes() == b"".join(toy_sum(a.tobytes(), b.tobytes()) for a, b in zip(first, second, strict=True))
    assert got_last.tobytes() == b"\x01\xa5" * len(first)
    trace = device.trace(first[0], second[0])
    assert list(trace) == [7, 258]
    assert trace[7].tobytes() == toy_sum(first[0].tobytes(), second[0].tobytes())
    assert trace[258].tobytes() == b"\x01\xa5"


def test_a_good_line_needs_no_repeats(toy_firmware):
    with FakeBoard(toy_firmware) as board, opened(board, patience_s=2) as device:
        info = device.info()
        assert (info.model, info.hash) == ("toy", "0123456789abcdef")
        assert (info.input_bytes, info.output_bytes, info.stateful) == ((100, 3), (70, 2), True)
        check(device, *inputs(0, 3))
        assert (device._link.repeated, device._link.damaged) == (0, 0)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.sampled_from([0.0005, 0.002, 0.01]), seed=st.integers(0, 10**6))
def test_a_bad_line_gives_right_bytes_or_an_error(toy_firmware, rate, seed):
    # What fails the check is no DeviceError.
    with FakeBoard(toy_firmware, rate, seed) as board, suppress(DeviceError), opened(board, timeout_s=0.5) as device:
        check(device, *inputs(seed, 1))


def test_a_middling_line_gives_right_bytes(toy_firmware):
    """The property above would hold of a host that always gives up."""
    with FakeBoard(toy_firmware, 0.001, 1) as board, opened(board) as device:
        check(device, *inputs(1, 2))
        assert board.spoiled > 10
        assert device._link.repeated > 5


def test_says_what_was_last_seen(toy_firmware):
    with FakeBoard(toy_firmware) as board, opened(board, timeout_s=0.3) as device:
        board._spoil = lambda data, answer: b"Hard fault at 0x0800\n" if answer else data
        with pytest.raises(DeviceError, match=r"no answer to .* within 0\.3 s.*last seen: Hard fault at 0x0800"):
            device.run(*inputs(0, 1))
        board._spoil = lambda data, answer: b""
        with pytest.raises(DeviceError, match="nothing came meanwhile"):
            device.run(*inputs(0, 1))


def test_a_new_host_takes_over_in_mid_run(toy_firmware):
    with FakeBoard(toy_firmware) as board:
        first = opened(board, patience_s=2)
        first._ask("Z", b"", "d")
        first._fill([bytes(100), bytes(3)])
        first._link.port.write(frame(77, "R", b"\x01" + (0x8CB2B7C2).to_bytes(4, "little"))[:-3])
        first.close()
        with opened(board, patience_s=2) as device:
            check(device, *inputs(2, 1))
            assert device._link.damaged == 0


def test_a_port_that_is_busy(toy_firmware):
    with (
        FakeBoard(toy_firmware) as board,
        opened(board),
        pytest.raises(DeviceError, match=rf"{board.path}@115200 cannot be opened: another program has it open"),
    ):
        SerialPort(board.path)


def test_a_port_that_is_not_there():
    with pytest.raises(DeviceError, match=r"there is no .*is the board plugged in"):
        SerialPort("/dev/ttyNOTHERE")


def test_a_port_that_goes_in_mid_run(toy_firmware):
    with FakeBoard(toy_firmware) as board, opened(board, timeout_s=20) as device:
        threading.Timer(0.2, board.unplug).start()
        began = time.monotonic()
        with pytest.raises(DeviceError, match="has gone while it was"):
            device.run(*inputs(0, 10000))
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (frame(1, "i", b"abc")[:-1], (1, "i", b"abc")),
        (b"noise~~" + frame(1, "i")[1:-1] + b"\r", (1, "i", b"")),
        (frame(1, "i")[1:-1], None),
        (frame(1, "i")[:-2], None),
        (frame(1, "i")[:-1].upper(), None),
        (b"~ " + frame(1, "i")[1:-1], None),
        (b"~00", None),
        (b"~", None),
    ],
)
def test_frames(line, found):
    assert unframe(line) == found


@pytest.mark.parametrize(
    ("rest", "port"),
    [
        ("/dev/ttyACM0", ("/dev/ttyACM0", 115200)),
        ("COM3@9600", ("COM3", 9600)),
        ("/dev/a@b@1000000", ("/dev/a@b", 1000000)),
    ],
)
def test_ports(rest, port):
    assert parse_serial(rest) == port


@pytest.mark.parametrize("rest", ["", "@9600", "COM3@", "COM3@fast", "COM3@0", "COM3@-1"])
def test_ports_that_are_none(rest):
    with pytest.raises(DataError, match="accepted is serial:PORT"):
        parse_serial(rest)


class Steady(CheckDevice):
    """Firmware whose arena is stale: the second run sees what the first left."""

    def _once(self, sample, operators):
        seen = super()._once(sample, operators)
        self.number = getattr(self, "number", 0) + 1
        if self.number == 2:
            seen.outputs[0] = seen.outputs[0][:5] + b"?" + seen.outputs[0][6:]
        return seen


def test_other_bytes_of_the_same_input_are_an_error(toy_firmware):
    with FakeBoard(toy_firmware) as board, Steady("toy", Link(SerialPort(board.path))) as device:
        message = "stale memory: run 2 of sample 0 gives byte 63 in output 0 at byte 5, run 1"
        with pytest.raises(DeviceError, match=message):
            device.run(*inputs(0, 1))
