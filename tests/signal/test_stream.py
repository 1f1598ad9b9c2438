"""Streams: blocks of any size give the windows of the whole signal; what is refused takes nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgetwin import _core
from edgetwin.errors import DataError, QuantizationError, ShapeError
from edgetwin.signal import Stream, sliding_windows, window_count, windows_to_int8

NUMBERS = st.integers(1, 30)


def fed(stream, x, cuts):
    """Windows of all blocks, cut at the given places."""
    edges = [0, *sorted(cut % (len(x) + 1) for cut in cuts), len(x)]
    return [stream.push(x[a:b]) for a, b in pairwise(edges)]


@settings(max_examples=150, deadline=None)
@given(
    samples=st.integers(1, 120),
    length=NUMBERS,
    hop=NUMBERS,
    axes=st.integers(1, 3),
    quantized=st.booleans(),
    cuts=st.lists(st.integers(0, 10**6), max_size=20),
)
def test_blocks_of_any_size_give_the_batch(samples, length, hop, axes, quantized, cuts):
    x = np.random.default_rng(samples).normal(0, 50, (samples, axes)).astype(np.float32)
    scale = {"scale": 0.6, "zero_point": 7} if quantized else {}
    stream = Stream(length, hop, axes, **scale)
    for pad in (None, "end", "end"):
        parts = fed(stream, x, cuts)
        assert stream.samples == samples
        ended = stream.finish()
        windows = np.concatenate([*parts, ended] if pad else parts)
        assert len(windows) == window_count(samples, length, hop, pad)
        if len(windows):
            batch = windows_to_int8(x, length, hop, 0.6, 7, pad=pad) if quantized else None
            expected = sliding_windows(x, length, hop, pad) if batch is None else batch
            np.testing.assert_array_equal(windows, expected)
        assert windows.dtype == (np.int8 if quantized else np.float32)


def test_sample_by_sample():
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    stream = Stream(5, 3, 2)
    windows = [window for sample in x for window in stream.push(sample)]
    np.testing.assert_array_equal(windows, sliding_windows(x, 5, 3))


def test_one_axis_takes_samples_in_a_row():
    stream = Stream(2, 2)
    assert stream.push([1, 2, 3]).tolist() == [[[1], [2]]]
    assert stream.finish().tolist() == [[[3], [0]]]
    assert stream.finish().shape == (0, 2, 1)


def test_empty_blocks():
    stream = Stream(2, 1, 3, scale=1.0, zero_point=0)
    assert stream.push(np.zeros((0, 3))).shape == (0, 6)
    assert stream.samples == 0


def test_streams_share_nothing():
    first, second = Stream(2, 2), Stream(2, 2)
    first.push([1.0])
    assert second.push([5.0, 6.0]).ravel().tolist() == [5, 6]
    assert first.push([2.0]).ravel().tolist() == [1, 2]


def test_special_values_pass():
    window = Stream(4, 4).push(np.float32([np.nan, np.inf, -0.0, 1e-45]))
    assert window.tobytes() == np.float32([np.nan, np.inf, -0.0, 1e-45]).tobytes()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"length": 0}, DataError, "length: 0"),
        ({"hop": -1}, DataError, "hop: -1"),
        ({"axes": 2.0}, DataError, "axes: 2.0"),
        ({"length": 2**28, "axes": 2}, DataError, "windows of up to 536870911 values"),
        ({"scale": 1.0}, QuantizationError, "scale 1.0 and zero_point None, accepted are both or neither"),
        ({"zero_point": 3}, QuantizationError, "scale None and zero_point 3"),
        ({"scale": -1.0, "zero_point": 3}, QuantizationError, "scale -1.0"),
        ({"scale": 1.0, "zero_point": 300}, QuantizationError, "zero_point 300"),
    ],
    ids=str,
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Stream(**({"length": 4, "hop": 2} | arguments))


def test_a_refused_block_takes_nothing():
    stream = Stream(3, 3, 2, scale=1.0, zero_point=0)
    stream.push([[1, 2], [3, 4]])
    with pytest.raises(QuantizationError, match="sample 3, axis 1 is NaN"):
        stream.push([[5, 6], [7, np.nan]])
    with pytest.raises(ShapeError, match="samples: 3 axes, accepted are 2"):
        stream.push([5, 6, 7])
    with pytest.raises(DataError, match="dtype <U1"):
        stream.push(["x", "y"])
    assert stream.samples == 2
    assert stream.push([5, 6]).tolist() == [[1, 2, 3, 4, 5, 6]]


def test_the_binding_checks_for_itself():
    windows = _core.FloatWindows(2, 2, 3, 0.0)
    samples, room = np.zeros((4, 3), np.float32), np.zeros((2, 2, 3), np.float32)
    with pytest.raises(ShapeError, match="the samples has another"):
        windows.push(samples.astype(np.float64), room)
    with pytest.raises(ShapeError, match="the windows has another"):
        windows.push(samples, room[:1])
    with pytest.raises(ShapeError, match="the window has another"):
        windows.finish(room)
    with pytest.raises(ShapeError, match="bad stride"):
        _core.CodeWindows(2, 0, 3, 0)
    assert windows.push(samples, room) == 2
