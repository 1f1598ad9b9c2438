"""`edgetwin data tripod` and `edgetwin evaluate --tripod`: from raw files to strides, pictures and metrics."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles.files import npz
from oracles.tripod_tree import small_tree, walking_tree

import edgetwin as et
from edgetwin.data import load_tripod, read_recording
from edgetwin.signal import GaitPipeline


@pytest.fixture(scope="module")
def walkers(tmp_path_factory):
    return walking_tree(tmp_path_factory.mktemp("tripod") / "walkers")


def test_strides_pictures_and_acquisitions(edgetwin, walkers, tmp_path):
    outcome = edgetwin("data", "tripod", walkers, "--out", "out")
    assert (outcome.code, outcome.err) == (0, "")
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        *(f"Sub_0{n}-PWS-RF{end}" for n in (0, 1) for end in ("-steps.png", "-windows.png", ".npz")),
        "edge_impulse",
        "metrics.json",
    ]
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0][:2] == ["recording", "strides"]
    assert lines[1][:2] == ["Sub_00-PWS-RF", "25"]
    strides = GaitPipeline().strides(load_tripod(walkers, "Sub_01", "PWS"))
    written = npz(out / "Sub_01-PWS-RF.npz")
    assert set(written) == {"strides", "length", "label_cm", "start_s", "initial_contact_s", "reference_contact_s",
                            "complete"}  # fmt: skip
    for name in set(written) - {"strides"}:
        np.testing.assert_array_equal(written[name], getattr(strides, name))
    np.testing.assert_array_equal(written["strides"], strides.windows)


def test_acquisitions_are_named_as_published(edgetwin, walkers, tmp_path):
    assert edgetwin("data", "tripod", walkers, "--out", "out").code == 0
    strides = GaitPipeline().strides(load_tripod(walkers, "Sub_00", "PWS"))
    folder = tmp_path / "out" / "edge_impulse"
    names = [f"Sub_00-PWS-RF-{k}-stride-length-cm-{int(cm)}.json" for k, cm in enumerate(strides.label_cm, 1)]
    assert sorted(path.name for path in folder.glob("Sub_00*")) == sorted(names)
    assert len(list(folder.iterdir())) == 50
    payload = json.loads((folder / names[7]).read_text())["payload"]
    assert payload["interval_ms"] == 16.666667
    assert [(s["name"], s["units"]) for s in payload["sensors"]] == [
        *((f"G{axis}", "rad/s") for axis in "xyz"), *((f"A{axis}", "g") for axis in "xyz"),
    ]  # fmt: skip
    assert len(payload["values"]) == 108
    np.testing.assert_array_equal(read_recording(folder / names[7]).values, strides.windows[7])


def test_json_tells_what_was_found(edgetwin, walkers, tmp_path):
    outcome = edgetwin("data", "tripod", walkers, "--causal", "--foot", "RF", "--json")
    content = json.loads(outcome.out)
    assert content == json.loads((tmp_path / "edgetwin-tripod" / "metrics.json").read_text())
    assert (content["causal"], content["pairing"], content["skipped"]) == (True, "time", [])
    for row in content["recordings"]:
        assert (row["strides"], row["incomplete"], row["missed"]) == (25, 0, 0)
        assert abs(row["lag_ms"]["mean"]) < 34


def test_a_bad_recording_is_refused_or_listed(edgetwin, refused, tmp_path):
    root = walking_tree(tmp_path / "walkers", strides=8)
    path = root / "Sub_00" / "PWS" / "IMU" / "RF.csv"
    path.write_text(path.read_text().replace("[deg/s]", "[rad/s]", 1))
    assert f"{path}, line 7, column 'Gyro X': unit '[rad/s]'" in refused("data", "tripod", root)
    outcome = edgetwin("data", "tripod", root, "--skip-bad")
    assert outcome.code == 0
    assert f"skipped: {path}, line 7" in outcome.out
    assert "Sub_01-PWS-RF" in outcome.out
    (content,) = json.loads(edgetwin("data", "tripod", root, "--skip-bad", "--json").out)["skipped"]
    assert content.startswith(f"{path}, line 7")
    (root / "SyncInfo.csv").unlink()
    assert "every recording was skipped" in refused("data", "tripod", root, "--skip-bad", "--out", "other")


def test_what_does_not_fit(refused, walkers, demo_tflite, tmp_path):
    assert "--foot: 'R', accepted are RF, LF" in refused("data", "tripod", walkers, "--foot", "R")
    assert "no recordings of LF" in refused("data", "tripod", walkers, "--foot", "LF")
    assert "pairing: 'name', accepted are time, order" in refused("data", "tripod", walkers, "--pairing", "name")
    assert "no such folder" in refused("data", "tripod", "nowhere")
    noise = small_tree(tmp_path / "noise")
    assert "no stride was found that belongs to one of" in refused("data", "tripod", noise)
    assert "Sub_AB-PWS-RF: no complete stride" in refused("evaluate", demo_tflite, "--tripod", noise)
    assert "DATA and --tripod" in refused("evaluate", demo_tflite, "a.npz", "--tripod", walkers)
    assert "--labels and --tripod" in refused("evaluate", demo_tflite, "--labels", "y", "--tripod", walkers)
    assert "Missing argument 'DATA...': files, or --tripod ROOT" in refused("evaluate", demo_tflite)
    assert "--foot chooses recordings of --tripod" in refused("evaluate", demo_tflite, "a.npz", "--foot", "RF")


def test_evaluate_walkers(edgetwin, walkers, demo_tflite, tmp_path):
    """Both forms of each recording, and of all together; the model was trained on other simulated walkers."""
    outcome = edgetwin("evaluate", demo_tflite, "--tripod", walkers, "--json")
    assert outcome.code == 0
    content = json.loads(outcome.out)
    assert content["unit"] == "cm"
    assert [(e["name"], e["samples"]) for e in content["evaluations"]] == [
        ("Sub_00-PWS-RF", 25),
        ("Sub_00-PWS-RF-causal", 25),
        ("Sub_01-PWS-RF", 25),
        ("Sub_01-PWS-RF-causal", 25),
        ("all", 50),
        ("all-causal", 50),
    ]
    strides = GaitPipeline(causal=True).strides(load_tripod(walkers, "Sub_01", "PWS"))
    expected = et.metrics.agreement(et.load(demo_tflite).predict(strides.flat), strides.label_cm)
    assert content["evaluations"][3]["metrics"] == pytest.approx(expected.as_dict())
    pictures = {path.name for path in (tmp_path / "edgetwin-evaluate").glob("*.png")}
    assert {"all-causal-bland_altman.png", "Sub_00-PWS-RF-bland_altman.png"} <= pictures


def test_incomplete_strides_are_left_out_and_told(edgetwin, demo_tflite, tmp_path):
    root = walking_tree(tmp_path / "walkers", walkers=1)
    path = root / "Sub_00" / "PWS" / "OptoGait" / "optogait.csv"
    lines = path.read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("21,"))
    cells = lines[place].split(",")
    cells[7] = "0.5"
    lines[place] = ",".join(cells)
    path.write_text("\n".join(lines))
    outcome = edgetwin("evaluate", demo_tflite, "--tripod", root)
    assert outcome.code == 0
    assert "note: Sub_00-PWS-RF: 1 incomplete strides left out" in outcome.out
    evaluations = json.loads((tmp_path / "edgetwin-evaluate" / "metrics.json").read_text())["evaluations"]
    assert [(e["name"], e["samples"]) for e in evaluations] == [("Sub_00-PWS-RF", 24), ("Sub_00-PWS-RF-causal", 24)]


def test_the_real_excerpt(edgetwin, shared):
    """From raw files to Bland-Altman in one command: the published figures, and those of a board's filters beside."""
    root = shared / "datasets" / "tripod_excerpt"
    outcome = edgetwin("evaluate", shared / "models/gait_int8.tflite", "--tripod", root)
    assert (outcome.code, outcome.err) == (0, "")
    rows = {line.split()[0]: line for line in outcome.out.splitlines() if line.strip()}
    for name, strides, figures in (
        ("Sub_FZ-PWS-RF", 96, "0.92 / 3.90"),
        ("Sub_FZ-PWS-RF-causal", 95, "0.90 / 3.98"),
        ("Sub_FZ-PWS+20-RF", 109, "4.24 / 3.55"),
        ("Sub_FZ-PWS+20-RF-causal", 108, "4.37 / 3.32"),
    ):
        assert rows[name].split()[1] == str(strides)
        assert figures in rows[name]
    assert "predictions differ from the zero-phase ones by 0.03 +- 1.16 over 95 strides" in outcome.out
