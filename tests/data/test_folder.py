"""Folders of recordings: order, labels, what has to be alike, what is skipped, what is written."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from edgetwin.data import LabelSpan, Recording, Recordings, Sensor, load, read_recording, stream, write_folder
from edgetwin.data.folder import Skipped
from edgetwin.data.formats import write_recording
from edgetwin.errors import DataError, OutputError


def recording(name="a", samples=4, rate=50, sensors=("x", "y"), **changes) -> Recording:
    values = np.arange(samples * len(sensors)).reshape(samples, -1) + len(name)
    return Recording.from_values(values, rate, sensors, name=name, **changes)


@pytest.fixture
def folder(tmp_path):
    """Write recordings as files of those names into a folder."""

    def run(*names, info=None, **changes):
        root = tmp_path / "recordings"
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_recording(recording(name, **changes.get(name, {})), path)
        if info is not None:
            files = [{"path": path, "label": label} for path, label in info.items()]
            (root / "info.labels").write_text(json.dumps({"version": 1, "files": files}), encoding="utf-8")
        return root

    return run


def test_in_the_order_of_names_with_folders_in_it(folder):
    root = folder("b.1.json", "a.2.cbor", "c/a.1.csv", "c/.hidden.csv", ".git/x.json", "a.1.npz")
    loaded = load(root)
    assert [r.name for r in loaded] == ["a.1.npz", "a.2.cbor", "b.1.json", "c/a.1.csv"]
    assert loaded.labels == ["a", "a", "b", "a"]
    assert not loaded.skipped
    assert loaded[-1].name == "c/a.1.csv"
    assert len(loaded[1:3]) == 2


def test_a_stream_is_the_folder_again_and_again(folder):
    source = stream(folder("a.1.json", "b.1.json"))
    assert tuple(source) == load(source.folder).items
    assert source.done == 2
    seen = iter(source)
    assert next(seen).name == "a.1.json"
    assert source.done == 1
    assert len(source.paths) == 2


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ({}, ["a", "b"]),
        ({"labels": "none"}, [None, None]),
        ({"labels": "folder"}, ["x", "y"]),
        ({"pattern": "b*"}, ["b"]),
    ],
    ids=str,
)
def test_where_labels_come_from(folder, options, labels):
    assert load(folder("x/a.1.json", "y/b.1.json"), **options).labels == labels


def test_numbers_as_labels(folder):
    assert load(
        folder("1_25.a.json", info={"1_25.a.json": {"type": "label", "label": "1.25"}}), label_type="number"
    ).labels == [1.25]
    with pytest.raises(DataError, match=r"1_25\.a\.json: its label is 'fast', accepted are numbers"):
        load(folder("1_25.a.json", info={"1_25.a.json": {"type": "label", "label": "fast"}}), label_type="number")


def test_info_labels_go_before_names_and_reach_folders_below(folder):
    info = {
        "a.1.json": {"type": "label", "label": "rest"},
        "c/d.json": {"type": "multi-label", "labels": [{"label": "p", "startIndex": 0, "endIndex": 1}]},
    }
    loaded = load(folder("a.1.json", "c/d.json", info=info))
    assert loaded.labels == ["rest", None]
    assert loaded[1].spans == (LabelSpan("p", 0, 2),)


def test_no_file_has_a_label(folder):
    assert load(folder("a.json", "b.json")).labels == [None, None]


RATES = {"b.1.json": {"rate": 60}}


@pytest.mark.parametrize(
    ("names", "changes", "options", "says"),
    [
        (["a.1.json", "b.json"], {}, {}, r"b\.json: it has no label, a\.1\.json has one"),
        (["a.1.json", "b.1.json"], {"info": {"a.1.json": {"type": "label", "label": "r"}}}, {},
         r"b\.1\.json: it has no label"),
        (["a.1.json", "b.1.json"], RATES, {}, r"b\.1\.json: its rate is 60 Hz, accepted are the 50 Hz of a\.1\.json"),
        (["a.1.json", "b.1.json"], {"b.1.json": {"sensors": ("x", "z")}}, {},
         r"b\.1\.json: its sensors are x \(\), z \(\); accepted are those of a\.1\.json: x \(\), y \(\)"),
        (["a.1.json", "b.1.json"], {"b.1.json": {"sensors": ("x", Sensor("y", "g"))}}, {},
         r"b\.1\.json: its sensors are x \(\), y \(g\)"),
        (["a.1.json", "b.1.json"], {"b.1.json": {"samples": 3}}, {"least_samples": 4},
         r"b\.1\.json: it has 3 samples, accepted are 4 and more"),
        (["a.1.json", "b.1.json"], {"b.1.json": {"sensors": ("x",)}}, {"sensors": ["y", "x"]},
         r"b\.1\.json: no sensor 'y' in it"),
        (["a.1.json"], {"info": {"a.1.json": {"type": "multi-label", "labels": [
            {"label": "p", "startIndex": 0, "endIndex": 4}]}}}, {}, r"a\.1\.json: .*'p' from 0 to 5, accepted .* to 4"),
        (["a.1.json"], {"info": {"a.1.json": {"type": "label", "label": "r"}, "z.json": {"type": "unlabeled"}}}, {},
         r"info\.labels: 'z\.json' is not there"),
    ],
    ids=["label", "info", "rate", "sensors", "unit", "short", "chosen", "span", "no-file"],
)  # fmt: skip
def test_refuses(folder, names, changes, options, says):
    root = folder(*names, **changes)
    with pytest.raises(DataError, match=says) as caught:
        load(root, **options)
    assert str(root) in str(caught.value)


def test_a_rate_within_the_tolerance(folder):
    assert [r.rate_hz for r in load(folder("a.1.json", "b.1.json", **RATES), rate_tolerance=0.2)] == [50, 60]


def test_skipped_files_are_listed(folder):
    root = folder("a.1.json", "b.1.json", "c.json", "d.1.json", **RATES)
    (root / "notes.md").write_text("hello", encoding="utf-8")
    (root / "e.1.json").write_text("{", encoding="utf-8")
    loaded = load(root, skip_bad=True)
    assert [r.name for r in loaded] == ["a.1.json", "d.1.json"]
    reasons = {skipped.path.name: skipped.reason for skipped in loaded.skipped}
    assert reasons.keys() == {"b.1.json", "c.json", "notes.md", "e.1.json"}
    assert "its rate is 60 Hz" in reasons["b.1.json"]
    assert "it has no label" in reasons["c.json"]
    assert "accepted are .json" in reasons["notes.md"]
    assert "no JSON" in reasons["e.1.json"]
    assert all(str(skipped.path) in skipped.reason for skipped in loaded.skipped)
    source = stream(root, skip_bad=True)
    assert [len(list(source)), len(source.skipped), len(list(source)), len(source.skipped)] == [2, 4, 2, 4]


def test_the_least_length_in_seconds(folder):
    root = folder("a.1.json", "b.1.json", **{"b.1.json": {"samples": 9}})
    assert len(load(root, least_s=4.4 / 50)) == 2
    loaded = load(root, least_s=4.5 / 50, skip_bad=True)
    assert [r.name for r in loaded] == ["b.1.json"]
    assert "it has 4 samples, accepted are 5 and more" in loaded.skipped[0].reason
    with pytest.raises(DataError, match="accepted are 7 and more"):
        load(root, least_s=5 / 50, least_samples=7)


def test_nothing_left(folder):
    root = folder("a.1.json")
    with pytest.raises(DataError, match=r"all 1 files were skipped: .*a\.1\.json: it has 4 samples"):
        load(root, least_samples=9, skip_bad=True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"labels": "names"}, "labels: 'names', accepted are auto, folder, none"),
        ({"label_type": "int"}, "label_type: 'int', accepted are class, number"),
        ({"pattern": "*.wav"}, r"no files in it that match '\*\.wav'"),
        ({"least_s": -1}, "least_s: -1, accepted is a positive finite number"),
    ],
)
def test_options_that_are_none(folder, options, says):
    with pytest.raises(DataError, match=says):
        stream(folder("a.1.json"), **options)


def test_linked_folders_are_read_and_loops_refused(folder, tmp_path):
    root = folder("a.1.json")
    (tmp_path / "other").mkdir()
    write_recording(recording(), tmp_path / "other" / "b.1.json")
    (root / "linked").symlink_to(tmp_path / "other")
    assert [r.name for r in load(root)] == ["a.1.json", "linked/b.1.json"]
    (root / "loop").symlink_to(root)
    with pytest.raises(DataError, match="loop: a link to a folder above it"):
        load(root)


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="it is a file"):
        load(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no files in it, accepted are"):
        load(tmp_path / "empty")


@pytest.mark.parametrize("kind", ["json", "cbor", "csv", "npz"])
def test_a_written_folder_is_read(tmp_path, kind):
    metadata = {"subject": "7", "category": "training"}
    given = [
        recording("x/a.1.json", label="rest", metadata=metadata),
        recording("b", spans=[LabelSpan("p", 1, 3)], metadata={"category": "split"}),
    ]
    root = write_folder(given, tmp_path / "new" / "folder", kind=kind)
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == sorted(
        [f"b.{kind}", "info.labels", "x", f"x/a.1.{kind}"]
    )
    b, a = load(root)
    for read, written in ((a, given[0]), (b, given[1])):
        assert read.values.tobytes() == written.values.tobytes()
        assert (read.label, read.spans, read.sensors) == (written.label, written.spans, written.sensors)
        assert written.metadata.items() <= read.metadata.items()


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(DataError, match=r"'a\.json' as a name, accepted are distinct"):
        write_folder([recording("a.csv"), recording("a.json")], tmp_path / "new", kind="csv")
    with pytest.raises(DataError, match=r"'\.\./a' as a name, accepted are"):
        write_folder([recording("b"), recording("../a")], tmp_path / "new")
    with pytest.raises(DataError, match="a key signs"):
        write_folder([recording("b")], tmp_path / "new", kind="csv", key="k")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_not_written_into(tmp_path):
    (tmp_path / "a").mkdir()
    write_folder([recording("b")], tmp_path / "a")
    for target in (tmp_path / "a", tmp_path / "a" / "b.json"):
        with pytest.raises(OutputError, match="it is there already"):
            write_folder([recording("b")], target)


def test_signed_folders(tmp_path):
    root = write_folder([recording("a.1", label="a")], tmp_path / "new", kind="cbor", key="secret")
    assert load(root, key="secret").labels == ["a"]
    with pytest.raises(DataError, match="wrong signature"):
        load(root, key="other")


# Real data.


def test_free_fall(shared):
    loaded = load(shared / "datasets" / "free_fall")
    assert Counter(loaded.labels) == {"freefall": 16, "idle": 15, "unknown": 52}
    assert {r.rate_hz for r in loaded} == {62.5}
    assert {r.sensors for r in loaded} == {tuple(Sensor(f"acc{axis}", "m/s2") for axis in "XYZ")}
    assert sorted(Counter(len(r.values) for r in loaded)) == [38, 64, 80, 104, 109, 187]
    window = load(shared / "datasets" / "free_fall", least_samples=125, skip_bad=True)
    assert isinstance(window, Recordings)
    assert len(window) == 78
    assert all(
        isinstance(skipped, Skipped) and "accepted are 125 and more" in skipped.reason for skipped in window.skipped
    )
    with pytest.raises(DataError, match="wrong signature"):
        load(shared / "datasets" / "free_fall", key="secret")


@pytest.mark.parametrize("kind", ["json", "cbor", "csv", "npz"])
def test_free_fall_in_every_format(shared, tmp_path, kind):
    original = load(shared / "datasets" / "free_fall" / "training", pattern="idle.*")
    again = load(write_folder(original, tmp_path / kind, kind=kind))
    assert again.labels == original.labels
    assert [r.values.tobytes() for r in again] == [r.values.tobytes() for r in original]
    assert [r.rate_hz for r in again] == [62.5] * 15
    assert [dict(r.metadata) for r in again] == [{**r.metadata, "category": "split"} for r in original]


def test_cutlery(shared):
    loaded = load(shared / "datasets" / "cutlery")
    assert Counter(loaded.labels) == {"forks": 56, "knives": 46, "spoons": 57, "unknown": 74}
    assert {r.pixels.shape for r in loaded} == {(160, 160, 3)}


def test_words(shared):
    folder = shared / "datasets" / "tflm_examples"
    loaded = load(folder, pattern="*_1000ms.wav")
    assert [(r.name, r.rate_hz, r.values.shape) for r in loaded] == [
        (f"{word}_1000ms.wav", 16_000, (16_000, 1)) for word in ("no", "noise", "silence", "yes")
    ]
    assert read_recording(folder / "person.bmp").pixels.shape == (96, 96, 3)
