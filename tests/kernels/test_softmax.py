"""Softmax against its slow definition, and that against CMSIS-NN."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_nonlinear as oracle
from oracles.files import npz

from edgetwin import kernels

DTYPES = st.sampled_from(["int8", "int16"])
MULTIPLIERS = st.one_of(st.sampled_from([0, 1, 2**30, 2**31 - 1]), st.integers(0, 2**31 - 1))


def radius(shift):
    """TFLite's preparation: where a difference leaves Q5.26."""
    return -math.floor(31 * 2**26 / 2**shift)


@st.composite
def parameters(draw):
    """As TFLite prepares them, or anything that the kernel accepts: its shift may wrap."""
    shift = draw(st.integers(0, 31))
    prepared = st.just(radius(shift))
    diff_min = draw(st.one_of(prepared, prepared, st.sampled_from([0, -1, -255, -(2**31)]), st.integers(-260, 0)))
    return {"multiplier": draw(MULTIPLIERS), "shift": shift, "diff_min": diff_min}


@settings(deadline=None)
@given(hnp.arrays(np.int8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=7)), parameters(), DTYPES)
def test_softmax(x, params, dtype):
    expected = oracle.softmax(x, **params, output_dtype=dtype)
    assert_array_equal(kernels.softmax(x, **params, output_dtype=dtype), expected, strict=True)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([1, 2, 17, 127, 257]), st.integers(12, 30), st.integers(2**30, 2**31 - 1), DTYPES, st.data())
def test_softmax_of_long_rows(depth, shift, multiplier, dtype, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    spread = data.draw(st.sampled_from([0, 1, 5, 127]))
    x = rng.integers(-spread, spread, (2, depth), np.int8, endpoint=True)
    params = {"multiplier": multiplier, "shift": shift, "diff_min": radius(shift)}
    expected = oracle.softmax(x, **params, output_dtype=dtype)
    assert_array_equal(kernels.softmax(x, **params, output_dtype=dtype), expected, strict=True)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("code", [-128, 127])
@pytest.mark.parametrize("depth", [1, 511, 512, 4095])
def test_equal_codes(depth, code, dtype):
    """The longest sums: 4095 ones fill the 12 integer bits.

    From 512 on an int8 result needs a right shift by 32 and is 0, which TFLite Micro's reference aborts on.
    """
    x = np.full((1, depth), code, np.int8)
    params = {"multiplier": 2**30, "shift": 20, "diff_min": radius(20)}
    expected = oracle.softmax(x, **params, output_dtype=dtype)
    assert len(set(expected.ravel().tolist())) == 1
    assert_array_equal(kernels.softmax(x, **params, output_dtype=dtype), expected, strict=True)


def test_every_pair_of_codes():
    """All differences from -255 to 255, at scales from small to more than a whole number a step."""
    x = np.stack(np.meshgrid([-128, -127, 0, 126, 127], np.arange(-128, 128)), -1).astype(np.int8)
    for shift in (18, 23, 26):
        params = {"multiplier": 1_518_500_250, "shift": shift, "diff_min": radius(shift)}
        assert_array_equal(kernels.softmax(x, **params), oracle.softmax(x, **params), strict=True)


def test_rows_are_independent():
    x = np.random.default_rng(5).integers(-128, 128, (3, 5, 7)).astype(np.int8)
    params = {"multiplier": 2**30, "shift": 23, "diff_min": radius(23)}
    whole = kernels.softmax(x, **params)
    for row in np.ndindex(3, 5):
        assert_array_equal(kernels.softmax(x[row], **params), whole[row], strict=True)


@pytest.mark.parametrize(("file", "dtype"), [("softmax_s8", "int8"), ("softmax_s8_s16", "int16")])
def test_the_definition_equals_cmsis_nn(shared, file, dtype):
    data = npz(shared / "golden" / "cmsis_nn" / f"{file}.npz")
    names = sorted({key.split(".")[0] for key in data})
    assert len(names) == 32
    for name in names:
        p = json.loads(str(data[f"{name}.params"]))
        x = data[f"{name}.input"].reshape(p["rows"], p["cols"])
        params = {"multiplier": p["mult"], "shift": p["shift"], "diff_min": p["diff_min"], "output_dtype": dtype}
        assert_array_equal(oracle.softmax(x, **params).ravel(), data[f"{name}.output_m3"], err_msg=name)
