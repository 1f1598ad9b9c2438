"""Free fall: windows of recordings, folds by recording, both networks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.errors import DataError
from edgetwin.usecases import free_fall, shared_data

SIMULATED = et.data.simulate_falls(5, seed=2)


def test_real_recordings(shared, monkeypatch):
    monkeypatch.setenv("EDGETWIN_SHARED", str(shared))
    falls, real = free_fall.load_falls(shared_data("datasets/free_fall/training"))
    assert real
    assert falls.windows.shape == (83, 187, 3)
    assert_array_equal(np.bincount(falls.labels), [16, 15, 52])
    assert falls.padded.sum() == 5
    for window, short in zip(falls.windows, falls.padded, strict=True):
        assert (window[-1] == 0).all() == short


def test_no_shared_data(monkeypatch, tmp_path):
    monkeypatch.delenv("EDGETWIN_SHARED", raising=False)
    assert shared_data("datasets") is None
    monkeypatch.setenv("EDGETWIN_SHARED", str(tmp_path))
    assert shared_data("datasets") is None
    (tmp_path / "datasets").mkdir()
    assert shared_data("datasets") == tmp_path / "datasets"
    falls, real = free_fall.load_falls(None)
    assert (len(falls), real) == (72, False)


def test_folds_part_every_class():
    labels = np.repeat([0, 1, 2], [16, 15, 52])
    fold = free_fall.recording_folds(labels, 5, seed=3)
    for label in range(3):
        sizes = np.bincount(fold[labels == label], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    assert_array_equal(fold, free_fall.recording_folds(labels, 5, seed=3))
    assert (fold != free_fall.recording_folds(labels, 5, seed=4)).any()


@pytest.mark.parametrize("kind", free_fall.KINDS)
def test_every_recording_is_tested_once(kind):
    falls = free_fall.fall_set(SIMULATED)
    result = free_fall.cross_validated(falls, kind, folds=2, copies=2, epochs=3)
    again = free_fall.cross_validated(falls, kind, folds=2, copies=2, epochs=3)
    assert result.outputs.shape == (15, 3)
    assert result.outputs.dtype == np.int8
    assert_array_equal(result.outputs, again.outputs)
    assert np.abs(result.predictions.sum(1) - 1).max() < 0.02
    assert np.abs(result.reference.predictions - result.predictions).max() < 0.2


def test_simulated_falls_can_be_told():
    falls, _ = free_fall.load_falls(None)
    assert free_fall.cross_validated(falls, "spectral", folds=2, copies=4, epochs=10).result.accuracy > 0.85


def test_real_falls_are_told(shared):
    falls, _ = free_fall.load_falls(shared / "datasets/free_fall/training")
    results = [free_fall.cross_validated(falls, "spectral", seed=seed) for seed in range(3)]
    assert np.mean([result.result.accuracy for result in results]) > 0.965
    lost = [round(len(falls) * (r.reference.result.accuracy - r.result.accuracy)) for r in results]
    assert max(lost) <= 1


def test_fft_lengths_are_chosen_by_what_is_trained_on(monkeypatch):
    falls = free_fall.fall_set(SIMULATED)
    seen = []

    def chosen(windows, labels, lengths, **effort):
        seen.append(windows)
        assert lengths == (16, 64)
        return 64 if len(seen) == 1 else 16

    monkeypatch.setattr(free_fall, "chosen_fft_length", chosen)
    result = free_fall.cross_validated(falls, "spectral", folds=2, copies=1, epochs=1, fft_lengths=(16, 64), seed=3)
    fold = free_fall.recording_folds(falls.labels, 2, 3)
    for number, windows in enumerate(seen):
        assert_array_equal(windows, falls.windows[fold != number])
    assert result.notes == ["FFT lengths that the folds chose by what they train on: 64, 16"]


def test_the_fft_length_that_tells_more_is_chosen():
    """Three tones that fall into one bin of 16 points and into three of 64."""
    rng = np.random.default_rng(3)
    labels = np.arange(60) % 3
    time = np.arange(187) / 62.5
    tones = np.array([6.0, 7.0, 8.0])[labels] + rng.uniform(-0.2, 0.2, 60)
    waves = np.sin(2 * np.pi * (tones[:, None] * time + rng.random((60, 1))))
    windows = (np.repeat(waves[..., None], 3, axis=2) + rng.normal(0, 0.3, (60, 187, 3))).astype(np.float32)
    effort = {"folds": 3, "repeats": 1, "copies": 1, "epochs": 30}
    assert free_fall.chosen_fft_length(windows, labels, (16, 64), **effort) == 64
    assert free_fall.chosen_fft_length(windows, labels, (64, 16), **effort) == 64
    assert free_fall.chosen_fft_length(windows, labels, (16,)) == 16


def test_copies_keep_zeros_and_weight():
    windows = free_fall.fall_set(SIMULATED).windows
    more = free_fall.augmented(windows, 3, np.random.default_rng(0))
    assert more.shape == (60, 187, 3)
    assert_array_equal(more[:15], windows)
    cut = (more[15:, -1] == 0).all(1)
    assert 5 < cut.sum() < 40
    idle = more[20:25][~cut[5:10]]
    assert np.abs(np.linalg.norm(idle, axis=2).mean(1) - 9.81).max() < 0.8
    upright = free_fall.augmented(windows, 3, np.random.default_rng(0), turned=False)
    assert not (upright[15:, -1] == 0).all(1).any()
    lying = upright.reshape(4, 15, 187, 3)[:, 5:10].mean(2)
    assert np.abs(lying - windows[5:10].mean(1)).max() < 0.6


def other(**changes):
    first = SIMULATED[0]
    fields = {"values": first.values, "rate_hz": 62.5, "sensors": first.sensors, "label": "idle", "name": "one"}
    return et.data.Recording(**(fields | changes))


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: free_fall.fall_set([]), "no recordings"),
        (lambda: free_fall.fall_set([other(rate_hz=50.0)]), "one: .* at 50 Hz, accepted are 3 axes at 62.5 Hz"),
        (lambda: free_fall.fall_set([other(label="stairs")]), "one: label 'stairs', accepted are freefall, idle"),
        (lambda: free_fall.recording_folds(np.array([0, 0, 1]), 2), "1 recordings of class 1"),
        (
            lambda: free_fall.chosen_fft_length(np.zeros((4, 187, 3), np.float32), np.arange(4) % 2, ()),
            "no FFT lengths",
        ),
        (lambda: free_fall.fall_network("wavelet"), "kind 'wavelet', accepted are spectral, raw"),
        (lambda: et.data.simulate_falls(0), "each: 0"),
    ],
    ids=["none", "rate", "label", "folds", "lengths", "kind", "each"],
)
def test_refuses(act, says):
    with pytest.raises(DataError, match=says):
        act()
