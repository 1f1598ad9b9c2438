"""Firmware of MLPerf Tiny, as its benchmark's code answers: inputs in hex, results in three decimals, cut."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.small_models import softmax_model

import edgetwin as et
from edgetwin.device.mlperf import MlperfDevice


class Firmware:
    """A port with the firmware behind it."""

    name, byte_s = "fake", 0.0

    def __init__(self, model, digits=3, flip=None, name="m-name-dut-[toy]"):
        self.model, self.digits, self.flip, self.named = model, digits, flip, name
        self.sent, self.command, self.data, self.size = b"", b"", b"", 0
        self.closed = False

    def write(self, data):
        self.command += data
        while b"%" in self.command:
            command, self.command = self.command.split(b"%", 1)
            self.sent += b"\r\n".join(
                [*(line.encode() for line in self.answer(command.decode().split())), b"m-ready", b""]
            )

    def read(self, timeout_s):
        data, self.sent = self.sent[:7], self.sent[7:]
        return data

    def close(self):
        self.closed = True

    def answer(self, words):
        if words[:1] == ["name"]:
            return [self.named]
        if words[:2] == ["db", "load"]:
            self.size, self.data = int(words[2]), b""
            return [f"m-[Expecting {self.size} bytes]"]
        if words[:2] == ["db", "print"]:
            return ["m-buffer-" + "-".join(f"{b:02x}" for b in self.data[at : at + 8]) for at in range(0, self.size, 8)]
        if words[:1] == ["db"]:
            self.data += bytes.fromhex(words[1])
            if self.flip is not None:
                self.data = bytes([self.data[0] ^ self.flip]) + self.data[1:]
            return ["m-load-done"] if len(self.data) == self.size else []
        if words[:1] == ["infer"]:
            codes = self.model.run(np.frombuffer(self.data, np.int8))
            real = np.floor((codes.astype(float) + 128) / 256 * 10**self.digits) / 10**self.digits
            results = ",".join(f"{value:.{self.digits}f}" for value in real)
            return ["m-warmup-start-0", "m-infer-start-1", "m-lap-us-17", "m-infer-done", f"m-results-[{results}]"]
        return [f"e-[Unknown command: {words}]"]


@pytest.fixture(scope="module")
def model():
    return et.load(softmax_model())


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(-128, 128, (8, 4)).astype(np.int8)


def test_answers(model, codes):
    port = Firmware(model)
    with MlperfDevice("mlperf:fake", port, model, 5) as device:
        assert device.info().model == "dut-[toy]"
        assert_array_equal(device.run(codes), model.run(codes))
        result = et.device.assert_bit_exact(model, device, codes)
        assert "only outputs are compared" in result.note
    assert port.closed


def test_a_wrong_board_differs(model, codes):
    other = Firmware(model)
    other.model = type("Wrong", (), {"run": lambda self, x: model.run(x)[::-1]})()
    with (
        MlperfDevice("mlperf:fake", other, model, 5) as device,
        pytest.raises(AssertionError, match="first: an output"),
    ):
        et.device.assert_bit_exact(model, device, codes)


def test_inputs_are_read_back(model, codes):
    device = MlperfDevice("mlperf:fake", Firmware(model, flip=1), model, 5)
    with pytest.raises(et.DeviceError, match="the board has not the 4 bytes of input that were sent"):
        device.run(codes)


def test_two_decimals_are_no_verdict(model, codes):
    device = MlperfDevice("mlperf:fake", Firmware(model, digits=2), model, 5)
    with pytest.raises(et.NotComparableError, match="not comparable: mlperf:fake"):
        device.run(codes)


def test_a_board_that_is_silent(model):
    port = Firmware(model)
    port.answer = lambda words: ["booting"]
    port.write = lambda data: setattr(port, "sent", b"booting\r\n")
    with pytest.raises(et.DeviceError, match=r"no answer to 'name' within 0\.2 s; last seen: booting"):
        MlperfDevice("mlperf:fake", port, model, 0.2)
    assert port.closed


def test_other_firmware(model, codes):
    port = Firmware(model)
    plain = port.answer
    port.answer = lambda words: ["e-[no]"] if words[:1] == ["infer"] else plain(words)
    device = MlperfDevice("mlperf:fake", port, model, 5)
    with pytest.raises(et.DeviceError, match=r"no results; last seen: e-\[no\]"):
        device.run(codes)


def test_a_port_that_is_not_there(model):
    pytest.importorskip("serial", reason="pyserial is not installed: pip install edgetwin[serial]")
    with pytest.raises(et.DeviceError, match="there is no /dev/ttyNOTHERE"):
        et.device.open("mlperf:/dev/ttyNOTHERE@9600", model)
