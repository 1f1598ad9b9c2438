"""Convolutions, fully connected layers and requantize against the slow definition, and that against CMSIS-NN.

Each call runs twice: in the host's form, and in the device core's own code.
"""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_linear as oracle
from oracles.files import npz

from edgetwin import _core, kernels

ZERO_POINTS = st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(
    st.sampled_from([0, 1, 2**30, 2**30 + 1, 2**31 - 1]),
    st.integers(2**30, 2**31 - 1),
    st.integers(0, 2**30),
)
SHIFTS = st.one_of(st.sampled_from([-31, -1, 0, 1, 30]), st.integers(-31, 30))
INT32 = st.integers(-(2**31), 2**31 - 1)
SEEDS = st.integers(0, 2**32 - 1)
MOST_CHANNELS, MOST_SIZE = 19, 13
CHANNELS = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 11, 16, 17, MOST_CHANNELS])


def codes(seed, shape, ends=False):
    """Full-range int8, -128 included, or only its ends."""
    rng = np.random.default_rng(seed)
    choice = rng.choice([-128, 127], shape) if ends else rng.integers(-128, 128, shape)
    return choice.astype(np.int8)


@st.composite
def stages(draw, channels, terms):
    """What follows sums of `terms` products: (bias, parameters), per-channel or per-tensor.

    Mostly scales that leave such sums inside int8, so that every bit counts; else anything the kernels accept.
    """
    count = draw(st.sampled_from([(), (1,), (channels,)]))
    if draw(st.integers(0, 3)):
        typical = 13 + math.ceil(math.log2(terms) / 2)
        multipliers = st.integers(2**30, 2**31 - 1) | st.sampled_from([2**30, 2**31 - 1])
        shifts = st.integers(5 - typical, 8 - typical)
        biases = st.none() | hnp.arrays(np.int32, channels, elements=st.integers(-(2**typical), 2**typical))
        output_zero_points, clamps = st.integers(-20, 20) | ZERO_POINTS, st.just((-128, 127))
    else:
        multipliers, shifts = MULTIPLIERS, SHIFTS
        biases = hnp.arrays(np.int32, channels, elements=INT32)
        output_zero_points, clamps = ZERO_POINTS, st.tuples(ZERO_POINTS, ZERO_POINTS).map(sorted)
    low, high = draw(clamps)
    params = {
        "multiplier": draw(hnp.arrays(np.int32, count, elements=multipliers)),
        "shift": draw(hnp.arrays(np.int32, count, elements=shifts)),
        "input_zero_point": draw(ZERO_POINTS),
        "output_zero_point": draw(output_zero_points),
        "activation_min": low,
        "activation_max": high,
        "rounding": draw(st.sampled_from(["double", "single"])),
    }
    return draw(biases), params


@st.composite
def axes(draw, most_kernel=5):
    """One axis: (size, kernel, stride, dilation, padding) such that at least one window fits."""
    kernel = draw(st.integers(1, most_kernel))
    stride, dilation = draw(st.integers(1, 4)), draw(st.sampled_from([1, 1, 2, 3]))
    padding = draw(st.one_of(st.sampled_from(["same", "valid"]), st.tuples(st.integers(0, 4), st.integers(0, 4))))
    added = 0 if isinstance(padding, str) else sum(padding)
    least = 1 if padding == "same" else max((kernel - 1) * dilation + 1 - added, 1)
    return draw(st.integers(least, max(least, MOST_SIZE))), kernel, stride, dilation, padding


@st.composite
def windows(draw, one_dimensional):
    """(height, width), (kernel_h, kernel_w) and the parameters that place the windows."""
    vertical = (1, 1, 1, 1, (0, 0)) if one_dimensional else draw(axes(3))
    horizontal = draw(axes())
    if not one_dimensional and isinstance(horizontal[4], str):
        vertical = draw(axes(3).filter(lambda axis: axis[4] == horizontal[4]))
    elif isinstance(vertical[4], str):
        vertical = (*vertical[:4], (vertical[1] * vertical[3], 0))
    pairs = list(zip(vertical, horizontal, strict=True))
    padding = horizontal[4] if isinstance(horizontal[4], str) else pairs[4]
    return pairs[0], pairs[1], {"stride": pairs[2], "dilation": pairs[3], "padding": padding}


