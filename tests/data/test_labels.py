"""Labels of files: from names and from info.labels."""

from __future__ import annotations

import json

import pytest

from edgetwin.data import LabelSpan, Recording
from edgetwin.data.labels import (
    FileLabel,
    encode_info_labels,
    info_entry,
    label_of_name,
    number_of,
    read_info_labels,
)
from edgetwin.errors import DataError


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("rest.1mp8s.json", "rest"),
        ("free fall.a.b.c.csv", "free fall"),
        ("rest.json", None),
        ("rest", None),
        (".hidden.json", None),
        ("", None),
    ],
)
def test_label_of_a_name(name, label):
    assert label_of_name(name) == label


def test_numbers():
    assert number_of("0.5") == 0.5
    for text in ("fast", "nan", "inf", ""):
        with pytest.raises(DataError, match="accepted are numbers"):
            number_of(text)


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "info.labels"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_info_labels(path)

    return run


def test_as_edge_impulse_writes_it(read):
    files = [
        {"path": "training/a.json", "name": "a", "category": "training", "label": {"type": "label", "label": "rest"}},
        {"path": "b.csv", "label": {"type": "unlabeled"}, "metadata": {"site": "Amsterdam", "age": 3}},
        {"path": "c.csv", "enabled": False},
        {"path": "d.wav", "label": {"type": "multi-label", "labels": [
            {"label": "noise", "startIndex": 0, "endIndex": 4}, {"label": "word", "startIndex": 5, "endIndex": 5}]}},
    ]  # fmt: skip
    assert read({"version": 1, "files": files}) == {
        "training/a.json": FileLabel("rest", metadata={"category": "training"}),
        "b.csv": FileLabel(metadata={"site": "Amsterdam", "age": "3"}),
        "c.csv": FileLabel(metadata={"enabled": "false"}),
        "d.wav": FileLabel(None, (LabelSpan("noise", 0, 5), LabelSpan("word", 5, 6))),
    }


def test_written_is_read(read):
    spans = (LabelSpan("a", 0, 2), LabelSpan("b", 2, 3))
    recordings = {
        "x/a.csv": Recording.from_values([1, 2], 1, ["x"], label="ü", metadata={"subject": "1"}),
        "b.csv": Recording.from_values([1, 2, 3], 1, ["x"], spans=spans, metadata={"category": "testing"}),
        "c.csv": Recording.from_values([1], 1, ["x"], label=1.5),
        "d.csv": Recording.from_values([1], 1, ["x"]),
    }
    split = {"category": "split"}
    assert read(encode_info_labels(info_entry(path, recording) for path, recording in recordings.items())) == {
        "x/a.csv": FileLabel("ü", metadata={"subject": "1", **split}),
        "b.csv": FileLabel(None, spans, {"category": "testing"}),
        "c.csv": FileLabel("1.5", metadata=split),
        "d.csv": FileLabel(metadata=split),
    }


def test_a_label_and_spans_do_not_go_together():
    both = Recording.from_values([1, 2], 1, ["x"], label="a", spans=[LabelSpan("b", 0, 1)], name="r")
    with pytest.raises(DataError, match="r: both a label and spans"):
        info_entry("a.csv", both)


def one(**entry):
    return {"version": 1, "files": [{"path": "a.json", **entry}]}


def span(**changes):
    part = {"label": "a", "startIndex": 0, "endIndex": 1} | changes
    return one(label={"type": "multi-label", "labels": [part]})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "no JSON"),
        (b"\xff\xff", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        ([], "no list `files`"),
        ({"version": 1}, "no list `files`"),
        ({"files": []}, "version is None, accepted is 1"),
        ({"version": 2, "files": []}, "version is 2"),
        ({"version": 1, "files": [3]}, r"files\[0\] has no path"),
        (one(path=3), r"files\[0\] has no path"),
        (one(path="../a"), r"files\[0\]\.path is '\.\./a', accepted is a path below"),
        (one(path="/a"), "accepted is a path below"),
        (one(path=""), "accepted is a path below"),
        ({"version": 1, "files": [{"path": "a"}, {"path": "./a"}]}, r"files\[1\]\.path is 'a', which is there already"),
        (one(metadata=[]), r"files\[0\]\.metadata is list"),
        (one(label="rest"), r"files\[0\]\.label is 'rest', accepted is a map of type label, multi-label, unlabeled"),
        (one(label={"type": "labels"}), "accepted is a map of type"),
        (one(label={"type": "label"}), r"label\.label is None, accepted is a text"),
        (one(label={"type": "label", "label": 3}), r"label\.label is 3"),
        (one(label={"type": "multi-label", "labels": []}), r"label\.labels is \[\]"),
        (span(label=3), r"labels\[0\] is "),
        (span(startIndex="0"), r"labels\[0\] is "),
        (span(endIndex=True), r"labels\[0\] is "),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_refuses(read, content, says):
    with pytest.raises(DataError, match=says) as caught:
        read(content)
    assert "info.labels: " in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*info\.labels: No such file"):
        read_info_labels(tmp_path / "info.labels")
