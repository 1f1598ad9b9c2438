"""Pools against the slow definition, and that against CMSIS-NN."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles import kernels_linear as oracle
from oracles.files import npz

from edgetwin import kernels

KERNELS = pytest.mark.parametrize("name", ["max_pool_2d", "average_pool_2d"])
CODES = st.integers(-128, 127)


@st.composite
def axes(draw, padding):
    """One axis: (size, pool, stride, padding), every window of which holds an element of the image."""
    size, pool, stride = (
        draw(st.integers(1, 11)),
        draw(st.sampled_from([1, 2, 3, 4, 5, 7, 11])),
        draw(st.integers(1, 4)),
    )
    if padding == "same":
        return size, pool, stride, padding
    if padding == "valid":
        return max(size, pool), pool, stride, padding
    before = draw(st.integers(0, pool - 1))
    # Enough behind for one window; then at most so much that the last one still starts inside.
    least = max(pool - size - before, 0)
    after = draw(st.integers(least, max(least, pool - 1)))
    return size, pool, stride, (before, after)


@st.composite
def cases(draw):
    padding = draw(st.sampled_from(["same", "valid", "explicit"]))
    sizes, pool, stride, amounts = zip(draw(axes(padding)), draw(axes(padding)), strict=True)
    shape = (draw(st.integers(1, 3)), *sizes, draw(st.sampled_from([1, 2, 3, 7, 8, 17])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    narrow = draw(st.sampled_from([(-128, 128), (-2, 3), (-128, -126), (126, 128)]))
    low, high = sorted((draw(CODES), draw(CODES))) if draw(st.booleans()) else (-128, 127)
    params = {
        "pool": pool,
        "stride": stride,
        "padding": amounts if padding == "explicit" else padding,
        "activation_min": low,
        "activation_max": high,
    }
    return rng.integers(*narrow, shape).astype(np.int8), params


@KERNELS
@settings(deadline=None)
@given(case=cases())
def test_pools(name, case):
    x, params = case
    kernel = getattr(kernels, name)
    expected = getattr(oracle, name)(x, **params)
    assert_array_equal(kernel(x, **params), expected, strict=True)
    for i in range(len(x)):
        assert_array_equal(
            kernel(x[i : i + 1], **params), expected[i : i + 1], strict=True, err_msg=f"sample {i} alone"
        )


def test_average_of_every_pair_rounds_half_away_from_zero():
    x = np.stack(np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)), -1).astype(np.int8).reshape(1, -1, 2, 1)
    params = {"pool": (1, 2), "stride": (1, 2), "padding": "valid"}
    total = x.astype(np.int64).sum((2, 3)).reshape(-1)
    expected = np.sign(total) * ((np.abs(total) + 1) // 2)
    assert_array_equal(kernels.average_pool_2d(x, **params).reshape(-1), expected)


@pytest.mark.parametrize("build", ["m3", "m55_single_rounding"])
@pytest.mark.parametrize(("file", "name"), [("max_pool", "max_pool_2d"), ("avg_pool", "average_pool_2d")])
def test_the_definition_equals_cmsis_nn(shared, file, name, build):
    data = npz(shared / "golden" / "cmsis_nn" / f"{file}.npz")
    names = sorted({key.split(".")[0] for key in data})
    assert len(names) == 30
    for case in names:
        p = json.loads(str(data[f"{case}.params"]))
        result = getattr(oracle, name)(
            data[f"{case}.input"].reshape(p["batch"], p["in_h"], p["in_w"], p["in_c"]),
            pool=(p["k_h"], p["k_w"]),
            stride=(p["stride_h"], p["stride_w"]),
            padding=p["padding"],
            activation_min=p["act_min"],
            activation_max=p["act_max"],
        )
        assert_array_equal(result.reshape(-1), data[f"{case}.output_{build}"], err_msg=case)
