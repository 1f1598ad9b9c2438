"""`edgetwin quantize`: files in, a model, figures and a picture out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite


@pytest.fixture
def files(tmp_path):
    """A float32 model and windows for it."""
    net = Network(np.random.default_rng(3), (1, 12, 2))
    net.layer("conv")
    net.end("dense")
    (tmp_path / "net.tflite").write_bytes(write_tflite(net.graph()))
    real = windows(net.rng, net.graph(), 40)
    np.savez(tmp_path / "windows.npz", x=real)
    np.save(tmp_path / "more.npy", real[:7])
    return real


def test_folder(edgetwin, files, tmp_path):
    done = edgetwin("quantize", "net.tflite", "--calibration", "windows.npz")
    assert done.code == 0
    folder = tmp_path / "edgetwin-quantize"
    assert sorted(path.name for path in folder.iterdir()) == ["metrics.json", "net_int8.tflite", "operators.png"]
    model = et.load(tmp_path / "net.tflite")
    made = et.load(folder / "net_int8.tflite")
    assert_array_equal(made.predict(files), et.quantize(model, files).predict(files))
    metrics = json.loads((folder / "metrics.json").read_text())
    report = et.quantization_report(model, made, files).to_dict()
    assert {key: metrics[key] for key in report} == json.loads(json.dumps(report))
    assert metrics["notes"] == []
    assert "fully_connected" in done.out
    assert "calibrated on 40 windows, compared on 40 windows" in done.out


def test_one_file_and_options(edgetwin, files, tmp_path):
    arguments = ["--weights", "int4", "--method", "percentile", "--percentile", "99.5", "--bias-correction"]
    ends = ["--float-inputs", "--float-outputs", "--samples", "20", "--calibration", "more.npy"]
    done = edgetwin(
        "quantize", "net.tflite", "--calibration", "windows.npz", *arguments, *ends, "--out", "a.tflite", "--json"
    )
    assert done.code == 0
    assert json.loads(done.out)["calibration_samples"] == 20
    assert not (tmp_path / "metrics.json").exists()
    graph = et.load(tmp_path / "a.tflite").graph
    assert [o.name for o in graph.operators] == ["quantize", "conv_2d", "reshape", "fully_connected", "dequantize"]
    assert {t.dtype for t in graph.tensors if "weights" in t.name} == {"int4"}


def test_figures_of_other_windows(edgetwin, files):
    done = edgetwin("quantize", "net.tflite", "--calibration", "windows.npz", "--test", "more.npy")
    assert "calibrated on 40 windows, compared on 7 windows" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.tflite"], "Missing option '--calibration'"),
        (["net.tflite", "--calibration", "none.npz"], "none.npz"),
        (["net.tflite", "--calibration", "windows.npz", "--method", "best"], "accepted are min_max"),
        (["stride.tflite", "--calibration", "windows.npz"], "accepted is a float32 model"),
        (["net.tflite", "--calibration", "windows.npz", "--weights", "int2"], "accepted are int8, int4"),
    ],
    ids=["no-calibration", "no-file", "method", "int8", "weights"],
)
def test_bad_input(refused, files, demo_tflite, arguments, message):
    assert message in refused("quantize", *arguments)
