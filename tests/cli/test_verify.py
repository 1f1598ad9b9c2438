"""`edgetwin verify`: verdicts, exit codes, a page and figures that can be handed in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles.small_models import softmax_model

import edgetwin as et


@pytest.fixture
def classifier(tmp_path):
    (tmp_path / "classifier.tflite").write_bytes(softmax_model())
    return tmp_path / "classifier.tflite"


@pytest.fixture
def recording(classifier, tmp_path, tflm):
    """What the board gave for five samples."""
    model, path = et.load(classifier), tmp_path / "board.jsonl"
    codes = np.random.default_rng(1).integers(-128, 128, (5, 4)).astype(np.int8)
    np.save(tmp_path / "codes.npy", codes)
    with et.device.open("tflm", model) as device:
        et.device.record(device, path, codes)
    return path


def test_equal(edgetwin, classifier, recording, tmp_path):
    result = edgetwin("verify", classifier, "codes.npy", "--device", f"recorded:{recording}")
    assert result.code == 0, result.err
    assert "equal" in result.out
    metrics = json.loads((tmp_path / "edgetwin-verify" / "metrics.json").read_text())
    assert (metrics["verdict"], metrics["equal"], metrics["samples"]) == ("equal", True, 5)
    assert metrics["facts"]["hash"] == et.load(classifier).hash
    assert metrics["facts"]["arithmetic"] == "tflm@20261023"
    page = (tmp_path / "edgetwin-verify" / "report.html").read_text()
    assert "Equal" in page
    assert "classifier on recorded:" in page
    assert page.count("<tr>") == page.count("</tr>") > 5


def test_differs(edgetwin, classifier, recording, tmp_path):
    lines = recording.read_text().splitlines()
    row = json.loads(lines[3])
    code = int(row["operators"]["0"][2:4], 16) ^ 4
    row["operators"]["0"] = row["operators"]["0"][:2] + f"{code:02x}" + row["operators"]["0"][4:]
    recording.write_text("\n".join([*lines[:3], json.dumps(row), *lines[4:]]))
    result = edgetwin("verify", classifier, "codes.npy", "--device", f"recorded:{recording}", "--json")
    assert result.code == 1
    metrics = json.loads(result.out)
    assert metrics["verdict"] == "differs"
    assert metrics["first"]["operator"] == 0
    assert metrics["first"]["tensor"] == "scores"
    assert metrics["first"]["first"] == [2, 1]
    assert 'class="marked"' in (tmp_path / "edgetwin-verify" / "report.html").read_text()


def test_not_comparable_is_no_pass(edgetwin, classifier, tmp_path):
    np.save(tmp_path / "codes.npy", np.zeros((1, 4), np.int8))
    (tmp_path / "serial.log").write_text("Timing: DSP 1 us\n  a: 0.25\n  b: 0.25\n  c: 0.25\n  d: 0.25\n")
    result = edgetwin("verify", classifier, "codes.npy", "--device", "recorded:serial.log")
    assert result.code == 1
    assert "not comparable" in result.out
    assert json.loads((tmp_path / "edgetwin-verify" / "metrics.json").read_text())["verdict"] == "not comparable"
    assert "this is no pass" in (tmp_path / "edgetwin-verify" / "report.html").read_text()


def test_random_samples_and_a_recording_of_them(edgetwin, classifier, tmp_path, tflm):
    result = edgetwin("verify", classifier, "--device", "tflm", "--samples", 3, "--record", "again.jsonl")
    assert result.code == 0, result.err
    again = edgetwin("verify", classifier, "--device", "recorded:again.jsonl", "--samples", 3)
    assert again.code == 0, again.err
    assert len((tmp_path / "again.jsonl").read_text().splitlines()) == 4


def test_bad_input(refused, classifier):
    assert "accepted are qemu:CORE" in refused("verify", classifier, "--device", "usb:1")
    assert "there is no /dev/ttyNOTHERE" in refused("verify", classifier, "--device", "serial:/dev/ttyNOTHERE")
    assert "Missing option '--device'" in refused("verify", classifier)
    assert "no such board" in refused("verify", classifier, "--device", "qemu:cortex-a53")
