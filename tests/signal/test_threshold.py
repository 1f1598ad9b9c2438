"""The rule baseline: what it detects, how it is fitted, and how well it does on real falls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from edgetwin.data import Recording, load, split
from edgetwin.errors import DataError, ShapeError
from edgetwin.signal import ThresholdDetector

MAGNITUDES = st.lists(st.integers(0, 6), min_size=1, max_size=40)


def recording(magnitudes) -> Recording:
    """Return three axes of that magnitude."""
    return Recording.from_values(np.outer(magnitudes, (2 / 3, -2 / 3, 1 / 3)), 50, ["x", "y", "z"])


def running(values, threshold, duration) -> list[int]:
    """Return after which samples a board's running count stands at the duration or above."""
    count, at = 0, []
    limit = np.float32(threshold) * np.float32(threshold)
    for i, (x, y, z) in enumerate(values):
        count = count + 1 if x * x + y * y + z * z < limit else 0
        at += [i] if count >= duration else []
    return at


@settings(deadline=None)
@given(MAGNITUDES, st.sampled_from([0.5, 2.5, 3.0, 5.5]), st.integers(1, 9))
def test_is_the_running_count_of_a_board(magnitudes, threshold, duration):
    one = recording(magnitudes)
    detector = ThresholdDetector(threshold, duration)
    at = running(one.values, threshold, duration)
    assert detector.predict([one]).tolist() == [bool(at)]
    ends = [i for start, stop in detector.events(one) for i in range(start + duration - 1, stop)]
    assert ends == at


@settings(deadline=None)
@given(MAGNITUDES, st.sampled_from([0.5, 2.5, 5.5]), st.integers(1, 9))
def test_scores_below_the_threshold_are_detections(magnitudes, threshold, duration):
    detector = ThresholdDetector(threshold, duration)
    score = detector.scores([recording(magnitudes)])
    assert (score < threshold).tolist() == detector.predict([recording(magnitudes)]).tolist()
    held = [max(magnitudes[i : i + duration]) for i in range(len(magnitudes) - duration + 1)]
    assert score == pytest.approx([min(held, default=np.inf)], rel=1e-6)


def test_arrays_sequences_and_recordings_are_the_same():
    windows = np.random.default_rng(1).normal(size=(9, 20, 3)).astype(np.float32)
    detector = ThresholdDetector(1.0, 2)
    want = detector.predict(windows)
    assert 0 < want.sum() < 9
    assert_array_equal(detector.predict(list(windows)), want)
    assert_array_equal(detector.predict([Recording.from_values(w, 50, ["x", "y", "z"]) for w in windows]), want)


def test_fits_what_parts_the_windows():
    """Falls are five samples below 3, others at most four."""
    falls = [recording([9, 2, 2, 2, 2, 2, 9]), recording([2, 1, 1, 2, 2, 9, 9])]
    others = [recording([9, 2, 2, 2, 2, 9, 2]), recording([0, 0, 0, 0, 9, 9, 9]), recording([9] * 7)]
    detector = ThresholdDetector.fit(falls + others, [True, True, False, False, False])
    assert detector.duration_samples == 5
    assert detector.threshold == pytest.approx((2 + 9) / 2)
    assert detector.predict(falls + others).tolist() == [True, True, False, False, False]
    limited = ThresholdDetector.fit(falls + others, [True, True, False, False, False], durations=[2, 3])
    assert limited.duration_samples in (2, 3)


@settings(deadline=None)
@given(st.lists(st.tuples(MAGNITUDES, st.booleans()), min_size=2, max_size=12))
def test_no_other_rule_does_better(cases):
    windows = [recording(magnitudes) for magnitudes, _ in cases]
    wanted = np.array([positive for _, positive in cases])
    if wanted.all() or not wanted.any():
        return

    def balanced(detector):
        found = detector.predict(windows)
        return (found[wanted].mean() + (~found[~wanted]).mean()) / 2

    durations = range(1, min(len(magnitudes) for magnitudes, _ in cases) + 1)
    best = max(balanced(ThresholdDetector(level + 0.5, d)) for level in range(6) for d in durations)
    try:
        fitted = balanced(ThresholdDetector.fit(windows, wanted))
    except DataError:
        fitted = 0.5
    assert fitted == pytest.approx(max(best, 0.5))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda d: ThresholdDetector(0, 1), DataError, "threshold: 0"),
        (lambda d: ThresholdDetector(1, 0), DataError, "duration_samples: 0"),
        (lambda d: ThresholdDetector(1, 1.5), DataError, "duration_samples: 1.5"),
        (lambda d: d.predict([]), DataError, "windows: none"),
        (lambda d: d.predict(recording([1])), DataError, "windows: Recording, accepted are"),
        (lambda d: d.predict(3), DataError, "windows: int"),
        (lambda d: d.predict(np.zeros((2, 3))), ShapeError, r"windows\[0\]: shape \(3,\), accepted is \(time, axes\)"),
        (lambda d: d.predict(np.full((1, 2, 3), np.nan)), DataError, r"windows\[0\]: NaN"),
        (lambda d: d.events(np.zeros(3)), ShapeError, "recording: shape"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [True]), ShapeError, r"positive: shape \(1,\), accepted is \(2,\)"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [1, 0]), DataError, "positive: dtype int64"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [True, True]), DataError, "2 of 2 windows are positive"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [True, False]), DataError, "no threshold parts the windows"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [True, False], durations=[]), DataError, "durations: none"),
        (lambda d: d.fit(np.zeros((2, 3, 3)), [True, False], durations=[0]), DataError, "durations: 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses(call, error, says):
    with pytest.raises(error, match=says):
        call(ThresholdDetector(1.0, 1))


def test_values_beyond_the_range_of_a_square_are_not_below():
    assert not ThresholdDetector(3e38, 1).predict(np.full((1, 2, 3), 3e38)).any()


# Real data: five sets for training and test, since one has three recordings of a fall in its test set.


def test_real_falls(shared):
    given = load(shared / "datasets" / "free_fall", least_samples=125, skip_bad=True)
    falls = np.array([one.label == "freefall" for one in given])
    figures = []
    for seed in range(5):
        parts = split(given, seed=seed)
        train, test = ([given[i] for i in part] for part in (parts.train, parts.test))
        detector = ThresholdDetector.fit(train, falls[parts.train])
        found = detector.predict(test)
        figures.append([found[falls[parts.test]].mean(), (~found[~falls[parts.test]]).mean()])
    sensitivity, specificity = np.mean(figures, axis=0)
    assert sensitivity == pytest.approx(0.9, abs=0.05)
    assert specificity == pytest.approx(0.95, abs=0.05)


def test_a_fall_is_where_the_phone_falls(shared):
    """Free fall lasts for some tenths of a second, and resting phones have none."""
    given = load(shared / "datasets" / "free_fall")
    detector = ThresholdDetector(4.0, 10)
    falling = [detector.events(one) for one in given if one.label == "freefall"]
    assert sum(map(bool, falling)) >= 14
    assert not any(detector.events(one) for one in given if one.label == "idle")
    spans = [(stop - start) / 62.5 for events in falling for start, stop in events]
    assert 0.15 < np.median(spans) < 0.6
    assert replace(detector, threshold=40.0).predict(given.items).all()
