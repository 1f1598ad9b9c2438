"""Sum, reduce_max, reduce_min, arg_max, arg_min and cumsum of the device core against numpy and the slow definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_elementwise as oracle

from edgetwin import kernels

# Few codes, so that many are equal.
ARRAYS = hnp.arrays(
    np.int8,
    hnp.array_shapes(min_dims=1, max_dims=6, max_side=5),
    elements=st.one_of(st.sampled_from([-128, 0, 127]), st.integers(-128, 127)),
)


@st.composite
def reductions(draw):
    x = draw(ARRAYS)
    axes = draw(st.lists(st.integers(-x.ndim, x.ndim - 1), max_size=x.ndim))
    return x, axes, tuple({axis % x.ndim for axis in axes}), draw(st.booleans())


@settings(deadline=None)
@given(reductions())
def test_reduce_max_and_min(case):
    x, axes, plain, keep = case
    for kernel, definition in ((kernels.reduce_max, np.max), (kernels.reduce_min, np.min)):
        expected = np.asarray(definition(x, axis=plain, keepdims=keep))
        assert_array_equal(kernel(x, axis=axes, keep_dims=keep), expected, strict=True)


@settings(deadline=None)
@given(
    reductions(),
    st.tuples(st.integers(-128, 127), st.integers(-128, 127)),
    st.integers(0, 2**31 - 1),
    st.integers(-31, 30),
    st.sampled_from(["double", "single"]),
)
def test_sum(case, zero_points, multiplier, shift, rounding):
    x, axes, _, keep = case
    params = {"input_zero_point": zero_points[0], "output_zero_point": zero_points[1], "multiplier": multiplier}
    params |= {"shift": shift, "keep_dims": keep, "rounding": rounding}
    assert_array_equal(kernels.sum(x, axis=axes, **params), oracle.mean(x, axes, **params), strict=True)


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_arg_max_and_min(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for kernel, definition in ((kernels.arg_max, np.argmax), (kernels.arg_min, np.argmin)):
        assert_array_equal(kernel(x, axis=axis), np.asarray(definition(x, axis=axis), np.int32), strict=True)


@pytest.mark.parametrize("kernel", [kernels.arg_max, kernels.arg_min])
def test_the_first_of_equal_codes_wins(kernel):
    assert_array_equal(kernel(np.full((2, 3), 7, np.int8), axis=1), np.zeros(2, np.int32), strict=True)


@settings(deadline=None)
@given(ARRAYS, st.tuples(*[st.integers(-128, 127)] * 2), st.integers(0, 2**31 - 1), st.integers(-31, 0), st.data())
def test_cumsum(x, zero_points, multiplier, shift, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    params = {"input_zero_point": zero_points[0], "output_zero_point": zero_points[1], "multiplier": multiplier}
    params |= {"shift": shift, "exclusive": data.draw(st.booleans()), "reverse": data.draw(st.booleans())}
    assert_array_equal(kernels.cumsum(x, axis=axis, **params), oracle.cumsum(x, axis, **params), strict=True)


def test_a_cumsum_wraps():
    x = np.full((1, 40), 127, np.int8)
    params = {"input_zero_point": -128, "output_zero_point": 0, "multiplier": 2**30, "shift": -24}
    expected = oracle.cumsum(x, 1, **params)
    assert (np.diff(expected.astype(int)) < 0).any()
    assert_array_equal(kernels.cumsum(x, axis=1, **params), expected, strict=True)
