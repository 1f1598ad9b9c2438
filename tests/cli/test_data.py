"""`edgetwin data`: info and convert."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edgetwin.data import LabelSpan, Recording, load, read_recording, write_folder


def recording(name, label, samples=20, **changes) -> Recording:
    values = np.arange(2 * samples).reshape(samples, 2)
    return Recording.from_values(values, 50, ["x", "y"], label=label, name=name, **changes)


@pytest.fixture
def folder(tmp_path):
    given = [recording("a.1", "rest"), recording("a.2", "rest", 30), recording("b.1", "walk", 10)]
    return write_folder(given, tmp_path / "recordings")


def test_info(edgetwin, folder):
    outcome = edgetwin("data", "info", folder)
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0] == ["label", "recordings", "samples", "shortest", "median", "longest", "seconds"]
    assert lines[1] == ["rest", "2", "50", "20", "25", "30", "1.0"]
    assert lines[2] == ["walk", "1", "10", "10", "10", "10", "0.2"]
    assert "50 Hz; sensors x, y" in outcome.out


def test_info_as_json_with_what_was_skipped(edgetwin, folder):
    outcome = edgetwin("data", "info", folder, "--least-samples", 15, "--skip-bad", "--json")
    content = json.loads(outcome.out)
    assert outcome.code == 0
    assert content["labels"] == [
        {"label": "rest", "recordings": 2, "samples": 50, "shortest": 20, "median": 25.0, "longest": 30}
    ]
    assert content["sensors"] == [{"name": "x", "unit": ""}, {"name": "y", "unit": ""}]
    assert [one["path"] for one in content["skipped"]] == [str(folder / "b.1.json")]
    assert "it has 10 samples, accepted are 15 and more" in content["skipped"][0]["reason"]
    shown = edgetwin("data", "info", folder, "--least-samples", 15, "--skip-bad").out
    assert f"skipped: {folder / 'b.1.json'}: it has 10 samples" in shown


def test_info_of_spans_numbers_and_no_labels(edgetwin, tmp_path):
    spanned = recording("s", None, spans=[LabelSpan("rest", 0, 9)])
    root = write_folder([recording("n", 0.0), spanned], tmp_path / "some")
    shown = edgetwin("data", "info", root).out
    assert "several in one recording" in shown
    assert "0.0" in shown
    shown = edgetwin("data", "info", root, "--labels", "none").out
    assert "no label" in shown


@pytest.mark.parametrize("kind", ["json", "cbor", "csv", "npz"])
def test_convert_a_folder(edgetwin, folder, tmp_path, kind):
    outcome = edgetwin("data", "convert", folder, "--to", kind, "--out", "new")
    assert (outcome.code, outcome.err) == (0, "")
    assert "3 recordings written to new" in outcome.out
    again = load(tmp_path / "new")
    assert again.labels == ["rest", "rest", "walk"]
    assert [r.values.tobytes() for r in again] == [r.values.tobytes() for r in load(folder)]


def test_convert_one_file_and_sign_it(edgetwin, folder, tmp_path):
    outcome = edgetwin("data", "convert", folder / "a.1.json", "--to", "cbor", "--out", "new", "--sign", "s", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == {"written": "new", "kind": "cbor", "recordings": 1, "skipped": []}
    read = read_recording(tmp_path / "new" / "a.1.cbor", key="s")
    assert read.values.tobytes() == read_recording(folder / "a.1.json").values.tobytes()


def test_keys_come_from_the_environment_too(edgetwin, folder, monkeypatch):
    monkeypatch.setenv("EDGETWIN_HMAC_SIGN_KEY", "s")
    assert edgetwin("data", "convert", folder, "--to", "json", "--out", "new").code == 0
    monkeypatch.setenv("EDGETWIN_HMAC_KEY", "s")
    assert edgetwin("data", "info", "new").code == 0
    monkeypatch.setenv("EDGETWIN_HMAC_KEY", "t")
    assert edgetwin("data", "info", "new").code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["info", "none"], "no such folder"),
        (["info"], "Missing argument 'FOLDER'"),
        (["info", "{folder}", "--labels", "names"], "accepted are auto, folder, none"),
        (["info", "{folder}", "--least-samples", "99", "--skip-bad"], "all 3 files were skipped"),
        (["info", "{folder}", "--least-samples", "15"], "b.1.json: it has 10 samples"),
        (["info", "{folder}", "--key", "k"], "it is not signed"),
        (["info", "{folder}", "--rate", "60"], "accepted are the given 60 Hz"),
        (["info", "{folder}", "--sensor", "z"], "no sensor 'z' in it, it has x, y"),
        (["convert", "{folder}", "--to", "wav"], "--to: 'wav', accepted are json, cbor, csv, npz"),
        (["convert", "{folder}", "--to", "csv", "--sign", "k"], "a key signs .json and .cbor"),
        (["convert", "{folder}", "--to", "csv", "--out", "{folder}"], "it is there already"),
        (["convert", "none", "--to", "csv"], "no such folder"),
        (["bogus"], "No such command 'bogus'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_misuse_is_one_line(refused, folder, arguments, says):
    assert says in refused("data", *(str(part).format(folder=folder) for part in arguments))


def test_help(edgetwin):
    bare = edgetwin("data")
    assert bare.code == 2
    assert "info" in bare.out
    assert "convert" in bare.out
    assert edgetwin("data", "info", "-h").code == 0
