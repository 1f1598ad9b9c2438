"""`edgetwin compare`: table, files, exit codes."""

from __future__ import annotations

import json

import numpy as np
import pytest

import edgetwin as et


@pytest.fixture
def strides(tmp_path):
    windows, _ = et.signal.simulate_strides(range(3))
    np.savez(tmp_path / "strides.npz", windows=windows.reshape(len(windows), -1))
    return tmp_path / "strides.npz"


def test_differing(edgetwin, demo_tflite, strides, tmp_path):
    result = edgetwin("compare", demo_tflite, strides, "--against", "single_rounding")
    assert result.code == 1
    assert "cause: double rounding against single rounding" in result.out
    folder = tmp_path / "edgetwin-compare"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["equal"] is False
    assert metrics["first"]["name"] == "conv_2d"
    assert (folder / "operators.png").read_bytes().startswith(b"\x89PNG")


def test_equal_and_json(edgetwin, demo_tflite, strides):
    result = edgetwin("compare", demo_tflite, strides, "--against", demo_tflite, "--json", "--out", "out")
    assert result.code == 0
    assert json.loads(result.out)["equal"] is True


@pytest.mark.parametrize("against", ["cmsis", "missing.tflite"])
def test_bad_against(refused, demo_tflite, strides, against):
    assert "accepted are a .tflite file or one of" in refused("compare", demo_tflite, strides, "--against", against)


def test_installed_runtimes(edgetwin, demo_tflite, strides, tmp_path):
    pytest.importorskip("ai_edge_litert", reason='pip install ".[test]"')
    pytest.importorskip("tflite_micro", reason='pip install ".[test]"')
    assert edgetwin("compare", demo_tflite, strides, "--against", "tflm", "--out", "board").code == 0
    result = edgetwin("compare", demo_tflite, strides, "--against", "litert", "--out", "phone")
    assert result.code == 1
    assert "cause: rounding tie: the exact value there is " in result.out
    assert (tmp_path / "phone/operators.png").read_bytes().startswith(b"\x89PNG")


def test_a_runtime_that_is_not_installed(refused, demo_tflite, strides, monkeypatch):
    monkeypatch.setattr("edgetwin.device.peers.available", lambda runtime: False)
    for runtime in ("tflm", "litert"):
        words = refused("compare", demo_tflite, strides, "--against", runtime)
        assert 'pip install "edgetwin[peers]"' in words
