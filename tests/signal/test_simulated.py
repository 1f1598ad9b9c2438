"""Labelled strides: every window has the length of the stride that it holds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin.errors import DataError
from edgetwin.signal import cut_strides, simulate_strides, simulate_walk


def test_people_are_independent_and_repeatable():
    together = simulate_strides([4, 7])
    apart = [simulate_strides([seed]) for seed in (4, 7)]
    for k in range(2):
        assert_array_equal(together[k], np.concatenate([part[k] for part in apart]))


def test_windows_are_the_cut_strides():
    walk = simulate_walk(4)
    windows, label_cm = simulate_strides([4])
    assert_array_equal(windows, cut_strides(walk.samples, walk.rate_hz).windows)
    assert windows.dtype == label_cm.dtype == np.float32
    assert set(label_cm) <= set(walk.length_cm.astype(np.float32))


def test_each_stride_has_a_label_of_its_own():
    """In order of time: two windows never share a stride."""
    _, label_cm = simulate_strides([4])
    lengths = simulate_walk(4).length_cm.astype(np.float32)
    places = [int(np.flatnonzero(lengths == label)[0]) for label in label_cm]
    assert places == sorted(set(places))


def test_nobody_gives_no_strides():
    with pytest.raises(DataError, match="no strides"):
        simulate_strides([])
