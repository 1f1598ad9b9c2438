"""Every kind of bad input in one folder: each has one message that names the file and the place in it."""

from __future__ import annotations

import json

import pytest

from edgetwin.data import load, stream
from edgetwin.errors import DataError

KEY = "a project's key"
RATE_HZ = 50
SAMPLES = 30


def rows(count=SAMPLES, step_ms=20, header="time_ms,x (g),y (g)"):
    return [header, *(f"{i * step_ms},{i / 8},{-i / 8}" for i in range(count))]


def with_line(number, text):
    """A good file but for one line, counted from 1; None leaves it out."""
    lines = rows()
    lines[number - 1 : number] = [] if text is None else [text]
    return "\n".join(lines)


def acquisition(**changes):
    payload = {
        "device_type": "board",
        "interval_ms": 1000 / RATE_HZ,
        "sensors": [{"name": "x", "units": "g"}, {"name": "y", "units": "g"}],
        "values": [[i / 8, -i / 8] for i in range(SAMPLES)],
    }
    document = {"protected": {"ver": "v1", "alg": "HS256"}, "signature": "0" * 64, "payload": payload | changes}
    return json.dumps(document)


#: What is wrong -> name, content, options, what the message says behind the file's path.
FAULTS = {
    "missing column": ("b.csv", with_line(9, "140,1"), {}, "line 9 has 2 columns, accepted are the 3 of the header"),
    "missing cell": ("b.csv", with_line(9, "140,,1"), {}, "line 9 has nothing in column 2"),
    "missing sensor": ("b.csv", "\n".join(rows(header="time_ms,x (g),z (g)")), {}, "its sensors are x (g), z (g)"),
    "asked sensor": ("b.csv", "\n".join(rows(header="time_ms,x (g),z (g)")), {"sensors": ["x", "y"]}, "no sensor 'y'"),
    "no time": ("b.csv", with_line(1, "a,x (g),y (g)"), {}, "line 1 has no time in its first column"),
    "wrong unit": ("b.csv", with_line(1, "time_ms,x (g),y (m/s2)"), {}, "its sensors are x (g), y (m/s2); accepted"),
    "wrong unit of time": ("b.csv", with_line(1, "time (h),x (g),y (g)"), {}, "line 1: 'time' has the unit 'h'"),
    "NaN": ("b.csv", with_line(5, "60,nan,1"), {}, "line 5 holds 'nan' in column 2, accepted are finite numbers"),
    "null": ("b.json", acquisition(values=[[1, 2], [3, None]]), {}, "payload.values[1] holds None, accepted are num"),
    "gap": ("b.csv", with_line(9, None), {}, "line 9: 40 after the sample before, 20 is usual: samples are missing"),
    "duplicate time": ("b.csv", with_line(9, "120,0,0"), {}, "line 9: time 120 is there twice, accepted are growing"),
    "decreasing time": ("b.csv", with_line(9, "110,0,0"), {}, "line 9: time goes back from 120 to 110"),
    "jitter": ("b.csv", with_line(9, "145,0,0"), {}, "line 9: 25 after the sample before, 20 is usual (and 1 more)"),
    "empty": ("b.csv", "", {}, "it is empty"),
    "empty JSON": ("b.json", "", {}, "it is empty"),
    "empty CBOR": ("b.cbor", "", {}, "it is empty"),
    "header only": ("b.csv", rows()[0], {}, "it has a header and no samples"),
    "another rate": ("b.csv", "\n".join(rows(step_ms=10)), {}, "its rate is 100 Hz, accepted are the 50 Hz of a.1.csv"),
    "signature": ("b.json", acquisition(), {"key": KEY, "pattern": "b*"}, "wrong signature"),
    "CBOR": ("b.cbor", "\xff", {}, "invalid CBOR"),
    "JSON": ("b.json", acquisition()[:-1], {}, "no JSON"),
    "short": ("b.csv", "\n".join(rows(19)), {"least_samples": 20}, "it has 19 samples, accepted are 20 and more"),
    "no label": ("c.csv", "\n".join(rows()), {}, "it has no label, a.1.csv has one"),
    "no recording": ("b.txt", "hello", {}, "a file of kind '.txt', accepted are .json, .cbor, .csv"),
}


def written(root, fault):
    """A good file and a bad one."""
    name, content, options, says = FAULTS[fault]
    name = name if fault == "no label" else f"b.{fault.replace(' ', '-')}{name[1:]}"
    (root / "a.1.csv").write_text("\n".join(rows()), encoding="utf-8")
    (root / name).write_text(content, encoding="latin-1")
    return root / name, options, says


@pytest.mark.parametrize("fault", FAULTS)
def test_one_message_names_the_file_and_the_place(tmp_path, fault):
    path, options, says = written(tmp_path, fault)
    with pytest.raises(DataError) as caught:
        load(tmp_path, **options)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_skipped_files_are_listed_with_their_reasons(tmp_path):
    """All faults that need no option at once: what is good is read, all the rest listed, nothing else left out."""
    expected = {}
    for fault, (_, _, options, _) in FAULTS.items():
        if not options:
            path, _, says = written(tmp_path, fault)
            expected[path] = says
    source = stream(tmp_path, skip_bad=True)
    assert [recording.name for recording in source] == ["a.1.csv"]
    assert {skipped.path for skipped in source.skipped} == set(expected)
    for skipped in source.skipped:
        assert str(skipped.path) in skipped.reason
        assert expected[skipped.path] in skipped.reason
