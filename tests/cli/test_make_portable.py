"""`edgetwin make-portable` and `quantize --portable`: files, proofs, and what is split off."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite


def written(tmp_path, end):
    net = Network(np.random.default_rng(3), (1, 12, 2))
    net.layer("conv")
    net.end(end)
    (tmp_path / "net.tflite").write_bytes(write_tflite(net.graph()))
    real = windows(net.rng, net.graph(), 40)
    np.savez(tmp_path / "windows.npz", x=real)
    return real


def test_a_model_that_is_split(edgetwin, tmp_path):
    real = written(tmp_path, "softmax")
    done = edgetwin("make-portable", "net.tflite", "--data", "windows.npz", "--out", "made")
    assert done.code == 0
    assert "(softmax)" in done.out
    assert "against every_rounding: equal" in done.out
    assert "calibrated on 40 windows" in done.out
    model, tail, whole = (et.load(tmp_path / f"made/net_{what}.tflite") for what in ("portable", "tail", "whole"))
    codes = et.kernels.quantize(real, model.inputs[0].scale, model.inputs[0].zero_point)
    assert_array_equal(tail.run(model.run(codes)), whole.run(codes))
    assert_array_equal(whole.run(codes), et.make_portable(et.load(tmp_path / "net.tflite"), real).whole.run(codes))
    metrics = json.loads((tmp_path / "made/metrics.json").read_text())
    assert metrics["certified"] == dict.fromkeys(("single_rounding", "xnnpack", "every_rounding"), "equal")
    for against in metrics["certified"]:
        done = edgetwin("certify", "made/net_portable.tflite", "--check", f"made/certificate_{against}.json")
        assert (done.code, "every claim holds, verdict: equal" in done.out) == (0, True)


def test_an_int8_model_needs_no_data(edgetwin, tmp_path, shared):
    done = edgetwin("make-portable", str(shared / "models/hello_int8.tflite"), "--json")
    assert done.code == 0
    metrics = json.loads(done.out)
    assert (metrics["calibration_samples"], metrics["split"]) == (0, [])
    names = {path.name for path in (tmp_path / "edgetwin-make-portable").iterdir()}
    assert "hello_int8_portable.tflite" in names
    assert "hello_int8_tail.tflite" not in names


def test_quantize(edgetwin, tmp_path):
    real = written(tmp_path, "dense")
    done = edgetwin("quantize", "net.tflite", "--calibration", "windows.npz", "--portable", "--out", "a.tflite")
    assert done.code == 0
    made = et.load(tmp_path / "a.tflite")
    assert made.certify("every_rounding").equal
    assert_array_equal(
        made.predict(real), et.quantize(et.load(tmp_path / "net.tflite"), real, portable=True).predict(real)
    )


@pytest.mark.parametrize(
    ("command", "end", "says"),
    [
        (["make-portable", "net.tflite"], "dense", "accepted for a float32 model are samples"),
        (["quantize", "net.tflite", "--calibration", "windows.npz", "--portable"], "softmax", "make_portable gives"),
        (["make-portable", "net.tflite", "--data", "none.npz"], "dense", "none.npz"),
    ],
    ids=["no-data", "softmax", "no-file"],
)
def test_bad_input(edgetwin, tmp_path, command, end, says):
    written(tmp_path, end)
    outcome = edgetwin(*command)
    assert outcome.code == 2
    assert says in outcome.err