@st.composite
def conv_cases(draw, depthwise=False):
    size, kernel, params = draw(windows(draw(st.booleans())))
    groups = draw(CHANNELS) if depthwise else draw(st.sampled_from([1, 1, 1, 2, 3]))
    depth = 1 if depthwise else draw(CHANNELS)
    filters = groups * draw(st.integers(1, 3) if depthwise else CHANNELS if groups == 1 else st.integers(1, 6))
    bias, stage = draw(stages(filters, math.prod(kernel) * depth))
    x = codes(draw(SEEDS), (draw(st.integers(1, 2)), *size, groups * depth), draw(st.booleans()))
    shape = (1, *kernel, filters) if depthwise else (filters, *kernel, depth)
    return x, codes(draw(SEEDS), shape, draw(st.booleans())), bias, params | stage


@st.composite
def conv_1d_cases(draw):
    size, kernel, stride, dilation, padding = draw(axes(7))
    channels, filters = draw(CHANNELS), draw(CHANNELS)
    bias, stage = draw(stages(filters, kernel * channels))
    x = codes(draw(SEEDS), (draw(st.integers(1, 3)), size, channels), draw(st.booleans()))
    weights = codes(draw(SEEDS), (filters, kernel, channels), draw(st.booleans()))
    return x, weights, bias, stage | {"stride": stride, "dilation": dilation, "padding": padding}


@st.composite
def fully_connected_cases(draw):
    features, outputs = draw(st.one_of(CHANNELS, st.sampled_from([31, 64, 127, 251]))), draw(CHANNELS)
    bias, stage = draw(stages(outputs, features))
    x = codes(draw(SEEDS), (draw(st.integers(1, 5)), features), draw(st.booleans()))
    weights = codes(draw(SEEDS), (outputs, features), draw(st.booleans()))
    return x, weights, bias, stage | {"weights_zero_point": draw(st.one_of(st.just(0), ZERO_POINTS))}


@contextmanager
def device_core():
    """Inside, ``et.kernels`` runs the device core's own code instead of the host's forms of it."""
    with mock.patch.object(_core, "active_level", return_value=None):
        yield


def check(name, x, weights, bias, params):
    """The kernel equals its definition in both forms, and every sample alone equals its row of the batch."""
    kernel = getattr(kernels, name)
    expected = getattr(oracle, name)(x, weights, bias, **params)
    assert_array_equal(kernel(x, weights, bias, **params), expected, strict=True, err_msg="host form")
    for i in range(len(x)):
        alone = kernel(x[i : i + 1], weights, bias, **params)
        assert_array_equal(alone, expected[i : i + 1], strict=True, err_msg=f"sample {i} alone")
    with device_core():
        assert_array_equal(kernel(x, weights, bias, **params), expected, strict=True, err_msg="device core")


@settings(deadline=None, max_examples=200)
@given(conv_cases())
def test_conv_2d(case):
    check("conv_2d", *case)


@settings(deadline=None, max_examples=200)
@given(conv_1d_cases())
def test_conv_1d(case):
    check("conv_1d", *case)


@settings(deadline=None, max_examples=200)
@given(conv_cases(depthwise=True))
def test_depthwise_conv_2d(case):
    check("depthwise_conv_2d", *case)


@settings(deadline=None, max_examples=200)
@given(fully_connected_cases())
def test_fully_connected(case):
    check("fully_connected", *case)


@settings(deadline=None)
@given(
    hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=5),
    st.data(),
    st.sampled_from(["double", "single"]),
)
def test_requantize(shapes, data, rounding):
    elements = (INT32 | st.integers(-3, 3) | st.sampled_from([-(2**31), 2**31 - 1]), MULTIPLIERS, st.integers(-31, 30))
    arrays = [
        data.draw(hnp.arrays(np.int32, shape, elements=e))
        for shape, e in zip(shapes.input_shapes, elements, strict=True)
    ]
    result = kernels.requantize(*arrays, rounding=rounding)
    assert_array_equal(result, oracle.requantize(*arrays, rounding=rounding), strict=True)


