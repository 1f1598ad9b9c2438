"""Functions of rows, windows and axes on int16 codes against the slow definitions and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_elementwise, kernels_linear, kernels_nonlinear

from edgetwin import kernels

CODES = st.one_of(st.sampled_from([-32768, 0, 32767]), st.integers(-32768, 32767))
ROUNDINGS = st.sampled_from(["double", "single"])
MULTIPLIERS = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))
ALL = np.arange(-32768, 32768).astype(np.int16)


def arrays(least=1, most=4, side=5):
    return hnp.arrays(np.int16, hnp.array_shapes(min_dims=least, max_dims=most, max_side=side), elements=CODES)


@settings(deadline=None)
@given(arrays(), MULTIPLIERS, st.integers(-31, 30), ROUNDINGS, st.sampled_from(["tflm", "cmsis_nn"]))
def test_softmax(x, multiplier, shift, rounding, saturation):
    params = {"multiplier": multiplier, "shift": shift, "rounding": rounding, "saturation": saturation}
    assert_array_equal(kernels.softmax(x, **params), kernels_nonlinear.softmax_s16(x, **params), strict=True)


def test_softmax_of_every_difference():
    """Against the largest code, at scales from small to one that passes the table's ten."""
    x = np.stack([np.full(65536, 32767, np.int16), ALL], -1)[::31]
    for multiplier, shift in ((2**30, 0), (1_717_986_918, -1), (2**30, 4)):
        params = {"multiplier": multiplier, "shift": shift}
        assert_array_equal(kernels.softmax(x, **params), kernels_nonlinear.softmax_s16(x, **params), strict=True)


@pytest.mark.parametrize("depth", [1, 8, 9, 4096, 65535])
def test_softmax_of_equal_codes(depth):
    """The longest sum has all its leading bits set."""
    x = np.full((1, depth), -5, np.int16)
    params = {"multiplier": 2**30, "shift": 0}
    assert_array_equal(kernels.softmax(x, **params), kernels_nonlinear.softmax_s16(x, **params), strict=True)


def test_a_single_element_is_the_highest_code_or_wraps():
    for saturation, code in (("tflm", 32767), ("cmsis_nn", -32768)):
        made = kernels.softmax(np.int16([[9], [-32768]]), multiplier=2**30, shift=4, saturation=saturation)
        assert made.tolist() == [[code], [code]]


@pytest.mark.parametrize("name", ["logistic", "tanh"])
@pytest.mark.parametrize(("multiplier", "shift"), [(3, 0), (6, 0), (32767, 0), (32767, -31), (20000, -9), (16384, -13)])
def test_curves_of_every_code(name, multiplier, shift):
    params = {"input_zero_point": 0, "multiplier": multiplier, "shift": shift}
    x = ALL[::37]
    expected = getattr(kernels_nonlinear, f"{name}_s16")(x, **params)
    assert_array_equal(getattr(kernels, name)(x, **params), expected, strict=True)


@settings(deadline=None)
@given(arrays(4, 4, 7), st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(1, 3), st.data())
def test_pools(x, pool, stride, data):
    low, high = sorted(data.draw(st.tuples(CODES, CODES)))
    clamp = data.draw(st.sampled_from([{}, {"activation_min": low, "activation_max": high}]))
    params = {"pool": pool, "stride": (stride, stride), "padding": "same"} | clamp
    for name in ("max_pool_2d", "average_pool_2d"):
        expected = getattr(kernels_linear, name)(x, **params)
        assert_array_equal(getattr(kernels, name)(x, **params), expected, strict=True)


def test_average_of_the_largest_window():
    for code in (-32768, 32767):
        x = np.full((1, 217, 151, 1), code, np.int16)
        assert kernels.average_pool_2d(x, pool=(217, 151), stride=1, padding="valid").item() == code


@settings(deadline=None)
@given(arrays(1, 5, 4), MULTIPLIERS, st.integers(-31, 30), ROUNDINGS, st.booleans(), st.data())
def test_mean_and_sum(x, multiplier, shift, rounding, keep_dims, data):
    axes = data.draw(st.lists(st.integers(-x.ndim, x.ndim - 1), max_size=x.ndim))
    params = {"multiplier": multiplier, "shift": shift, "rounding": rounding, "keep_dims": keep_dims}
    params |= {"input_zero_point": 0, "output_zero_point": 0}
    expected = kernels_elementwise.mean(x, axes, **params)
    assert_array_equal(kernels.mean(x, axis=axes, **params), expected, strict=True)
    assert_array_equal(kernels.sum(x, axis=axes, **params), expected, strict=True)


@pytest.mark.parametrize("dtype", [np.int16, np.int32])
def test_pad(dtype):
    rng, info = np.random.default_rng(3), np.iinfo(dtype)
    for value in (info.min, 0, info.max):
        x = rng.integers(info.min, info.max, (2, 3, 4), dtype, endpoint=True)
        paddings = ((0, 0), (1, 2), (3, 0))
        expected = np.pad(x, paddings, constant_values=value)
        assert_array_equal(kernels.pad(x, paddings=paddings, value=int(value)), expected, strict=True)


def test_resize_nearest_neighbor():
    """Codes of 16 bits go where those of 8 go."""
    x = np.random.default_rng(4).integers(-128, 128, (2, 5, 7, 3))
    for size in (3, (11, 2), (10, 14)):
        narrow = kernels.resize_nearest_neighbor(x.astype(np.int8), size=size, half_pixel_centers=True)
        wide = kernels.resize_nearest_neighbor((x * 255).astype(np.int16), size=size, half_pixel_centers=True)
        assert_array_equal(wide, narrow.astype(np.int16) * 255, strict=True)
