"""Transpose convolutions and matrix products against the slow definition, and that against CMSIS-NN."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_linear as oracle
from oracles.files import npz

from edgetwin import kernels

ZERO_POINTS = st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127))
ROUNDINGS = st.sampled_from(["double", "single"])
SEEDS = st.integers(0, 2**32 - 1)
CHANNELS = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 11, 16, 17])


def codes(seed, shape):
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


@st.composite
def scales(draw, terms, count):
    """Mostly scales that leave sums of `terms` products inside int8; else anything the kernels accept."""
    typical = 13 + math.ceil(math.log2(terms) / 2)
    usual = draw(st.integers(0, 3)) > 0
    multipliers = st.integers(2**30, 2**31 - 1) if usual else st.integers(0, 2**31 - 1)
    shifts = st.integers(5 - typical, 8 - typical) if usual else st.integers(-31, 30)
    if count is None:
        return draw(multipliers), draw(shifts)
    return draw(hnp.arrays(np.int32, count, elements=multipliers)), draw(hnp.arrays(np.int32, count, elements=shifts))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_transpose_conv(data):
    kernel, stride, size = (data.draw(st.tuples(st.integers(1, most), st.integers(1, most))) for most in (5, 4, 6))
    usual = [max((size[i] - 1) * stride[i] + kernel[i], 1) for i in range(2)]
    output_shape = tuple(max(1, n + data.draw(st.integers(-3, 3))) for n in usual)
    channels, filters = data.draw(CHANNELS), data.draw(CHANNELS)
    count = data.draw(st.sampled_from([(), (1,), (filters,)]))
    multiplier, shift = data.draw(scales(math.prod(kernel) * channels, count))
    low, high = sorted((data.draw(ZERO_POINTS), data.draw(ZERO_POINTS))) if data.draw(st.booleans()) else (-128, 127)
    params = {
        "output_shape": output_shape,
        "stride": stride,
        "padding": data.draw(st.sampled_from(["same", "valid"])),
        "multiplier": multiplier,
        "shift": shift,
        "input_zero_point": data.draw(ZERO_POINTS),
        "output_zero_point": data.draw(ZERO_POINTS),
        "activation_min": low,
        "activation_max": high,
        "rounding": data.draw(ROUNDINGS),
    }
    x = codes(data.draw(SEEDS), (data.draw(st.integers(1, 2)), *size, channels))
    weights = codes(data.draw(SEEDS), (filters, *kernel, channels))
    biases = st.integers(-(2**31), 2**31 - 1) | st.integers(-(2**15), 2**15)
    bias = data.draw(st.none() | hnp.arrays(np.int32, filters, elements=biases))
    expected = oracle.transpose_conv(x, weights, bias, **params)
    assert_array_equal(kernels.transpose_conv(x, weights, bias, **params), expected, strict=True)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_batch_matmul(data):
    leads = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    rows, depth, columns = (data.draw(CHANNELS) for _ in range(3))
    adj_x, adj_y = data.draw(st.booleans()), data.draw(st.booleans())
    multiplier, shift = data.draw(scales(2 * depth, None))
    params = {
        **{f"{side}_zero_point": data.draw(ZERO_POINTS) for side in ("x", "y", "output")},
        **{"multiplier": multiplier, "shift": shift, "adj_x": adj_x, "adj_y": adj_y},
        "rounding": data.draw(ROUNDINGS),
    }
    x = codes(data.draw(SEEDS), (*leads[0], *((depth, rows) if adj_x else (rows, depth))))
    y = codes(data.draw(SEEDS), (*leads[1], *((columns, depth) if adj_y else (depth, columns))))
    expected = oracle.batch_matmul(x, y, **params)
    assert_array_equal(kernels.batch_matmul(x, y, **params), expected, strict=True)


@pytest.mark.parametrize(
    ("build", "rounding"), [("m3", "double"), ("m4_single_rounding", "single")], ids=["double", "single"]
)
def test_the_definition_of_transpose_conv_equals_cmsis_nn(shared, build, rounding):
    data = npz(shared / "golden" / "cmsis_nn" / "transpose_conv.npz")
    names = sorted({key.split(".")[0] for key in data})
    assert len(names) == 36
    for name in names:
        p = json.loads(str(data[f"{name}.params"]))
        result = oracle.transpose_conv(
            data[f"{name}.input"].reshape(p["batch"], p["in_h"], p["in_w"], p["in_c"]),
            data[f"{name}.weights"].reshape(p["out_c"], p["k_h"], p["k_w"], p["k_c"]),
            data.get(f"{name}.bias"),
            output_shape=(p["out_h"], p["out_w"]),
            stride=(p["stride_h"], p["stride_w"]),
            padding=p["padding"],
            multiplier=data[f"{name}.multiplier"],
            shift=data[f"{name}.shift"],
            input_zero_point=-p["input_offset"],
            output_zero_point=p["output_offset"],
            activation_min=p["act_min"],
            activation_max=p["act_max"],
            rounding=rounding,
        )
        assert_array_equal(result.reshape(-1), data[f"{name}.output_{build}"], err_msg=name)