@pytest.mark.parametrize("terms", [32767, 32768, 32769, 70001])
@pytest.mark.parametrize(
    ("name", "weights_zero_point"),
    [("conv_1d", 0), ("depthwise_conv_2d", 0), ("fully_connected", -128), ("fully_connected", 127)],
)
def test_long_sums_wrap(name, weights_zero_point, terms):
    """70001 of the largest products pass int32; the bias takes each sum back to a number of which every bit shows."""
    x = np.full((1, terms), 127, np.int8)
    weights = np.repeat(np.int8([[127], [-128]]), terms, axis=1)
    params = {"input_zero_point": -128, "output_zero_point": 0, "multiplier": 2**31 - 1, "shift": 0}
    if name == "fully_connected":
        params["weights_zero_point"] = weights_zero_point
    sums = 255 * terms * np.array([127 - weights_zero_point, -128 - weights_zero_point])
    results = np.int8([77, -3])
    bias = ((results - sums + 2**31) % 2**32 - 2**31).astype(np.int32)
    if name == "conv_1d":
        x, weights = x[..., None], weights[..., None]
    elif name == "depthwise_conv_2d":
        x, weights = x[:, None, :, None], weights.T[None, None]
    kernel = getattr(kernels, name)
    assert_array_equal(kernel(x, weights, bias, **params).reshape(-1), results, err_msg="host form")
    with device_core():
        assert_array_equal(kernel(x, weights, bias, **params).reshape(-1), results, err_msg="device core")


def golden(shared, file):
    """(name, parameters, arrays) of every record."""
    data = npz(shared / "golden" / "cmsis_nn" / f"{file}.npz")
    names = sorted({key.split(".")[0] for key in data})
    assert len(names) == RECORDS[file]
    for name in names:
        arrays = {key.split(".", 1)[1]: value for key, value in data.items() if key.startswith(f"{name}.")}
        yield name, json.loads(str(arrays.pop("params"))), arrays


RECORDS = {"requantize": 30, "conv": 50, "depthwise_conv": 34, "fully_connected": 42}
BUILDS = pytest.mark.parametrize(
    ("build", "rounding"), [("m3", "double"), ("m4_single_rounding", "single")], ids=["double", "single"]
)


@BUILDS
def test_the_definition_of_requantize_equals_cmsis_nn(shared, build, rounding):
    for name, _, arrays in golden(shared, "requantize"):
        args = [arrays[key] for key in ("input", "multiplier", "shift")]
        result = oracle.requantize(*args, rounding=rounding)
        assert_array_equal(result, arrays[f"output_{build}"], err_msg=name)


@BUILDS
@pytest.mark.parametrize(("file", "kernel"), [("conv", "conv_2d"), ("depthwise_conv", "depthwise_conv_2d")])
def test_the_definition_of_convolutions_equals_cmsis_nn(shared, file, kernel, build, rounding):
    for name, p, arrays in golden(shared, file):
        p |= {"dilation_h": p.get("dilation_h", 1), "dilation_w": p.get("dilation_w", 1)}
        x = arrays["input"].reshape(p["batch"], p["in_h"], p["in_w"], p["in_c"])
        if kernel == "conv_2d":
            weights = arrays["weights"].reshape(p["out_c"], p["k_h"], p["k_w"], p["k_c"])
        else:
            weights = arrays["weights"].reshape(1, p["k_h"], p["k_w"], p["out_c"])
        params = scale(p, arrays) | {
            "stride": (p["stride_h"], p["stride_w"]),
            "dilation": (p["dilation_h"], p["dilation_w"]),
            "padding": p["padding"],
        }
        result = getattr(oracle, kernel)(x, weights, arrays.get("bias"), **params, rounding=rounding)
        assert_array_equal(result.reshape(-1), arrays[f"output_{build}"], err_msg=name)


@BUILDS
def test_the_definition_of_fully_connected_equals_cmsis_nn(shared, build, rounding):
    for name, p, arrays in golden(shared, "fully_connected"):
        result = oracle.fully_connected(
            arrays["input"].reshape(p["batch"], p["in_features"]),
            arrays["weights"].reshape(p["out_features"], p["in_features"]),
            arrays.get("bias"),
            **scale(p, arrays),
            weights_zero_point=-p["filter_offset"],
            rounding=rounding,
        )
        assert_array_equal(result.reshape(-1), arrays[f"output_{build}"], err_msg=name)


def scale(p, arrays):
    return {
        "multiplier": arrays["multiplier"],
        "shift": arrays["shift"],
        "input_zero_point": -p["input_offset"],
        "output_zero_point": p["output_offset"],
        "activation_min": p["act_min"],
        "activation_max": p["act_max"],
    }
