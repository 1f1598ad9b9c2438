"""`edgetwin export`: a folder, its figures, refusals in one line."""

from __future__ import annotations

import importlib.util
import json

import pytest


def test_writes_a_folder_named_for_the_file(edgetwin, demo_tflite, tmp_path):
    outcome = edgetwin("export", demo_tflite, "--out", "firmware")
    assert outcome.code == 0
    assert (tmp_path / "firmware/model/stride.cpp").is_file()
    assert "bytes of RAM" in outcome.out
    assert "written to firmware" in outcome.out


def test_json(edgetwin, demo_tflite, tmp_path):
    content = json.loads(edgetwin("export", demo_tflite, "--name", "walk", "--json").out)
    assert content["name"] == "walk"
    assert content["input_bytes"] == 648
    assert content["arena_bytes"] > 0
    assert (tmp_path / "edgetwin-export/model/walk.hpp").is_file()


def test_arduino(edgetwin, demo_tflite, tmp_path):
    outcome = edgetwin("export", demo_tflite, "--target", "arduino", "--unit", "cm", "--out", "firmware")
    assert outcome.code == 0
    assert (tmp_path / "firmware/Stride_edgetwin.zip").is_file()
    assert 'kUnit[] = "cm"' in (tmp_path / "firmware/Stride_edgetwin/src/model/stride_predict.hpp").read_text()


def test_wasm(edgetwin, demo_tflite, tmp_path):
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip('pip install "edgetwin[wasm]"')
    outcome = edgetwin("export", demo_tflite, "--target", "wasm", "--out", "page", "--rate-hz", "50")
    assert outcome.code == 0
    assert (tmp_path / "page/stride.wasm").read_bytes()[:4] == b"\0asm"
    assert '"rateHz": 50.0' in (tmp_path / "page/index.html").read_text()


def test_refusals(refused, demo_tflite, tmp_path):
    assert "accepted are cpp, arduino, wasm" in refused("export", demo_tflite, "--target", "rust")
    assert "bytes" in refused("export", demo_tflite, "--arena-bytes", "10")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    assert "is no export" in refused("export", demo_tflite, "--out", "full")
