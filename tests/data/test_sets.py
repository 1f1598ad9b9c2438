"""Sets of recordings and windows: shares, nothing in two sets, the same for the same seed; labels of windows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from edgetwin.data import LabelSpan, Recording, load, split, window_labels, window_starts
from edgetwin.errors import DataError, ShapeError


def recording(number, label="a", subject="1", samples=30) -> Recording:
    values = np.arange(samples) + 1000 * number
    return Recording.from_values(values, 50, ["x"], label=label, name=str(number), metadata={"subject": subject})


def recordings(count, labels="abc", subjects=5) -> list[Recording]:
    return [recording(i, labels[i % len(labels)], str(i % subjects)) for i in range(count)]


def sets(parts, given):
    """Return the names of the recordings in each set."""
    return [{given[i].name for i in part} for part in (parts.train, parts.validation, parts.test)]


@pytest.mark.parametrize("by", ["label", "recording", "subject"])
@settings(deadline=None)
@given(count=st.integers(15, 60), seed=st.integers(0, 2**40), validation=st.sampled_from([0.0, 0.2]))
def test_every_recording_is_in_one_set(by, count, seed, validation):
    parts = split(recordings(count), by=by, seed=seed, validation=validation)
    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert_array_equal(np.sort(together), np.arange(count))
    assert (parts.validation.size > 0) == (validation > 0)
    assert parts.test.size > 0


@pytest.mark.parametrize("by", ["label", "recording", "subject"])
@settings(deadline=None)
@given(order=st.permutations(range(20)), seed=st.integers(0, 3))
def test_the_order_of_recordings_decides_nothing(by, order, seed):
    given = recordings(20)
    shuffled = [given[i] for i in order]
    assert sets(split(given, by=by, seed=seed), given) == sets(split(shuffled, by=by, seed=seed), shuffled)


def test_a_seed_decides():
    given = recordings(60)
    assert len({tuple(split(given, seed=seed).test) for seed in range(20)}) == 20


def test_shares_of_every_label():
    given = [recording(i, "a" if i < 50 else "b") for i in range(60)]
    parts = split(given)
    assert Counter(given[i].label for i in parts.test) == {"a": 10, "b": 2}
    assert parts.train.size == 48


def test_shares_of_recordings():
    parts = split(recordings(100), by="recording", test=0.25, validation=0.1)
    assert (parts.train.size, parts.validation.size, parts.test.size) == (65, 10, 25)


@settings(deadline=None)
@given(seed=st.integers(0, 1000), subjects=st.integers(3, 9))
def test_subjects_are_whole(seed, subjects):
    given = recordings(27, subjects=subjects)
    parts = split(given, by="subject", seed=seed, validation=0.2)
    where = [{given[i].metadata["subject"] for i in part} for part in (parts.train, parts.validation, parts.test)]
    assert not where[0] & where[1]
    assert not where[0] & where[2]
    assert not where[1] & where[2]


@pytest.mark.parametrize("by", ["label", "recording", "subject"])
@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_equal_recordings_stay_together(by, seed):
    given = recordings(20)
    # The same samples under other names, labels and subjects.
    given += [replace(given[i], name=f"copy {i}", label="c", metadata={"subject": "9"}) for i in (0, 4)]
    parts = split(given, by=by, seed=seed)
    for part in (parts.train, parts.test):
        assert (0 in part) == (20 in part)
        assert (4 in part) == (21 in part)
        if by == "subject":
            assert (0 in part) == (4 in part)


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(8, 60), min_size=5, max_size=20),
    window=st.integers(2, 8),
    hop=st.integers(1, 9),
    seed=st.integers(0, 1000),
)
def test_no_sample_of_a_window_is_in_two_sets(lengths, window, hop, seed):
    given = [recording(i, samples=samples) for i, samples in enumerate(lengths)]
    cut = [(i, start) for i, samples in enumerate(lengths) for start in range(0, samples - window + 1, hop)]
    parts = split(given, seed=seed, validation=0.2).windows([i for i, _ in cut])
    assert_array_equal(np.sort(np.concatenate([parts.train, parts.validation, parts.test])), np.arange(len(cut)))
    # Values are different all over: a sample is its value.
    samples = [
        {float(v) for w in part for v in given[cut[w][0]].values[cut[w][1] : cut[w][1] + window, 0]}
        for part in (parts.train, parts.validation, parts.test)
    ]
    assert all(samples)
    assert not samples[0] & samples[1]
    assert not samples[0] & samples[2]
    assert not samples[1] & samples[2]


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"by": "window"}, "by: 'window', accepted are label, recording, subject"),
        ({}, {"test": 1.0}, r"test: 1\.0, accepted is a share in \[0, 1\)"),
        ({}, {"test": -0.1}, "test: -0.1"),
        ({}, {"validation": "0.2"}, "validation: '0.2'"),
        ({}, {"test": True}, "test: True"),
        ({}, {"test": 0.5, "validation": 0.5}, "leave nothing for training"),
        ({}, {"seed": -1}, "seed: -1"),
        ({"label": None}, {}, "3: its label is None, accepted are texts in every recording"),
        ({"label": 1.5}, {}, "3: its label is 1.5"),
        ({"label": "z"}, {}, "1 different recordings of label 'z', accepted are at least 2 for 1 in test and 0"),
        ({}, {"by": "subject", "subject": "person"}, "0: no 'person' in its metadata"),
        ({}, {"by": "subject", "test": 0.79, "validation": 0.2}, "5 subjects, accepted are at least"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_refuses(change, options, says):
    given = recordings(20)
    given[3] = replace(given[3], **change)
    with pytest.raises(DataError, match=says):
        split(given, **options)


@pytest.mark.parametrize(
    ("owners", "error", "says"),
    [
        ([[0]], ShapeError, r"shape \(1, 1\)"),
        ([0, 20], DataError, "0 to 20, accepted are 0 to 19"),
        ([-1], DataError, "-1 to -1, accepted"),
        ([0.0], DataError, "dtype float64"),
    ],
)
def test_windows_of_no_recording(owners, error, says):
    with pytest.raises(error, match=says):
        split(recordings(20)).windows(owners)


# Labels of windows.


def test_a_recording_of_one_label():
    assert window_labels(recording(0, "rest"), [0, 10, 20], 10) == ("rest",) * 3
    assert window_labels(recording(0, 1.5), np.array([0], np.uint8), 10) == (1.5,)
    assert window_labels(recording(0), np.array([], int), 10) == ()


SPANS = (LabelSpan("a", 0, 6), LabelSpan("b", 6, 10), LabelSpan("a", 10, 12), LabelSpan("c", 20, 30))


@pytest.mark.parametrize(
    ("start", "length", "least", "label"),
    [
        (0, 6, 1.0, "a"),
        (1, 6, 1.0, None),
        (1, 6, 0.8, "a"),
        (3, 6, 0.5, None),  # three samples of each
        (4, 6, 0.5, "b"),
        (4, 8, 0.5, None),  # four samples of each: the two parts of a together
        (3, 9, 0.5, "a"),
        (12, 8, 0.1, None),
        (16, 8, 0.5, "c"),
        (15, 8, 0.5, None),
        (15, 8, 0.3, "c"),
    ],
)
def test_the_label_that_covers_most(start, length, least, label):
    spanned = replace(recording(0, None), spans=SPANS)
    assert window_labels(spanned, [start], length, least=least) == (label,)


@settings(deadline=None)
@given(
    cuts=st.lists(st.integers(0, 30), min_size=2, max_size=8, unique=True).map(sorted),
    start=st.integers(0, 20),
    length=st.integers(1, 10),
    least=st.sampled_from([0.2, 0.5, 0.75, 1.0]),
)
def test_labels_by_counting_samples(cuts, start, length, least):
    spans = tuple(LabelSpan("abc"[i % 3], *pair) for i, pair in enumerate(pairwise(cuts)))
    of_sample = [next((s.label for s in spans if s.start <= i < s.stop), None) for i in range(start, start + length)]
    counts = Counter(label for label in of_sample if label).most_common()
    unclear = not counts or counts[0][1] < least * length or (len(counts) > 1 and counts[0][1] == counts[1][1])
    spanned = replace(recording(0, None), spans=spans)
    assert window_labels(spanned, [start], length, least=least) == (None if unclear else counts[0][0],)


@pytest.mark.parametrize(
    ("starts", "length", "least", "error", "says"),
    [
        ([[0]], 3, 0.5, ShapeError, "starts: shape"),
        ([0.5], 3, 0.5, DataError, "starts: dtype float64"),
        ([-1], 3, 0.5, DataError, "windows of 3 from -1 to -1 in 30 samples"),
        ([0, 28], 3, 0.5, DataError, "windows of 3 from 0 to 28 in 30 samples"),
        ([0], 0, 0.5, DataError, "length: 0"),
        ([0], 3, 0, DataError, "least: 0, accepted"),
        ([0], 3, 1.1, DataError, "least: 1.1, accepted"),
    ],
)
def test_windows_that_are_none(starts, length, least, error, says):
    with pytest.raises(error, match=says):
        window_labels(recording(0), starts, length, least=least)


# Where windows begin.


@pytest.mark.parametrize(
    ("samples", "length", "hop", "starts"),
    [
        (10, 4, 3, [0, 3, 6]),
        (10, 4, 2.5, [0, 2, 5]),
        (187, 125, 15.625, [0, 15, 31, 46, 62]),
        (4, 4, 1, [0]),
        (3, 4, 1, []),
        (0, 1, 1, []),
        (6, 1, 100, [0]),
    ],
    ids=str,
)
def test_where_windows_begin(samples, length, hop, starts):
    assert window_starts(samples, length, hop).tolist() == starts


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((-1, 1, 1), "samples: -1"), ((1, 0, 1), "length: 0"), ((1, 1, 0.5), "hop: 0.5, accepted"), ((1, 1, 0), "hop: 0")],
)
def test_windows_that_cannot_be_cut(arguments, says):
    with pytest.raises(DataError, match=says):
        window_starts(*arguments)


# Real data.


def test_free_fall_through_windows_to_sets(shared):
    """As the lab cuts them: 125 samples every 250 ms, 390 windows."""
    given = load(shared / "datasets" / "free_fall", least_samples=125, skip_bad=True)
    owners, labels = [], []
    for index, one in enumerate(given):
        starts = window_starts(len(one.values), 125, 250 / 16)
        owners += [index] * starts.size
        labels += window_labels(one, starts, 125)
    assert Counter(labels) == {"freefall": 70, "idle": 70, "unknown": 250}
    parts = split(given).windows(owners)
    assert parts.train.size + parts.test.size == 390
    assert Counter(labels[i] for i in parts.test) == {"freefall": 15, "idle": 15, "unknown": 50}
