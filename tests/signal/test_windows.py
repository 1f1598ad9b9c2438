"""Windows of a signal: views and int8 batches against plain loops, at every level; what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import DataError, QuantizationError, ShapeError
from edgetwin.quantize_values import quantize_array
from edgetwin.signal import sliding_windows, window_count, windows_to_int8

NUMBERS = st.integers(1, 40)
PADS = st.sampled_from([None, "end"])


def plain_windows(x, length, hop, pad):
    """The definition, one window after the other."""
    windows, covered = [], 0
    for start in range(0, len(x), hop):
        part = x[start : start + length]
        if len(part) < length:
            if pad is None or start + len(part) <= covered:
                break
            part = np.concatenate([part, np.zeros((length - len(part), *x.shape[1:]), x.dtype)])
        windows.append(part)
        covered = start + length
    return np.array(windows, x.dtype).reshape(len(windows), length, *x.shape[1:])


@settings(max_examples=150, deadline=None)
@given(samples=NUMBERS, length=NUMBERS, hop=NUMBERS, pad=PADS)
def test_windows_are_those_of_the_definition(samples, length, hop, pad):
    x = np.arange(1, 2 * samples + 1, dtype=np.float32).reshape(samples, 2)
    expected = plain_windows(x, length, hop, pad)
    assert window_count(samples, length, hop, pad) == len(expected)
    if len(expected) == 0:
        with pytest.raises(DataError, match=f"{samples} samples, accepted for windows of {length} are at least"):
            sliding_windows(x, length, hop, pad)
        return
    np.testing.assert_array_equal(sliding_windows(x, length, hop, pad), expected)
    codes = windows_to_int8(x, length, hop, 0.7, -5, pad=pad)
    np.testing.assert_array_equal(codes, quantize_array(expected, 0.7, -5).reshape(len(expected), -1))


def test_views_share_the_signal():
    x = np.arange(24.0).reshape(12, 2)
    windows = sliding_windows(x, 4, 2)
    assert np.shares_memory(windows, x)
    assert not windows.flags.writeable
    x[2] = -1
    assert windows[0, 2, 0] == windows[1, 0, 1] == -1
    assert np.shares_memory(sliding_windows(x, 4, 4, "end"), x), "nothing to fill up"
    assert not np.shares_memory(sliding_windows(x, 5, 5, "end"), x)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_time_may_be_any_axis(axis):
    x = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    moved = np.moveaxis(x, axis, 0)
    windows = sliding_windows(x, 2, 1, axis=axis)
    assert np.shares_memory(windows, x)
    np.testing.assert_array_equal(windows, plain_windows(moved, 2, 1, None))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float64", "bool"])
def test_the_dtype_stays(dtype):
    windows = sliding_windows(np.ones(5, dtype), 2, 2, "end")
    assert windows.dtype == dtype
    assert windows.tolist() == [[1, 1], [1, 1], [1, 0]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"length": 0}, DataError, "length: 0, accepted is an integer in"),
        ({"hop": 0}, DataError, "hop: 0"),
        ({"hop": 1.5}, DataError, "hop: 1.5"),
        ({"length": True}, DataError, "length: True"),
        ({"pad": "start"}, DataError, "pad: 'start', accepted are None and 'end'"),
        ({"length": 11}, DataError, "signal: 10 samples, accepted for windows of 11 are at least 11; pad='end'"),
        ({"x": np.zeros((0, 3))}, DataError, "signal: 0 samples"),
        ({"x": ["a"]}, DataError, "dtype <U1"),
        ({"x": [[1], [1, 2]]}, DataError, "rows of different length"),
        ({"x": np.ma.masked_array([1, 2])}, DataError, "masked array"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_what_is_refused(change, error, message):
    arguments = {"x": np.zeros((10, 3), np.float32), "length": 4, "hop": 2, "pad": None} | change
    with pytest.raises(error, match=message):
        sliding_windows(**arguments)
    with pytest.raises(error, match=message):
        windows_to_int8(scale=1.0, zero_point=0, **arguments)


def test_an_axis_that_is_not_there_is_refused():
    with pytest.raises(ShapeError, match=r"axis: 2, accepted for a signal of shape \(10, 3\) are -2 to 1"):
        sliding_windows(np.zeros((10, 3)), 2, 2, axis=2)
    with pytest.raises(ShapeError, match="axis: 0"):
        sliding_windows(3.0, 2, 2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scale": 0.0}, QuantizationError, "scale 0.0"),
        ({"scale": np.nan}, QuantizationError, "scale nan"),
        ({"zero_point": 128}, QuantizationError, "zero_point 128"),
        ({"x": np.zeros((2, 3, 4))}, ShapeError, r"shape \(2, 3, 4\), accepted is \(time, axes\)"),
        ({"x": np.zeros((10, 0))}, ShapeError, r"shape \(10, 0\)"),
        ({"out": np.zeros((4, 12), np.uint8)}, ShapeError, r"out: uint8 \(4, 12\), accepted is an array of int8"),
        ({"out": np.zeros((3, 12), np.int8)}, ShapeError, r"with shape \(4, 12\)"),
        ({"out": [0]}, ShapeError, "out: list"),
        ({"out": np.zeros((4, 24), np.int8)[:, ::2]}, ShapeError, "not C-contiguous"),
        ({"out": np.frombuffer(bytes(48), np.int8).reshape(4, 12)}, ShapeError, "read-only"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_what_quantization_refuses(change, error, message):
    arguments = {"x": np.zeros((10, 3), np.float32), "length": 4, "hop": 2, "scale": 1.0, "zero_point": 0} | change
    with pytest.raises(error, match=message):
        windows_to_int8(**arguments)


def test_out_must_not_be_the_signal():
    x = np.zeros((16, 1), np.float32)
    with pytest.raises(ShapeError, match="overlaps"):
        windows_to_int8(x, 4, 4, 1.0, 0, x.view(np.int8).reshape(-1)[:16].reshape(4, 4))


@pytest.mark.parametrize(("length", "hop"), [(108, 6), (7, 7), (3, 5)])
def test_nan_is_named(length, hop):
    x = np.zeros((500, 6), np.float32)
    x[300:303, 4] = x[301, 2] = np.nan
    with pytest.raises(QuantizationError, match="signal: sample 300, axis 4 is NaN"):
        windows_to_int8(x, length, hop, 1.0, 0)
    x = np.zeros((500, 6), np.float32)
    x[499, 0] = np.nan
    behind = (500 - length) % hop
    if behind:
        windows_to_int8(x, length, hop, 1.0, 0)


def test_out_is_written_and_returned():
    x = np.random.default_rng(0).normal(0, 30, (300, 3)).astype(np.float32)
    out = np.zeros((29, 60), np.int8)
    assert windows_to_int8(x, 20, 10, 0.5, 3, out) is out
    np.testing.assert_array_equal(out, windows_to_int8(x.tolist(), 20, 10, 0.5, 3))


@pytest.mark.parametrize(("length", "hop"), [(20, 6), (20, 20), (5, 20)], ids=["overlap", "touch", "gaps"])
def test_out_holds_no_windows_after_a_nan(length, hop):
    x = np.ones((300, 3), np.float32)
    last = (window_count(300, length, hop) - 1) * hop + length - 1
    x[last, 1] = np.nan
    out = np.full((window_count(300, length, hop), 3 * length), 77, np.int8)
    with pytest.raises(QuantizationError, match=f"signal: sample {last}, axis 1 is NaN"):
        windows_to_int8(x, length, hop, 1.0, -5, out)
    assert (out == -5).all()


def test_a_nan_between_windows_is_nobody_s():
    x = np.ones((24, 1), np.float32)
    x[[5, 19, 23]] = np.nan
    out = np.zeros((2, 5), np.int8)
    windows_to_int8(x, 5, 12, 1.0, 0, out)
    assert (out == 1).all()


def quantized_at(level, values, scale, zero_point):
    codes = np.empty((1, values.size), np.int8)
    assert _core.windows_to_int8(values.reshape(-1, 1), values.size, 1, scale, zero_point, codes, level) == -1
    return codes[0]


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize("zero_point", [-128, -3, 0, 127])
def test_codes_of_all_sizes_of_quotients(level, zero_point):
    """Every 8191st float32 that is a number, and both neighbours of every tie, the tie included."""
    values = np.arange(0, 2**32, 8191, dtype=np.uint64).astype(np.uint32).view(np.float32)
    ties = (np.arange(-400, 401) + 0.5).astype(np.float32)
    neighbours = [np.nextafter(ties, np.float32(towards)) for towards in (-np.inf, np.inf)]
    zeros = np.float32([0.0, -0.0, 0.49999997, -0.49999997, np.inf, -np.inf, 1e-45])
    values = np.concatenate([values[~np.isnan(values)], ties, *neighbours, zeros])
    for scale in (1.0, 0.0078125):
        expected = quantize_array(values, scale, zero_point)
        np.testing.assert_array_equal(quantized_at(level, values, scale, zero_point), expected)


@pytest.mark.parametrize("level", et.archs())
def test_codes_of_random_scales_and_every_tail(level):
    rng = np.random.default_rng(7)
    for size in [*range(1, 70), 1000]:
        scale, zero_point = float(np.float32(10.0 ** rng.uniform(-38, 38))), int(rng.integers(-128, 128))
        with np.errstate(over="ignore"):
            values = (np.float32(scale) * rng.normal(0, 90, size).astype(np.float32)).astype(np.float32)
        expected = quantize_array(values, scale, zero_point)
        np.testing.assert_array_equal(quantized_at(level, values, scale, zero_point), expected)


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize("few", [1, 64], ids=["all near ties", "some near ties"])
def test_codes_of_quotients_near_ties(level, few):
    """A product by the reciprocal rounds some of them the other way."""
    rng = np.random.default_rng(11)
    for scale in np.float32(10.0 ** rng.uniform(-20, 20, 12)):
        values = ((np.arange(-300, 301) + 0.5) * np.float64(scale)).astype(np.float32)
        near = [(values.view(np.int32) + ulps).view(np.float32) for ulps in range(-3, 4)]
        values = np.repeat(np.concatenate(near), few)
        far = rng.integers(-300, 301, values.size) * scale
        values = np.where(np.arange(values.size) % few, far, values).astype(np.float32)
        expected = quantize_array(values, scale, 5)
        np.testing.assert_array_equal(quantized_at(level, values, float(scale), 5), expected)


@pytest.mark.parametrize("level", et.archs())
def test_every_level_sees_a_nan_anywhere(level):
    for size in (1, 64, 77):
        for place in range(size):
            values = np.ones((size, 1), np.float32)
            values[place] = np.nan
            codes = np.empty((1, size), np.int8)
            assert _core.windows_to_int8(values, size, 1, 0.5, 0, codes, level) == place


@pytest.mark.parametrize("level", et.archs())
def test_long_signals_with_overlap(level):
    """More codes than are made at a time."""
    x = np.random.default_rng(3).normal(0, 40, (70_000, 3)).astype(np.float32)
    for length, hop in ((108, 6), (500, 499), (20_000, 1_000), (30_000, 3)):
        with et.arch(level):
            codes = windows_to_int8(x, length, hop, 0.3, 10, pad="end")
        flat = quantize_array(x, 0.3, 10)
        end = (len(codes) - 1) * hop + length
        flat = np.concatenate([flat, np.full((end - len(flat), 3), 10, np.int8)])
        np.testing.assert_array_equal(codes, sliding_windows(flat, length, hop).reshape(codes.shape))


@pytest.mark.parametrize(
    ("shape", "length", "hop", "codes", "scale", "message"),
    [
        ((10, 2), 4, 2, (4, 7), 1.0, "the array of codes has another dtype or shape"),
        ((10, 2), 4, 2, (6, 8), 1.0, "begins behind the signal"),
        ((10, 2), 0, 2, (4, 0), 1.0, "out of range"),
        ((10,), 4, 2, (4, 8), 1.0, "without two dimensions"),
    ],
)
def test_the_binding_checks_for_itself(shape, length, hop, codes, scale, message):
    with pytest.raises(ShapeError, match=message):
        _core.windows_to_int8(np.zeros(shape, np.float32), length, hop, scale, 0, np.zeros(codes, np.int8))
