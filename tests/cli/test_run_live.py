"""`edgetwin run --live`: a recording played in time, and lines on a serial port."""

from __future__ import annotations

import json
import os
import threading
import time

import numpy as np
import pytest

import edgetwin as et
from edgetwin.data import Recording, Sensor, write_recording
from edgetwin.device.serial_port import SerialPort

SENSORS = tuple(Sensor(name, "g") for name in ("gx", "gy", "gz", "ax", "ay", "az"))
VALUES = np.random.default_rng(2).normal(0, 0.3, (400, 6)).astype(np.float32)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "walk.npz"
    write_recording(Recording(VALUES, 60.0, SENSORS), path)
    return path


@pytest.fixture
def port(monkeypatch):
    """Name of a serial port, and a function that has a board send bytes on it once it is open."""
    pytest.importorskip("serial", reason='pip install "edgetwin[serial]"')
    pty = pytest.importorskip("pty", reason="pseudo terminals are of Unix")
    board, line = pty.openpty()
    # Opening a port drops what came before.
    opened = threading.Event()

    class Opened(SerialPort):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            opened.set()

    monkeypatch.setattr("edgetwin.cli.live.SerialPort", Opened)
    senders = []

    def send(data):
        def run():
            assert opened.wait(30)
            for first in range(0, len(data), 777):
                os.write(board, data[first : first + 777])
                time.sleep(0.002)

        senders.append(threading.Thread(target=run, daemon=True))
        senders[-1].start()

    yield os.ttyname(line), send
    # The rest may be more than the line holds: nobody reads it any longer.
    os.close(line)
    os.close(board)


def lines_of(outcome):
    assert (outcome.code, outcome.err) == (0, "")
    return [json.loads(line) for line in outcome.out.splitlines()]


def expected(hop, count=None):
    return et.load(et.data.demo_model()).stream(hop, axes=6).push(VALUES)[:count]


def test_a_recording_gives_the_stream_of_its_samples(edgetwin, demo_tflite, recording):
    outcome = edgetwin("run", demo_tflite, "--live", recording, "--axes", 6, "--hop", 30, "--speed", 0, "--json")
    outputs = lines_of(outcome)
    assert [(row["end"], row["codes"]) for row in outputs] == [(o.end, o.codes.tolist()) for o in expected(30)]
    text = edgetwin("run", demo_tflite, "--live", recording, "--axes", 6, "--speed", 0).out
    assert len(text.splitlines()) == 1 + (400 - 108) // 54
    assert text.startswith("sample      108  ")


def test_a_recording_takes_its_time(edgetwin, demo_tflite, recording):
    began = time.monotonic()
    lines_of(edgetwin("run", demo_tflite, "--live", recording, "--axes", 6, "--speed", 20, "--json"))
    assert time.monotonic() - began >= 400 / 60 / 20


@pytest.mark.parametrize("between", [",", "\t", " ; "])
def test_lines_on_a_serial_port(edgetwin, demo_tflite, port, between):
    name, send = port
    # What was sent before anyone listened may be cut short. The windows end before the last samples.
    lines = [between.join(str(value) for value in row.tolist()) for row in VALUES[:258]]
    send("\r\n".join(["17,4", *lines, ""]).encode())
    outcome = edgetwin(
        "run", demo_tflite, "--live", f"serial:{name}", "--axes", 6, "--hop", 50, "--windows", 4, "--json"
    )
    assert [row["codes"] for row in lines_of(outcome)] == [o.codes.tolist() for o in expected(50, 4)]


@pytest.mark.parametrize("line", [b"1,2,3\n", b"hello\n", b"1,2,3,4,5,6,7\n"])
def test_other_lines_are_an_error(edgetwin, demo_tflite, port, line):
    name, send = port
    send(b"0,0,0,0,0,0\n" + line)
    outcome = edgetwin("run", demo_tflite, "--live", f"serial:{name}", "--axes", 6)
    assert outcome.code == 2
    assert f"line 2: {line.rstrip()!r}, accepted are 6 numbers" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--live", "nothing.npz", "--axes", "6"], "nothing.npz"),
        (["--live", "serial:", "--axes", "6"], "accepted is serial:PORT"),
        (["--live", "serial:/dev/nothing", "--axes", "6"], "there is no /dev/nothing"),
        (["--live", "walk.npz"], "does not tell how many values a sample has"),
        (["--live", "walk.npz", "--axes", "6", "--labels", "a,b"], "accepted are 1 names"),
        (["walk.npz", "--live", "walk.npz"], "--live goes without INPUT"),
    ],
)
def test_bad_sources(refused, demo_tflite, recording, arguments, says):
    pytest.importorskip("serial", reason='pip install "edgetwin[serial]"')
    assert says in refused("run", demo_tflite, *arguments)


def test_a_recording_shorter_than_a_window(refused, demo_tflite, tmp_path):
    write_recording(Recording(VALUES[:107], 60.0, SENSORS), tmp_path / "short.npz")
    said = refused("run", demo_tflite, "--live", "short.npz", "--axes", "6", "--speed", "0")
    assert "ended before the first window of 108 samples" in said
