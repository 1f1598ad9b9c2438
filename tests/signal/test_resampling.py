"""Resampling against SciPy; stream equals batch; refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import DataError, ShapeError
from edgetwin.signal import Resampler, polyphase, polyphase_taps, resample, resampling

RATIOS = st.sampled_from([(15, 32), (1, 1), (1, 2), (2, 3), (5, 7), (1, 4), (32, 15), (2, 1), (3, 2), (7, 5)])


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
    """Zeros in front of the taps, as SciPy adds them, make the delay a whole number of new samples."""
    x, (up, down) = noise(seed, size), ratio
    late = 10 * max(ratio)
    more = -late % down
    taps = np.concatenate([np.zeros(more, np.float32), polyphase_taps(*ratio)])
    delay = (late + more) // down
    made = Resampler(*ratio, taps=taps).push(np.concatenate([x, np.zeros(late // up + down + 1, np.float32)]))[:, 0]
    expected = signal.resample_poly(x.astype(np.float64), *ratio)
    np.testing.assert_allclose(made[delay : delay + len(expected)], expected, rtol=0, atol=1e-6 * np.abs(x).max())


@settings(max_examples=60, deadline=None)
@given(
    up=st.integers(1, 12), down=st.integers(1, 12), depth=st.integers(1, 40), blocks=st.lists(st.integers(0, 900)),
    channels=st.integers(1, 3), recordings=st.integers(1, 3), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_every_level_gives_the_core_s_bits(up, down, depth, blocks, channels, recordings, seed):
    """The baseline's are the core's own code, step by step; the state goes on through blocks long and short."""
    rng = np.random.default_rng(seed)
    taps = rng.normal(0, 1, up * depth).astype(np.float32)
    values = [rng.normal(0, 9, (recordings, size, channels)).astype(np.float32) for size in blocks]
    expected = None
    for level in et.archs():
        position, history = np.zeros(2, np.int32), np.zeros((recordings, depth, channels), np.float32)
        made = []
        for block in values:
            room = resampling._made(up, down, position, block.shape)
            assert _core.resample(taps, up, down, position, history, block, room, level=level) == room.shape[1]
            made.append(room.tobytes())
        result = (made, position.tobytes(), history.tobytes())
        expected = expected or result
        assert result == expected


@pytest.mark.parametrize("ratio", [(15, 32), (32, 15), (1, 8)], ids=str)
def test_blocks_larger_than_are_taken_at_once(ratio):
    """A long recording is cut, and the pieces go on from each other; the core's steps make the same."""
    x = noise(2, 2, 30000, 2)
    made = polyphase(x, *ratio, axis=1)
    resampler = Resampler(*ratio, axes=2)
    parts = [resampler.push(x[1, k : k + 100]) for k in range(0, 30000, 100)]
    np.testing.assert_array_equal(made[1], np.concatenate(parts))


def test_it_is_the_device_s_resampler():
    """The call that emulated cores run in `tests/device`."""
    x, taps = noise(3, 200, 2), polyphase_taps(3, 2)
    padded = np.zeros(-(-len(taps) // 3) * 3, np.float32)
    padded[: len(taps)] = taps
    params = {"up": 3, "down": 2, "taps_per_phase": len(padded) // 3, "channels": 2, "size": 200}
    state = [np.zeros(2, np.int32), np.zeros((len(padded) // 3, 2), np.float32)]
    device = _core.run_kernel("resample_f32", params, [x], {"taps": padded}, state)[0].view(np.float32)
    np.testing.assert_array_equal(polyphase(x, 3, 2), device.reshape(-1, 2))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_time_may_be_any_axis(axis):
    x = noise(4, 20, 30, 40)
    made = polyphase(x, 3, 4, axis)
    expected = np.apply_along_axis(lambda one: Resampler(3, 4).push(one)[:, 0], axis, x)
    np.testing.assert_array_equal(made, expected)


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
        (lambda: Resampler(3, 1001), DataError, r"down: 1001, accepted is an integer in \[1, 1000\]"),
        (lambda: Resampler(0, 2), DataError, "up: 0"),
        (lambda: Resampler(1, 2, 0), DataError, "axes: 0"),
        (lambda: Resampler(1, 2, taps=[]), DataError, r"taps: shape \(0,\)"),
        (lambda: Resampler(1, 2, taps=[np.nan]), DataError, "finite"),
        (lambda: Resampler(1, 2).push([1.0, np.inf]), DataError, "sample 1, axis 0 is inf"),
        (lambda: Resampler(1, 2).push(np.zeros((2, 2))), ShapeError, "2 axes, accepted are 1"),
        (lambda: polyphase([1.0, np.nan], 1, 2), DataError, r"value at \(1,\) is nan"),
        (lambda: polyphase([1.0], 1, 2, axis=1), ShapeError, "axis: 1"),
        (lambda: polyphase_taps(1, 2, 0), DataError, "width: 0"),
        (lambda: resample([1, 2], 0), DataError, "count: 0"),
        (lambda: resample([], 3), DataError, "empty"),
        (lambda: resample([1, np.nan], 3), DataError, "NaN"),
        (lambda: resample([1, 2], 3, axis=1), ShapeError, "axis: 1"),
    ],
    ids=[
        "down", "no up", "no axes", "no taps", "nan taps", "infinite", "axes", "batch nan", "no axis", "width",
        "count", "empty", "nan", "axis",
    ],
)  # fmt: skip
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_binding_checks_for_itself():
    history, values = np.zeros((1, 3, 2), np.float32), np.zeros((1, 4, 2), np.float32)
    arguments = {"taps": np.zeros(3, np.float32), "up": 1, "down": 2, "position": np.zeros(2, np.int32)}
    arguments |= {"history": history, "values": values, "output": values[:, :2].copy()}
    for change in (
        {"up": 3},
        {"down": 0},
        {"taps": history},
        {"output": values[:, :1].copy()},
        {"values": values[0]},
        {"history": np.zeros((2, 3, 2), np.float32)},
        {"position": np.int32([9, 0])},
        {"position": np.int32([0, 3])},
        {"position": np.zeros(3, np.int32)},
    ):
        with pytest.raises(ShapeError):
            _core.resample(**(arguments | change))
    assert _core.resample(**arguments) == 2
