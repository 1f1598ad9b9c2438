"""Resampling against SciPy; stream equals batch; refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from edgetwin import _core
from edgetwin.errors import DataError, ShapeError
from edgetwin.signal import Resampler, polyphase_taps, resample

RATIOS = st.sampled_from([(15, 32), (1, 1), (1, 2), (2, 3), (5, 7), (1, 4)])


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(3, 10, shape).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(ratio=RATIOS, size=st.integers(1, 300), seed=st.integers(0, 10**6))
def test_polyphase_loses_a_millionth_of_the_largest_input(ratio, size, seed):
    """Of SciPy in float64 with the same float32 taps, relative to the signal's largest magnitude."""
    x, taps = noise(seed, size, 2), polyphase_taps(*ratio)
    made = Resampler(*ratio, axes=2).push(x)
    expected = signal.upfirdn(taps.astype(np.float64), x.astype(np.float64), *ratio, axis=0)[: len(made)]
    assert len(made) == -(-size * ratio[0] // ratio[1])
    assert np.abs(made - expected).max() <= 1e-6 * np.abs(x).max()


@settings(max_examples=40, deadline=None)
@given(ratio=RATIOS, size=st.integers(50, 300), seed=st.integers(0, 10**6))
def test_without_the_delay_it_is_resample_poly(ratio, size, seed):
    """Where the delay is a whole number of new samples, as 10 periods of the new rate are."""
    x, width = noise(seed, size), 10
    tail = np.zeros(width * ratio[1], np.float32)
    made = Resampler(*ratio).push(np.concatenate([x, tail]))[:, 0]
    expected = signal.resample_poly(x.astype(np.float64), *ratio)
    np.testing.assert_allclose(made[width : width + len(expected)], expected, rtol=0, atol=1e-6 * np.abs(x).max())


@settings(max_examples=60, deadline=None)
@given(ratio=RATIOS, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_blocks_of_any_size_give_the_batch(ratio, cuts):
    x = noise(1, 200, 3)
    resampler = Resampler(*ratio, axes=3)
    whole = Resampler(*ratio, axes=3).push(x)
    for _ in range(2):
        parts = [resampler.push(part) for part in np.split(x, sorted(cuts))]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
        resampler.reset()


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 300), count=st.integers(1, 300), seed=st.integers(0, 10**6))
def test_fft_is_scipy_s_rounded_once(size, count, seed):
    x = noise(seed, 2, size)
    expected = signal.resample(x.astype(np.float64), count, axis=1).astype(np.float32)
    np.testing.assert_array_equal(resample(x, count, axis=1), expected)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Resampler(3, 2), DataError, r"down: 2, accepted is an integer in \[3, 1000\]"),
        (lambda: Resampler(0, 2), DataError, "up: 0"),
        (lambda: Resampler(1, 2, 0), DataError, "axes: 0"),
        (lambda: Resampler(1, 2, taps=[]), DataError, r"taps: shape \(0,\)"),
        (lambda: Resampler(1, 2, taps=[np.nan]), DataError, "finite"),
        (lambda: Resampler(1, 2).push([1.0, np.inf]), DataError, "sample 1, axis 0 is inf"),
        (lambda: Resampler(1, 2).push(np.zeros((2, 2))), ShapeError, "2 axes, accepted are 1"),
        (lambda: polyphase_taps(1, 2, 0), DataError, "width: 0"),
        (lambda: resample([1, 2], 0), DataError, "count: 0"),
        (lambda: resample([], 3), DataError, "empty"),
        (lambda: resample([1, np.nan], 3), DataError, "NaN"),
        (lambda: resample([1, 2], 3, axis=1), ShapeError, "axis: 1"),
    ],
    ids=[
        "up", "no up", "no axes", "no taps", "nan taps", "infinite", "axes", "width", "count", "empty", "nan", "axis",
    ],
)  # fmt: skip
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_binding_checks_for_itself():
    history, values = np.zeros((3, 2), np.float32), np.zeros((4, 2), np.float32)
    arguments = {"taps": np.zeros((1, 3), np.float32), "up": 1, "down": 2, "position": np.zeros(2, np.int32)}
    arguments |= {"history": history, "values": values, "output": values.copy()}
    assert _core.resample(**arguments) == 2
    for change in ({"up": 3}, {"taps": history}, {"output": values[:1]}, {"position": np.int32([9, 0])}):
        with pytest.raises(ShapeError):
            _core.resample(**(arguments | change))
