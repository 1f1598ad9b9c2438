"""`edgetwin report`, and `--report` of other commands: pages with what each has."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from oracles.small_models import softmax_model

import edgetwin as et

SMALL = ("--train-people", "6", "--people", "3", "--epochs", "2")


def sections(path):
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    return re.findall(r'<h2 id="section-\d+">(.*?)</h2>', page)


@pytest.fixture
def samples(demo_tflite, tmp_path):
    """Windows, labels and the model's own outputs as recorded ones."""
    windows, label_cm = et.signal.simulate_strides(range(2))
    model = et.load(demo_tflite)
    source = model.inputs[0]
    codes = et.kernels.quantize(windows.reshape(len(windows), -1), source.scale, source.zero_point)
    arrays = {"int8_input": codes, "int8_output": model.run(codes), "label_cm": label_cm}
    np.savez(tmp_path / "strides.npz", **arrays)
    return arrays


def test_demo_and_then_report(edgetwin, tmp_path):
    demo = edgetwin("demo", *SMALL, "--report", "demo.html")
    assert demo.code == 0, demo.err
    assert "demo.html" in demo.out
    assert sections(tmp_path / "demo.html") == [
        "Data", "Windows", "Training", "float32, int8 and device", "Agreement", "Error by layer", "Byte by byte",
        "Size, RAM and latency", "Reproduce",
    ]  # fmt: skip
    assert "edgetwin demo --train-people 6" in (tmp_path / "demo.html").read_text()
    folder = tmp_path / "edgetwin-demo"
    files = (folder / "demo_stride_int8.tflite", folder / "strides.npz", "--against", folder / "demo_stride_f32.tflite")
    made = edgetwin("report", *files, "--ram", "100000", "--resamples", "50", "--json")
    assert made.code == 0, made.err
    content = json.loads(made.out)
    assert content["fits"] is True
    assert content["evaluations"][0]["against"]["samples"] == content["evaluations"][0]["samples"] > 80
    assert sections(tmp_path / "edgetwin-report" / "report.html") == [
        "Data", "Windows", "float32, int8 and device", "Agreement", "Error by layer", "Size, RAM and latency",
        "Reproduce",
    ]  # fmt: skip


def test_recorded_bytes_and_budgets_decide(edgetwin, demo_tflite, samples, tmp_path):
    fits = edgetwin("report", demo_tflite, "strides.npz", "--flash", "1000000")
    assert fits.code == 0, fits.err
    page = (tmp_path / "edgetwin-report" / "report.html").read_text()
    assert f"0 of {len(samples['label_cm'])} recorded output bytes differ" in page
    small = edgetwin("report", demo_tflite, "--ram", "100")
    assert small.code == 1
    assert "ram" in small.out.lower()
    assert sections(tmp_path / "edgetwin-report" / "report.html") == ["Size, RAM and latency", "Reproduce"]
    np.savez(tmp_path / "strides.npz", **samples | {"int8_output": samples["int8_output"] ^ 1})
    assert edgetwin("report", demo_tflite, "strides.npz").code == 1


def test_a_device_that_differs(edgetwin, tmp_path, tflm):
    (tmp_path / "classifier.tflite").write_bytes(softmax_model())
    model = et.load(tmp_path / "classifier.tflite")
    codes = np.random.default_rng(1).integers(-128, 128, (5, 4)).astype(np.int8)
    np.savez(tmp_path / "codes.npz", int8_input=codes, labels=np.arange(5) % 4)
    with et.device.open("tflm", model) as device:
        et.device.record(device, tmp_path / "board.jsonl", codes)
    command = ("report", "classifier.tflite", "codes.npz", "--device", "recorded:board.jsonl", "--samples", "5")
    same = edgetwin(*command, "--json")
    assert (same.code, json.loads(same.out)["device"]["equal"]) == (0, True)
    lines = (tmp_path / "board.jsonl").read_text().splitlines()
    row = json.loads(lines[3])
    row["operators"]["0"] = f"{int(row['operators']['0'][:2], 16) ^ 4:02x}" + row["operators"]["0"][2:]
    (tmp_path / "board.jsonl").write_text("\n".join([*lines[:3], json.dumps(row), *lines[4:]]))
    assert edgetwin(*command).code == 1
    assert "Byte by byte" in sections(tmp_path / "edgetwin-report" / "report.html")


def test_evaluate(edgetwin, demo_tflite, samples, tmp_path):
    outcome = edgetwin("evaluate", demo_tflite, "strides.npz", "--resamples", "20", "--report", "page.html")
    assert outcome.code == 0, outcome.err
    assert sections(tmp_path / "page.html") == ["Data", "Windows", "float32, int8 and device", "Agreement", "Reproduce"]


def test_sweep(edgetwin, tmp_path):
    (tmp_path / "trial.py").write_text(
        "import json, sys\nx = float(dict(a.lstrip('-').split('=') for a in sys.argv[1:])['x'])\n"
        "print(json.dumps({'loss': (x - 2) ** 2, 'arena_bytes': 1000 * x}))\n"
    )
    (tmp_path / "sweep.yaml").write_text(
        "program: trial.py\nmethod: grid\nmetric: {name: loss, goal: minimize}\n"
        "parameters: {x: {values: [1.0, 2.0, 3.0]}, api_key: {value: hush-hush}}\n"
    )
    outcome = edgetwin("sweep", "sweep.yaml", "--report", "sweep.html", "--json")
    if outcome.code == 2 and "pip install" in outcome.err:
        pytest.skip(outcome.err.strip())
    assert outcome.code == 0, outcome.err
    page = (tmp_path / "sweep.html").read_text()
    assert "hush-hush" not in page
    assert page.count("***") == 3
    assert "trial 1: loss 0, of 3 trials" in page
    assert sections(tmp_path / "sweep.html") == ["Trials", "Error and cost", "Reproduce"]


def test_bad_input(refused, demo_tflite, tmp_path):
    assert "nothing.npz" in refused("report", demo_tflite, "nothing.npz")
    assert "z80" in refused("report", demo_tflite, "--target", "z80")
    assert "--device needs DATA" in refused("report", demo_tflite, "--device", "tflm")
