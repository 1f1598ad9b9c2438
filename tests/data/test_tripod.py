"""The TRIPOD reader: what a tree of files says, the real excerpt, and one message for whatever is wrong with a file."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.tripod_tree import imu_text, small_tree, write_trial

import edgetwin as et
from edgetwin.data import GaitRecording, GaitReference, load_tripod, tripod_trials


@pytest.fixture
def tree(tmp_path):
    return small_tree(tmp_path / "tripod")


def test_trials_are_listed(tree):
    assert [(t.subject, t.trial, t.foot) for t in tripod_trials(tree)] == [
        ("Sub_AB", "PWS", "RF"),
        ("Sub_AB", "PWS", "LF"),
        ("Sub_AB", "PWS+20", "RF"),
        ("Sub_AB", "PWS+20", "LF"),
    ]
    for trial in tripod_trials(tree):
        assert load_tripod(tree, **vars(trial)).name == f"{trial.subject}-{trial.trial}-{trial.foot}"


@pytest.mark.parametrize(("foot", "first"), [("RF", 0.25), ("LF", 0.5)])
def test_a_trial(tree, foot, first):
    recording = load_tripod(tree, "Sub_AB", "PWS", foot)
    assert (recording.rate_hz, recording.foot, recording.label) == (128.0, foot, None)
    assert [(s.name, s.unit) for s in recording.sensors] == [
        ("Gx", "deg/s"), ("Gy", "deg/s"), ("Gz", "deg/s"), ("Ax", "g"), ("Ay", "g"), ("Az", "g"),
    ]  # fmt: skip
    assert dict(recording.metadata) == {"subject": "Sub_AB", "trial": "PWS", "foot": foot}
    rng = np.random.default_rng(5)
    both = [np.round(rng.normal(0, 3, (300, 6)), 5) for _ in range(2)]
    assert_array_equal(recording.values, both[foot == "LF"].astype(np.float32))
    reference = recording.reference
    assert reference.first_contact_s == 0.25
    assert_allclose(reference.contact_s, first + np.arange(4) * 0.5, atol=1e-9)
    # The left foot's first row holds a stride that is none.
    numbers = np.arange(3) * 2 + (3 if foot == "RF" else 4)
    assert_array_equal(reference.length_cm, 130 + numbers)
    assert_allclose(reference.duration_s, 0.5)


def test_recordings_are_values(tree):
    recording = load_tripod(tree, "Sub_AB", "PWS")
    again = pickle.loads(pickle.dumps(recording))
    assert isinstance(again, GaitRecording)
    assert again == recording
    assert again != load_tripod(tree, "Sub_AB", "PWS", "LF")
    assert again.reference != load_tripod(tree, "Sub_AB", "PWS", "LF").reference


@pytest.mark.parametrize(("trial", "first", "strides"), [("PWS", 5.88281, 123), ("PWS+20", 6.24219, 143)])
def test_the_real_excerpt(shared, trial, first, strides):
    root = shared / "datasets" / "tripod_excerpt"
    right, left = (load_tripod(root, "Sub_FZ", trial, foot) for foot in ("RF", "LF"))
    assert right.values.shape == left.values.shape == ({"PWS": 20693, "PWS+20": 22091}[trial], 6)
    assert right.reference.contact_s[0] == right.reference.first_contact_s == left.reference.first_contact_s == first
    assert len(right.reference.length_cm) == strides - 1
    assert 0 < left.reference.contact_s[0] - first < 1
    assert 100 < np.nanmean(right.reference.length_cm) < 150


def replaced(path, *pairs):
    """Replace first occurrences in a file."""
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def line(path, number, change):
    """Change one line; None removes it."""
    lines = path.read_text().splitlines()
    changed = change(lines[number - 1])
    lines[number - 1 : number] = [] if changed is None else [changed]
    path.write_text("\n".join(lines) + "\n")


def cell(place, text):
    def change(row):
        cells = row.split(",")
        cells[place] = text
        return ",".join(cells)

    return change


IMU_FAULTS = {
    "empty": (lambda p: p.write_text(""), "RF.csv: it is empty"),
    "blank": (lambda p: p.write_text("\n \n"), "RF.csv: it is empty"),
    "header-only": (lambda p: p.write_text("\n".join(p.read_text().splitlines()[:7])), "7 lines, accepted are 7 head"),
    "binary": (lambda p: p.write_bytes(b"\xff\xfe\x00"), "byte 0 is not UTF-8 text"),
    "column": (lambda p: replaced(p, ("Gyro Y", "Gyro Q")), "no single column 'Gyro Y', the columns are 'Time"),
    "column-twice": (lambda p: replaced(p, ("Gyro Z", "Gyro Y")), "line 6: no single column 'Gyro Y'"),
    "unit": (lambda p: replaced(p, ("[deg/s]", "[rad/s]")), r"line 7, column 'Gyro X': unit '\[rad/s\]', accepted is"),
    "accel-unit": (lambda p: replaced(p, ("[g]", "[m/s2]")), r"line 7, column 'Accel X': unit '\[m/s2\]'"),
    "units-short": (lambda p: line(p, 7, lambda _: "[s]"), "line 7, column 'Gyro X': unit ''"),
    "rate-missing": (lambda p: replaced(p, ("Gyro [128 hz]", "Gyro")), "line 5, column 2: 'Gyro', accepted is"),
    "rates-mixed": (lambda p: replaced(p, ("Accel [128 hz]", "Accel [64 hz]")), "line 5: rates of 64 and 128 Hz"),
    "rate-zero": (lambda p: line(p, 5, lambda r: r.replace("128", "0")), "line 5: rates of 0 Hz"),
    "rate-wrong": (lambda p: line(p, 5, lambda r: r.replace("128", "129")), "samples at 128.000 Hz, line 5 tells 129"),
    "points": (lambda p: replaced(p, ("points: 300", "points: 301")), "300 samples, line 3 tells 301 .* not whole"),
    "points-missing": (lambda p: replaced(p, ("Total data points: 300", "")), "line 3: '', accepted is 'Total data"),
    "text": (lambda p: line(p, 20, cell(3, "x1")), r"line 20, column 'Gyro Z': 'x1', accepted is a finite number"),
    "empty-cell": (lambda p: line(p, 21, cell(4, "")), "line 21, column 'Accel X': ''"),
    "nan": (lambda p: line(p, 22, cell(6, "nan")), "line 22, column 'Accel Z': 'nan'"),
    "infinite": (lambda p: line(p, 22, cell(1, "-inf")), "line 22, column 'Gyro X': '-inf'"),
    "time-text": (lambda p: line(p, 23, cell(0, "?")), "line 23, column 'Time'"),
    "cells": (lambda p: line(p, 24, lambda r: r + "1,"), "line 24: 15 columns, accepted are the 14 of line 6"),
    "blank-line": (lambda p: line(p, 24, lambda _: ""), "line 24: 1 columns"),
    "duplicate": (lambda p: line(p, 30, cell(0, f"{22 / 128:.5f}")), "line 30, column 'Time': 0.17188 s is the same"),
    "decreasing": (lambda p: line(p, 30, cell(0, "0.1")), "line 30, column 'Time': 0.10000 s is before the"),
    "gap": (lambda p: line(p, 30, lambda _: None), r"line 30, column 'Time': 0.18750 s is 0.01562 s after .*: a gap"),
    "jitter": (lambda p: line(p, 30, cell(0, "0.18100")), "line 30, .* 1.17 sample periods after .* jitters"),
}  # fmt: skip


@pytest.mark.parametrize("fault", IMU_FAULTS)
def test_faults_of_a_recording(tree, fault):
    break_it, says = IMU_FAULTS[fault]
    path = tree / "Sub_AB" / "PWS" / "IMU" / "RF.csv"
    break_it(path)
    with pytest.raises(et.DataError, match=says) as caught:
        load_tripod(tree, "Sub_AB", "PWS")
    assert str(path) in str(caught.value)
    # The other foot's file is whole.
    load_tripod(tree, "Sub_AB", "PWS", "LF")


OPTOGAIT_FAULTS = {
    "empty": (lambda p: p.write_text(""), "optogait.csv: it is empty"),
    "column": (lambda p: replaced(p, ("Stride,", "Strides,")), "line 1: no single column 'Stride'"),
    "side": (lambda p: replaced(p, ("3,3,R", "3,3,Q")), "line 5, column 'L/R': 'Q', accepted are 'L' and 'R'"),
    "remark": (lambda p: replaced(p, ("No step", "No idea")), "line 11, column 'L/R': ''"),
    "split-empty": (lambda p: line(p, 5, cell(5, "")), "line 5, column 'Split': ''"),
    "split-text": (lambda p: line(p, 5, cell(5, "x")), "line 5, column 'Split': 'x'"),
    "split-comma": (lambda p: line(p, 5, cell(5, "16,5")), "line 5: 10 columns, accepted are the 9 of line 1"),
    "stride-text": (lambda p: line(p, 5, cell(6, "long")), "line 5, column 'Stride': 'long'"),
    "order": (lambda p: line(p, 5, cell(5, "16.000")), "line 5, column 'Split': 16 s is not after the R contact"),
    "cut": (lambda p: line(p, 5, lambda _: "3,3,R"), "line 5: 3 columns, accepted are the 9 of line 1"),
    "one-contact": (lambda p: p.write_text("\n".join(p.read_text().splitlines()[:4])), "1 R contacts, accepted are"),
}  # fmt: skip


@pytest.mark.parametrize("fault", OPTOGAIT_FAULTS)
def test_faults_of_a_reference(tree, fault):
    break_it, says = OPTOGAIT_FAULTS[fault]
    path = tree / "Sub_AB" / "PWS" / "OptoGait" / "optogait.csv"
    break_it(path)
    with pytest.raises(et.DataError, match=says) as caught:
        load_tripod(tree, "Sub_AB", "PWS")
    assert str(path) in str(caught.value)


def test_a_reference_may_lack_lengths(tree):
    line(tree / "Sub_AB" / "PWS" / "OptoGait" / "optogait.csv", 5, cell(6, ""))
    reference = load_tripod(tree, "Sub_AB", "PWS").reference
    assert_array_equal(np.isnan(reference.length_cm), [True, False, False])


SYNC_FAULTS = {
    "missing-row": (lambda p: replaced(p, ("Sub_AB,PWS,", "Sub_AC,PWS,")), "no row for subject 'Sub_AB', run 'PWS'"),
    "missing-column": (lambda p: replaced(p, ("ic_time", "time")), "line 1: no single column 'ic_time'"),
    "text": (lambda p: replaced(p, ("PWS,0.25", "PWS,soon")), "line 2, column 'ic_time': 'soon'"),
    "negative": (lambda p: replaced(p, ("PWS,0.25", "PWS,-1")), "line 2, column 'ic_time': -1 s"),
    "late": (lambda p: replaced(p, ("PWS,0.25", "PWS,99")), "ic_time 99 s of Sub_AB PWS is after the recording's end"),
    "twice": (lambda p: p.write_text(p.read_text() + "Sub_AB,PWS,0.3\n"), "line 4: Sub_AB PWS is there twice"),
    "no-file": (lambda p: p.unlink(), "cannot read .*SyncInfo.csv: No such file"),
}  # fmt: skip


@pytest.mark.parametrize("fault", SYNC_FAULTS)
def test_faults_of_the_synchronisation(tree, fault):
    break_it, says = SYNC_FAULTS[fault]
    break_it(tree / "SyncInfo.csv")
    with pytest.raises(et.DataError, match=says):
        load_tripod(tree, "Sub_AB", "PWS")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Sub_AB", "PWS", "R"), "foot 'R', accepted are RF, LF"),
        (("Sub_AB", "PWS-20"), "PWS-20: no such trial; there are Sub_AB PWS, Sub_AB PWS+20"),
        (("Sub_AC", "PWS"), "no such trial"),
    ],
    ids=["foot", "trial", "subject"],
)
def test_what_is_not_there(tree, arguments, says):
    with pytest.raises(et.DataError, match=re.escape(says)):
        load_tripod(tree, *arguments)


def test_no_root(tmp_path):
    with pytest.raises(et.DataError, match="no such folder"):
        load_tripod(tmp_path / "none", "a", "b")
    with pytest.raises(et.DataError, match="no <subject>/<trial>/IMU"):
        tripod_trials(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(et.DataError, match=r"cannot read .*RF\.csv: No such file"):
        load_tripod(tmp_path, "a", "b")


def test_other_rates_are_read(tmp_path):
    values = np.zeros((40, 6))
    write_trial(tmp_path, "S", "T", {"RF": values}, [0.1, 0.2], [], 0.1)
    (tmp_path / "S/T/IMU/RF.csv").write_text(imu_text(values, rate=200))
    assert load_tripod(tmp_path, "S", "T").rate_hz == 200


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"contact_s": np.array([1.0, 1.0])}, et.DataError, "contacts must rise"),
        ({"first_contact_s": np.nan}, et.DataError, "the first be a finite time"),
        ({"contact_s": np.array([1.0, 2.0], np.float32)}, et.ShapeError, "contact_s is float32"),
        ({"length_cm": np.zeros(2)}, et.ShapeError, r"length_cm is float64 of shape \(2,\), accepted"),
        ({"contact_s": np.zeros(0)}, et.ShapeError, "contact_s"),
    ],
    ids=["order", "first", "dtype", "lengths", "none"],
)  # fmt: skip
def test_a_reference_is_checked(changes, error, says):
    good = {
        "first_contact_s": 1.0,
        "contact_s": np.array([1.0, 2.0]),
        "length_cm": np.ones(1),
        "duration_s": np.ones(1),
    }
    GaitReference(**good)
    with pytest.raises(error, match=says):
        GaitReference(**(good | changes))


def test_a_foot_is_checked(tree):
    recording = load_tripod(tree, "Sub_AB", "PWS")
    with pytest.raises(et.DataError, match="foot 'left', accepted are RF, LF"):
        GaitRecording(recording.values, 128.0, recording.sensors, foot="left")
