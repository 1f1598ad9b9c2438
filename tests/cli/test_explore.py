"""`edgetwin data explore` and `edgetwin data rule`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edgetwin.data import Recording, write_folder


@pytest.fixture
def folder(tmp_path):
    """Falls of 0.5 s (25 samples of hardly any acceleration) in 10 recordings, none in 10 others."""
    rng = np.random.default_rng(4)

    def made():
        for number in range(20):
            values = rng.normal((0, 0, 9.8), 0.5, (200, 3))
            if number % 2:
                values[50:75] *= 0.05
            label = "fall" if number % 2 else "other"
            yield Recording.from_values(values, 50, ["x", "y", "z"], label=label, name=f"r{number}")

    return write_folder(made(), tmp_path / "falls")


def test_explore(edgetwin, folder, tmp_path):
    outcome = edgetwin("data", "explore", folder, "--window", 1, "--hop", 0.5, "--param", "skewness=false")
    assert (outcome.code, outcome.err) == (0, "")
    assert [line.split() for line in outcome.out.splitlines()[:3]] == [
        ["label", "windows"],
        ["fall", "70"],
        ["other", "70"],
    ]
    assert "18 features of flatten" in outcome.out
    out = tmp_path / "edgetwin-explore"
    assert sorted(path.name for path in out.iterdir()) == [
        "features.html", "features.npz", "features.png", "metrics.json"]  # fmt: skip
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["windows"] == {"fall": 70, "other": 70}
    assert metrics["params"]["skewness"] is False
    arrays = np.load(out / "features.npz")
    assert arrays["features"].shape == (140, 18)
    assert arrays["features"].dtype == np.float32
    assert arrays["names"][0] == "x Average"
    assert arrays["windows"][1] == "r0.json at 0.500 s"
    assert (arrays["recording_of"] == np.repeat(np.arange(20), 7)).all()


def test_explore_chosen_axes_as_json(edgetwin, folder):
    options = ["--block", "spectral_analysis", "--param", "fft-length=16", "--axes", "x RMS, z RMS", "--out", "new"]
    outcome = edgetwin("data", "explore", folder, *options, "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["params"]["fft_length"] == 16


def test_explore_skips_what_is_shorter_than_a_window(edgetwin, folder):
    short = Recording.from_values(np.zeros((20, 3)), 50, ["x", "y", "z"], name="short")
    info = json.loads((folder / "info.labels").read_text(encoding="utf-8"))
    info["files"].append({"path": "short.json", "label": {"type": "label", "label": "other"}})
    (folder / "info.labels").write_text(json.dumps(info), encoding="utf-8")
    from edgetwin.data import write_recording

    write_recording(short, folder / "short.json")
    outcome = edgetwin("data", "explore", folder, "--window", 1, "--skip-bad", "--json")
    assert "it has 20 samples, accepted are 50 and more" in json.loads(outcome.out)["skipped"][0]["reason"]


def test_rule(edgetwin, folder):
    outcome = edgetwin("data", "rule", folder, "--label", "fall", "--seeds", 2)
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0] == ["split", "threshold", "seconds", "test", "recordings", "sensitivity", "specificity", "accuracy"]
    assert [line[0] for line in lines[1:]] == ["0", "1", "mean"]
    assert lines[3][1:] == ["1.000", "1.000", "1.000"]
    content = json.loads(edgetwin("data", "rule", folder, "--label", "fall", "--json").out)
    assert len(content["splits"]) == 5
    assert content["mean"] == {"sensitivity": 1.0, "specificity": 1.0, "accuracy": 1.0}
    assert all(0.5 < row["threshold"] < 9 for row in content["splits"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explore", "{folder}", "--block", "wavelet"], "feature block 'wavelet'"),
        (["explore", "{folder}", "--param", "log"], "--param: 'log', accepted is NAME=VALUE"),
        (["explore", "{folder}", "--param", "log=1"], "unknown parameter log"),
        (["explore", "{folder}", "--axes", "x RMS"], "axes: 1 names"),
        (["explore", "{folder}", "--axes", "x RMS,y"], "axes: 'y' names 0 features"),
        (["explore", "{folder}", "--window", "9"], "it has 200 samples, accepted are 450 and more"),
        (["explore", "{folder}", "--dimensions", "4"], "'--dimensions'"),
        (["explore", "none"], "no such folder"),
        (["rule", "{folder}", "--label", "walk"], "--label: no recording has the label 'walk'"),
        (["rule", "{folder}", "--label", "fall", "--test", "1"], "test: 1.0, accepted is a share"),
        (["rule", "{folder}"], "Missing option '--label'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_misuse_is_one_line(refused, folder, arguments, says):
    assert says in refused("data", *(part.format(folder=folder) for part in arguments))


def test_real_falls(edgetwin, shared):
    """What the rule does on recordings that it was not fitted on: one fall of fifteen is missed, no other found."""
    content = json.loads(
        edgetwin("data", "rule", shared / "datasets" / "free_fall", "--label", "freefall", "--json").out
    )
    assert content["mean"]["sensitivity"] == pytest.approx(14 / 15, abs=1e-9)
    assert content["mean"]["specificity"] == 1.0
