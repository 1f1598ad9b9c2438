"""`edgetwin demo`: trains, quantizes and evaluates here; the same every time, and repeatable by its own words."""

from __future__ import annotations

import json
import shlex
import time

import pytest

import edgetwin as et

GAIT = [
    "bland_altman.png",
    "demo_stride_f32.tflite",
    "demo_stride_int8.tflite",
    "metrics.json",
    "operators.png",
    "regression.png",
    "strides.npz",
    "training.png",
]
SMALL = ("--train-people", "6", "--people", "3", "--epochs", "2")


def test_gait(edgetwin, tmp_path):
    """A third of the training that is the default, so that two cores have no more than seconds to do."""
    began = time.process_time()
    outcome = edgetwin("demo", "--train-people", "40", "--epochs", "10")
    assert time.process_time() - began < 30
    assert (outcome.code, outcome.err) == (0, "")
    folder = tmp_path / "edgetwin-demo"
    assert sorted(path.name for path in folder.iterdir()) == GAIT
    (result,) = json.loads((folder / "metrics.json").read_text())["evaluations"]
    assert result["samples"] > 400
    assert abs(result["metrics"]["bias"]) < 3
    assert result["metrics"]["sd"] < 6
    assert result["metrics"]["m"] > 0.8
    assert abs(result["paired"]["bias"]) <= 0.4
    assert len(result["study"]["by_subject"]) == 12
    assert (folder / "demo_stride_int8.tflite").stat().st_size <= 77_000
    assert et.load(folder / "demo_stride_int8.tflite").profile().macs == 506_752
    assert "against xnnpack" in outcome.out
    # The command that it prints gives the same figures.
    command = shlex.split(outcome.out.strip().splitlines()[-1].split("edgetwin ", 1)[1])
    again = edgetwin(*command, "--json")
    assert again.code == 0
    assert json.loads(again.out)["evaluations"][0] == result


def test_gait_is_the_same_again(edgetwin, tmp_path):
    first = edgetwin("demo", "gait", *SMALL, "--out", "a walk")
    second = edgetwin("demo", *SMALL, "--out", "again", "--json")
    assert (first.code, first.err, second.code) == (0, "", 0)
    assert json.loads(second.out) == json.loads((tmp_path / "a walk" / "metrics.json").read_text())
    for name in GAIT:
        assert (tmp_path / "a walk" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    other = edgetwin("demo", *SMALL, "--seed", "1", "--json")
    assert json.loads(other.out)["evaluations"][0]["metrics"] != json.loads(second.out)["evaluations"][0]["metrics"]


def test_one_person(edgetwin):
    (one,) = json.loads(edgetwin("demo", *SMALL[:2], *SMALL[4:], "--people", "1", "--json").out)["evaluations"]
    assert 30 <= one["samples"] <= 40
    assert "all samples are of P0000" in one["notes"][-1]


def test_free_fall_without_real_recordings(edgetwin, tmp_path, monkeypatch):
    monkeypatch.delenv("EDGETWIN_SHARED", raising=False)
    outcome = edgetwin("demo", "free-fall", "--epochs", "2")
    assert (outcome.code, outcome.err) == (0, "")
    assert "72 simulated recordings (24 freefall, 24 idle, 24 unknown), each tested once" in outcome.out
    folder = tmp_path / "edgetwin-demo"
    content = json.loads((folder / "metrics.json").read_text())
    assert (content["data"], content["recordings"], content["padded"]) == ("simulated", 72, [])
    for evaluation in content["evaluations"]:
        kind, metrics = evaluation["name"], evaluation["metrics"]
        assert len(content["wrong"][kind]) == round(72 * (1 - metrics["accuracy"]))
        assert (folder / f"{kind}-roc.png").is_file()
        assert et.load(folder / f"fall_{kind}_int8.tflite").outputs[0].shape == (3,)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bogus",), "demo 'bogus', accepted are gait, free-fall"),
        (("gait", "--data", "x"), "--data: recordings for demo free-fall"),
        (("free-fall", "--data", "absent"), "absent"),
    ],
    ids=["case", "data", "folder"],
)
def test_refuses(refused, arguments, says):
    assert says in refused("demo", *arguments)
