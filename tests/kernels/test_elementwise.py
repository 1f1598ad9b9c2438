"""Add, pad, mean, requantize and relu of the device core against the slow definition, and that against CMSIS-NN."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_elementwise as oracle

from edgetwin import _core, kernels

ZERO_POINTS = st.one_of(st.sampled_from([-128, 127]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))
ROUNDINGS = st.sampled_from(["double", "single"])
SHAPES = hnp.array_shapes(min_dims=1, max_dims=6, max_side=5)
FORMS = [
    ("int8", "int8"),
    ("int8", "uint8"),
    ("uint8", "int8"),
    ("int8", "int16"),
    ("int8", "int32"),
    ("int16", "int8"),
    ("int16", "int16"),
    ("int16", "int32"),
    ("int32", "int8"),
    ("int32", "int16"),
]
CODES = {"int8": "s8", "uint8": "u8", "int16": "s16", "int32": "s32"}


@st.composite
def activation(draw):
    low, high = sorted(draw(st.tuples(st.integers(-128, 127), st.integers(-128, 127))))
    return {"activation_min": low, "activation_max": high}


@st.composite
def add_cases(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=6, max_side=4)).input_shapes
    x, y = (draw(hnp.arrays(np.int8, shape)) for shape in shapes)
    params = {"left_shift": draw(st.one_of(st.just(20), st.integers(0, 22))), **draw(activation())}
    for name in ("x", "y", "output"):
        params[f"{name}_zero_point"] = draw(ZERO_POINTS)
        params[f"{name}_multiplier"] = draw(MULTIPLIERS)
        params[f"{name}_shift"] = draw(st.integers(-31, 0))
    return x, y, params, draw(ROUNDINGS)


@given(add_cases())
def test_add(case):
    x, y, params, rounding = case
    assert_array_equal(kernels.add(x, y, **params, rounding=rounding), oracle.add(x, y, params, rounding), strict=True)


@pytest.mark.parametrize("build", ["m3", "m4_single_rounding"])
def test_the_definition_of_add_equals_cmsis_nn(shared, build):
    data = np.load(shared / "golden" / "cmsis_nn" / "elementwise_add.npz")
    for name in sorted({key.split(".")[0] for key in data.files})[::8]:
        given_params = json.loads(str(data[f"{name}.params"]))
        params = {
            "left_shift": given_params["left_shift"],
            "activation_min": given_params["act_min"],
            "activation_max": given_params["act_max"],
            "output_zero_point": given_params["output_offset"],
            "output_multiplier": given_params["output_mult"],
            "output_shift": given_params["output_shift"],
        }
        for ours, theirs in (("x", "input1"), ("y", "input2")):
            params[f"{ours}_zero_point"] = -given_params[f"{theirs}_offset"]
            params[f"{ours}_multiplier"] = given_params[f"{theirs}_mult"]
            params[f"{ours}_shift"] = given_params[f"{theirs}_shift"]
        output = oracle.add(
            data[f"{name}.input"], data[f"{name}.input2"], params, "single" if "single" in build else "double"
        )
        assert_array_equal(output, data[f"{name}.output_{build}"], err_msg=name)


@st.composite
def pad_cases(draw):
    x = draw(hnp.arrays(np.int8, hnp.array_shapes(min_dims=1, max_dims=6, max_side=3)))
    amounts = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return x, draw(st.lists(amounts, min_size=x.ndim, max_size=x.ndim)), draw(ZERO_POINTS)


@given(pad_cases())
def test_pad(case):
    x, paddings, value = case
    assert_array_equal(kernels.pad(x, paddings=paddings, value=value), oracle.pad(x, paddings, value), strict=True)


@st.composite
def mean_cases(draw):
    x = draw(hnp.arrays(np.int8, SHAPES))
    axes = draw(st.lists(st.integers(-x.ndim, x.ndim - 1), max_size=x.ndim, unique=True))
    count = int(np.prod([x.shape[axis] for axis in {a % x.ndim for a in axes}]))
    multiplier, shift = oracle.mean_multiplier(draw(MULTIPLIERS), draw(st.integers(-31, 30)), count)
    params = {"multiplier": multiplier, "shift": shift, "keep_dims": draw(st.booleans()), "rounding": draw(ROUNDINGS)}
    return x, axes, params | {"input_zero_point": draw(ZERO_POINTS), "output_zero_point": draw(ZERO_POINTS)}


@given(mean_cases())
def test_mean(case):
    x, axes, params = case
    assert_array_equal(kernels.mean(x, axis=axes, **params), oracle.mean(x, axes, **params), strict=True)


@st.composite
def requantize_cases(draw):
    source, target = draw(st.sampled_from(FORMS))
    codes = draw(hnp.arrays(source, st.integers(1, 20)))
    low, high = oracle.RANGES[target]
    params = {
        "input_zero_point": draw(st.integers(*oracle.RANGES[source])),
        "output_zero_point": draw(st.integers(low, high)),
        "multiplier": draw(MULTIPLIERS),
        "shift": draw(st.integers(-31, 30)),
    }
    relu = target == "int8" and draw(st.booleans())
    return codes, target, params, (params["output_zero_point"] if relu else low, high), draw(ROUNDINGS)


@given(requantize_cases())
def test_requantize_and_relu(case):
    codes, target, params, limits, rounding = case
    expected = oracle.relu(codes, **params, activation=limits, output_dtype=target, rounding=rounding)
    if limits == oracle.RANGES[target]:
        assert_array_equal(oracle.requantize(codes, **params, output_dtype=target, rounding=rounding), expected)
    fields = params | {
        "size": codes.size,
        "activation_min": limits[0],
        "activation_max": limits[1],
        "rounding": int(rounding == "single"),
    }
    (output,) = _core.run_kernel(f"requantize_{CODES[codes.dtype.name]}_{CODES[target]}", fields, [codes], {})
    assert_array_equal(output.view(target), expected, strict=True)


@given(hnp.arrays(np.int8, st.integers(1, 20)), activation())
def test_relu6_is_a_clamp(codes, limits):
    (output,) = _core.run_kernel("clamp_s8", {"size": codes.size, **limits}, [codes], {})
    expected = oracle.clamp(codes, limits["activation_min"], limits["activation_max"])
    assert_array_equal(output.view(np.int8), expected, strict=True)
