"""Strides against the pipeline's definition step by step, and against the simulator's truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from edgetwin.errors import DataError, EdgetwinError, ShapeError
from edgetwin.signal import cut_strides, initial_contacts, simulate_strides, simulate_walk


def contacts_by_definition(gyro_x, threshold):
    """Step 7: every peak arms, an armed trough below 0 is a contact."""
    s = [-float(v) for v in gyro_x]
    contacts, armed = [], False
    for i in range(1, len(s) - 1):
        before, after = s[i] - s[i - 1], s[i + 1] - s[i]
        if before > 0 and after < 0 and s[i + 1] > threshold:
            armed = True
        if before < 0 and after > 0 and armed and s[i + 1] < 0:
            contacts.append(i)
            armed = False
    return contacts


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-4, 4), max_size=60), st.sampled_from([0.0, 0.2, 0.55]))
def test_contacts_are_as_defined(steps, threshold):
    gyro = np.array(steps) / 5
    contacts = initial_contacts(gyro, threshold)
    assert contacts.dtype == np.int64
    assert_array_equal(contacts, contacts_by_definition(gyro, threshold))


def test_a_contact_by_hand():
    # -Gx: the peak 0.6 is followed by 0.3 > 0.2, so it arms; the trough -0.4 rises to -0.1 < 0; the second is unarmed.
    swing = np.array([0, 0.6, 0.3, -0.4, -0.1, -0.3, -0.2, 0.5, 0.1, -0.5, -0.2])
    assert_array_equal(initial_contacts(-swing), [3])
    # With a lower threshold the peak 0.5, followed by 0.1, arms too.
    assert_array_equal(initial_contacts(-swing, 0.05), [3, 9])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rate_hz", [60.0, 128.0])
def test_simulated_contacts_are_found(seed, rate_hz):
    walk = simulate_walk(seed, rate_hz=rate_hz)
    strides = cut_strides(walk.samples, rate_hz)
    assert len(strides.windows) >= 38
    nearest = np.abs(walk.contact_s[:, None] - strides.initial_contact_s).min(0)
    # The foot stops a little before the simulated contact.
    assert nearest.max() < 0.12


def test_windows_are_the_samples_between_contacts():
    walk = simulate_walk(3)
    strides = cut_strides(walk.samples, walk.rate_hz, window=64)
    assert strides.windows.shape[1:] == (64, 6)
    assert strides.windows.dtype == np.float32
    assert_array_equal(strides.flat, strides.windows.reshape(len(strides.windows), 384))
    assert_array_equal(strides.start_s[1:], strides.initial_contact_s[:-1])
    assert (strides.length > 64).any(), "some stride is cut"
    assert (strides.length < 64).any(), "some stride is padded"
    for window, length, start, end in zip(
        strides.windows, strides.length, strides.start_s, strides.initial_contact_s, strict=True
    ):
        first, last = round(start * 60), round(end * 60)
        assert last - first == length
        kept = min(length, 64)
        assert_array_equal(window[:kept], walk.samples[first : first + kept])
        assert not window[kept:].any()


def pulses(distances):
    """-Gx with a contact 6 samples after each pulse's start."""
    pulse = np.array([0, 0.3, 0.6, 0.4, 0.1, -0.2, -0.5, -0.3, 0])
    signal = np.zeros(sum(distances) + 20)
    for start in np.cumsum([0, *distances]):
        signal[start : start + len(pulse)] = pulse
    return -signal[:, None]


def test_a_false_contact_joins_its_neighbours():
    # The median distance is 100: 39 is false, 41 is not.
    strides = cut_strides(pulses([100, 100, 39, 61, 100, 41, 100]), 50.0)
    assert_array_equal(strides.length, [100, 100, 100, 100, 41, 100])
    assert_allclose(strides.initial_contact_s, (6 + np.cumsum(strides.length)) / 50)


@pytest.mark.parametrize("distances", [[], [100], [100, 100]], ids=len)
def test_few_contacts(distances):
    strides = cut_strides(pulses(distances), 60.0)
    assert len(strides.windows) == len(strides.length) == len(strides.start_s) == len(distances)
    assert strides.windows.shape[1:] == (108, 1)


@pytest.mark.parametrize("time", [0, 1, 2, 500])
def test_stillness_has_no_strides(time):
    strides = cut_strides(np.zeros((time, 6)), 60.0)
    assert strides.windows.shape == (0, 108, 6)
    assert strides.flat.shape == (0, 648)
    assert len(strides.length) == len(strides.initial_contact_s) == 0


@pytest.mark.parametrize(
    ("samples", "options", "error", "says"),
    [
        (np.zeros(5), {}, ShapeError, r"shape \(5,\), accepted is \(time, channels\)"),
        (np.zeros((5, 0)), {}, ShapeError, "at least one channel"),
        (np.full((5, 6), np.nan), {}, DataError, "NaN or infinite"),
        (np.full((5, 6), "a"), {}, DataError, "dtype <U1"),
        ([[1.0], [1.0, 2.0]], {}, DataError, "rows of different length"),
        (np.zeros((5, 6)), {"window": 0}, DataError, "window: 0, accepted is an integer >= 1"),
        (np.zeros((5, 6)), {"rate_hz": 0.0}, DataError, "rate_hz: 0.0"),
        (np.zeros((5, 6)), {"rate_hz": float("nan")}, DataError, "rate_hz: nan"),
        (np.zeros((5, 6)), {"rate_hz": "60"}, DataError, "rate_hz: '60', accepted is a positive finite number"),
        (np.zeros((5, 6)), {"window": 1.5}, DataError, "window: 1.5"),
    ],
    ids=["axes", "channels", "nan", "text", "ragged", "window", "rate", "rate-nan", "rate-text", "window-float"],
)
def test_cut_strides_refuses(samples, options, error, says):
    with pytest.raises(error, match=says) as caught:
        cut_strides(samples, **({"rate_hz": 60.0} | options))
    assert isinstance(caught.value, EdgetwinError)


def test_initial_contacts_refuse():
    with pytest.raises(ShapeError, match=r"accepted is \(time,\)"):
        initial_contacts(np.zeros((3, 6)))
    with pytest.raises(DataError, match="NaN"):
        initial_contacts([0.0, np.nan])


@pytest.mark.parametrize(
    "options",
    [
        {"seed": -1}, {"seed": 1.5}, {"seed": True}, {"strides": 0}, {"strides": 2.5}, {"strides": 10**12},
        {"rate_hz": 0.0}, {"rate_hz": float("inf")}, {"rate_hz": "60"},
    ],
    ids=str,
)  # fmt: skip
def test_simulate_walk_refuses(options):
    with pytest.raises(DataError, match=f"{next(iter(options))}: .*accepted is"):
        simulate_walk(**({"seed": 0} | options))


@pytest.mark.parametrize("seeds", [5, None, "ab", [1.5]], ids=repr)
def test_simulate_strides_refuses(seeds):
    with pytest.raises(DataError, match="accepted is"):
        simulate_strides(seeds)
