"""Recordings: ours give back every byte; decimals give integers where the print step allows it, and else no verdict."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.small_models import softmax_model

import edgetwin as et
from edgetwin.device.decimals import codes_of
from edgetwin.device.ei_log import read_ei_log
from edgetwin.types import TensorSpec

SOFTMAX = TensorSpec("probabilities", (2,), np.dtype(np.int8), 1 / 256, -128)


@pytest.fixture(scope="module")
def model():
    return et.load(softmax_model())


def codes(n, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, (n, 4)).astype(np.int8)


def test_a_recording_gives_back_every_byte(model, tmp_path):
    path, x = tmp_path / "board.jsonl", codes(5)
    with et.device.open("tflm", model) as device:
        et.device.record(device, path, x)
    with et.device.open(f"recorded:{path}", model) as again:
        assert_array_equal(again.run(x[::-1]), model.run(x[::-1]))
        result = et.device.assert_bit_exact(model, again, x[2:4])
        assert len(result.operators) == len(model.trace(x))
        assert again.info().note.startswith("recorded from tflm")
        with pytest.raises(et.DataError, match="none of the 5 that were recorded"):
            again.run(codes(1, seed=9))
    assert et.device.open(f"recorded:{path}").run(x).shape == (5, 4)


def test_a_recording_of_another_model(model, tmp_path, request):
    path = tmp_path / "board.jsonl"
    with et.device.open("tflm", model) as device:
        et.device.record(device, path, codes(1))
    text = path.read_text()
    path.write_text(text.replace(model.hash, "0" * 16))
    with pytest.raises(et.DeviceError, match="with hash 0000000000000000, asked for is hash"):
        et.device.open(f"recorded:{path}", model)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: ['{"format": "other"}', *lines[1:]], "line 1: accepted is format"),
        (lambda lines: [lines[0], "{"], "line 2: "),
        (lambda lines: [lines[0], "[]"], "line 2: list, accepted is an object"),
        (lambda lines: [lines[0], "{}"], "line 2: KeyError 'inputs'"),
        (lambda lines: [lines[0], lines[1].replace('"inputs": ["', '"inputs": ["zz')], "line 2: ValueError"),
        (lambda lines: [lines[0], lines[1].replace('"inputs": ["', '"inputs": ["00')], r"inputs of \[5\] bytes, not"),
        (lambda lines: ['{"format": "edgetwin recording", "version": 1}'], "line 1: KeyError 'input_bytes'"),
    ],
)
def test_a_recording_that_is_broken(model, tmp_path, change, message):
    path = tmp_path / "board.jsonl"
    with et.device.open("tflm", model) as device:
        et.device.record(device, path, codes(1))
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(et.DataError, match=message):
        et.device.open(f"recorded:{path}", model)


def test_a_recording_that_is_not_there(model):
    with pytest.raises(et.DataError, match=r"absent.jsonl: No such file"):
        et.device.open("recorded:absent.jsonl", model)


NEW = """boot
Timing: DSP 812 us, inference 3 ms, anomaly 0 ms
#Classification predictions:
  idle: {0}
  snake: {1}
  wave: {2}
  other: {3}
Anomaly prediction: -0.12
"""
OLD = """Starting inferencing in 2 seconds...
Predictions (DSP: 12 ms., Classification: 3 ms., Anomaly: 0 ms.):
    idle: \t{0}\r
    snake: \t{1}\r
    wave: \t{2}
    other: \t{3}
    anomaly score: 0.324
"""
OLDEST = """Predictions (DSP: 12 ms., Classification: 3 ms., Anomaly: 0 ms.): \n[{0}, {1}, {2}, {3}]\n"""


def log(form, outputs, digits, cut=False):
    real = (outputs.astype(np.float64) + 128) / 256
    real = np.floor(real * 10**digits) / 10**digits if cut else real
    return "".join(form.format(*(f"{value:.{digits}f}" for value in row)) for row in real)


@pytest.mark.parametrize("cut", [False, True], ids=["rounded", "cut"])
@pytest.mark.parametrize("digits", [3, 5, 6])
@pytest.mark.parametrize("form", [NEW, OLD, OLDEST], ids=["new", "old", "oldest"])
def test_integers_of_a_log(model, tmp_path, form, digits, cut):
    x = codes(20)
    path = tmp_path / "serial.log"
    path.write_text(log(form, model.run(x), digits, cut))
    with et.device.open(f"recorded:{path}", model) as device:
        assert_array_equal(device.run(x), model.run(x))
        result = et.device.assert_bit_exact(model, device, x)
        assert "only outputs are compared" in result.note
        with pytest.raises(et.DataError, match="holds 20 predictions, there are 19 samples"):
            device.run(x[1:])


def test_a_log_that_differs(model, tmp_path):
    x = codes(4)
    outputs = model.run(x)
    outputs[2, 1] ^= 1
    (tmp_path / "serial.log").write_text(log(NEW, outputs, 5))
    with (
        et.device.open(f"recorded:{tmp_path / 'serial.log'}", model) as device,
        pytest.raises(AssertionError, match=r"first: an output, tensor '.*', at \(2, 1\)"),
    ):
        et.device.assert_bit_exact(model, device, x)


def test_two_digits_are_no_verdict(model, tmp_path):
    (tmp_path / "serial.log").write_text(log(NEW, model.run(codes(4)), 2))
    with pytest.raises(et.NotComparableError, match=r"not comparable: .*line 2: 0\.\d\d is any of \d integers"):
        et.device.open(f"recorded:{tmp_path / 'serial.log'}", model)


def test_all_codes_at_three_digits_and_none_between():
    for code in range(-128, 128):
        text = f"{(code + 128) / 256:.3f}"
        assert codes_of([text, "0.000"], SOFTMAX, "here") == bytes([code % 256, 128])
    with pytest.raises(et.NotComparableError, match=r"here: 0\.0020 is no integer of output 'probabilities'"):
        codes_of(["0.0020", "0"], SOFTMAX, "here")
    with pytest.raises(et.NotComparableError, match="here: 1 values, output 'probabilities' has 2"):
        codes_of(["0.5"], SOFTMAX, "here")
    with pytest.raises(et.NotComparableError, match="has no integers to recover"):
        codes_of(["0.5"], TensorSpec("y", (1,), np.dtype(np.float32), None, None), "here")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "no predictions of Edge Impulse firmware"),
        ("", "no predictions"),
        ("idle: 0.5", "no predictions"),
        (NEW.split("#", maxsplit=1)[0], "line 2: a prediction without values"),
    ],
)
def test_logs_that_are_none(text, message):
    with pytest.raises(et.DataError, match=message):
        read_ei_log(text, "serial.log")


def test_a_log_needs_a_model(tmp_path):
    (tmp_path / "serial.log").write_text(NEW.format(*"0000"))
    with pytest.raises(et.DataError, match="needs the model"):
        et.device.open(f"recorded:{tmp_path / 'serial.log'}")


def test_lines_of_a_recording(model, tmp_path):
    """A person can read it."""
    path, x = tmp_path / "board.jsonl", codes(1)
    with et.device.open("tflm", model) as device:
        et.device.record(device, path, x)
    head, sample = map(json.loads, path.read_text().splitlines())
    assert (head["format"], head["version"], head["hash"]) == ("edgetwin recording", 1, model.hash)
    assert sample["inputs"] == [x.tobytes().hex()]
    assert sample["outputs"] == [model.run(x).tobytes().hex()]
