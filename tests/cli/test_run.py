"""`edgetwin run`: exact integers from every kind of file, and files that cannot be used."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.files import npz

import edgetwin as et

RNG = np.random.default_rng(11)
REAL = np.round(RNG.normal(0, 0.1, (3, 648)), 4)


def codes_of(model, real):
    return et.kernels.quantize(np.float32(real), model.inputs[0].scale, model.inputs[0].zero_point)


def write_csv(path):
    np.savetxt(path, REAL, delimiter=",", header=",".join(f"f{i}" for i in range(648)), comments="")
    return REAL


def write_json(path):
    values = REAL[0].reshape(108, 6).tolist()
    path.write_text(json.dumps({"payload": {"sensors": [{"name": str(i)} for i in range(6)], "values": values}}))
    return REAL[:1]


def write_windows(path):
    np.savez(path, windows=REAL.reshape(3, 108, 6))
    return REAL


def write_one(path):
    np.save(path, REAL[1])
    return REAL[1:2]


def write_npy(path):
    np.save(path, np.asfortranarray(REAL))
    return REAL


KINDS = {
    "a.csv": write_csv,
    "a.json": write_json,
    "a.npz": write_windows,
    "a.npy": write_npy,
    "one.npy": write_one,
    "A.CSV": write_csv,
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file(edgetwin, demo_tflite, tmp_path, name):
    real = KINDS[name](tmp_path / name)
    outcome = edgetwin("run", demo_tflite, name)
    assert (outcome.code, outcome.err) == (0, "")
    folder = tmp_path / "edgetwin-run"
    assert sorted(p.name for p in folder.iterdir()) == ["metrics.json", "outputs.npz"]
    model = et.load(demo_tflite)
    written = npz(folder / "outputs.npz")
    expected = model.run(codes_of(model, real))
    assert written["codes"].dtype == np.int8
    assert_array_equal(written["codes"], expected)
    assert_allclose(written["real"], model.predict(np.float32(real)), rtol=1e-6)
    assert written["real"].shape == written["codes"].shape
    for row in expected:
        assert f" {row[0]} " in outcome.out
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["samples"] == len(real)
    assert metrics["distinct_outputs"] == len(np.unique(expected))


def test_codes_are_taken_as_they_are(edgetwin, demo_tflite, tmp_path):
    codes = RNG.integers(-128, 128, (40, 648)).astype(np.int8)
    np.save(tmp_path / "codes.npy", codes)
    outcome = edgetwin("run", demo_tflite, "codes.npy", "--out", "there", "--json")
    assert outcome.code == 0
    content = json.loads(outcome.out)
    assert content["outputs"] == "there/outputs.npz"
    assert content["samples"] == 40
    assert_array_equal(npz(tmp_path / "there/outputs.npz")["codes"], et.load(demo_tflite).run(codes))


def test_many_samples_show_the_first_ten(edgetwin, demo_tflite, tmp_path):
    np.save(tmp_path / "codes.npy", np.zeros((13, 648), np.int8))
    assert "... and 3 more" in edgetwin("run", demo_tflite, "codes.npy").out


def test_outputs_of_a_picture_model(edgetwin, shared, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 32, 32, 3), np.int8))
    outcome = edgetwin("run", shared / "models/resnet8_int8.tflite", "x.npy")
    assert outcome.code == 0
    assert " ..." in outcome.out
    assert "largest" in outcome.out
    assert npz(tmp_path / "edgetwin-run/outputs.npz")["codes"].shape == (2, 10)


def test_outputs_of_a_classifier_name_the_winner(edgetwin, shared, tmp_path):
    path = shared / "models/kws_int8.tflite"
    x = RNG.integers(-128, 128, (4, 49, 10, 1)).astype(np.int8)
    np.save(tmp_path / "x.npy", x)
    outcome = edgetwin("run", path, "x.npy")
    rows = [line.split() for line in outcome.out.splitlines()[1:5]]
    assert [int(row[-1]) for row in rows] == et.load(path).run(x).argmax(1).tolist()
    assert "4 samples in" in outcome.out
    assert "written to edgetwin-run: outputs.npz, metrics.json" in outcome.out


def test_real_values_tell_neighbouring_codes_apart(edgetwin, demo_tflite, tmp_path):
    np.save(tmp_path / "x.npy", REAL[:1])
    outcome = edgetwin("run", demo_tflite, "x.npy")
    code, real = outcome.out.splitlines()[1].split()[1:3]
    output = et.load(demo_tflite).outputs[0]
    assert real == f"{output.scale * (int(code) - output.zero_point):.2f}"
    assert "1 sample in" in outcome.out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.npy", None, "No such file or directory"),
        ("a.txt", b"1,2", "accepted are .npz, .npy, .csv and Edge Impulse .json"),
        ("a.npy", b"", "cannot read a.npy"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'for", "cannot read a.npy"),
        ("a.npz", b"PK\x03\x04 and no more", "not a zip file"),
        ("a.csv", b"a,b\n1,x\n", "line 2 holds 'x'"),
        ("a.csv", b"1,2,3\n", "shape (1, 3), the model takes samples of shape (648,)"),
        ("a.csv", b",".join([b"nan"] * 648), "NaN"),
        ("a.json", b"{}", "no payload"),
    ],
    ids=["missing", "kind", "empty", "truncated-npy", "truncated-npz", "csv-text", "csv-shape", "csv-nan", "json"],
)
def test_bad_files(refused, demo_tflite, tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert says in refused("run", demo_tflite, name)


@pytest.mark.parametrize("place", ["file", "file/inside"])
@pytest.mark.parametrize("command", ["run", "evaluate", "demo"])
def test_an_out_path_that_cannot_be_a_folder(refused, demo_tflite, tmp_path, command, place):
    (tmp_path / "file").write_bytes(b"kept")
    np.savez(tmp_path / "a.npz", x=REAL, y=np.zeros(3))
    arguments = [] if command == "demo" else [demo_tflite, "a.npz"]
    assert "cannot write to the folder" in refused(command, *arguments, "--out", place)
    assert (tmp_path / "file").read_bytes() == b"kept"


@pytest.mark.parametrize("command", ["run", "evaluate"])
def test_a_result_that_cannot_be_replaced(edgetwin, demo_tflite, tmp_path, command):
    # A folder of the result's name stands in for every reason, also where root may write anywhere.
    np.savez(tmp_path / "a.npz", x=REAL, y=np.arange(3.0))
    (tmp_path / "out/metrics.json").mkdir(parents=True)
    outcome = edgetwin(command, demo_tflite, "a.npz", "--out", "out")
    assert outcome.code == 2
    assert outcome.err == "edgetwin: cannot write out/metrics.json: Is a directory\n"
    assert not [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".")]
