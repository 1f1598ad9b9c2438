"""Element-wise arithmetic of the device core against the slow definition, and that against CMSIS-NN."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_arithmetic as oracle

from edgetwin import kernels

ZERO_POINTS = st.one_of(st.sampled_from([-128, 127]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, max_side=5)
ROUNDINGS = st.sampled_from(["double", "single"])


@st.composite
def operands(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=6, max_side=4)).input_shapes
    return [draw(hnp.arrays(np.int8, shape)) for shape in shapes]


@st.composite
def activation(draw):
    low, high = sorted(draw(st.tuples(st.integers(-128, 127), st.integers(-128, 127))))
    return {"activation_min": low, "activation_max": high}


@st.composite
def common_scale(draw, left_shift, most):
    params = {"left_shift": draw(st.one_of(st.just(left_shift), st.integers(0, 22)))}
    for name in ("x", "y", "output"):
        params[f"{name}_zero_point"] = draw(ZERO_POINTS)
        params[f"{name}_multiplier"] = draw(MULTIPLIERS)
        params[f"{name}_shift"] = draw(st.integers(-31, most if name == "output" else 0))
    return params


@st.composite
def mul_params(draw):
    params = {f"{name}_zero_point": draw(ZERO_POINTS) for name in ("x", "y", "output")}
    return params | {"multiplier": draw(MULTIPLIERS), "shift": draw(st.integers(-31, 30))}


@settings(deadline=None)
@given(operands(), common_scale(20, 0), activation(), ROUNDINGS)
def test_sub(arrays, params, clamp, rounding):
    params |= clamp
    ours = kernels.sub(*arrays, **params, rounding=rounding)
    assert_array_equal(ours, oracle.sub(*arrays, params, rounding), strict=True)


@settings(deadline=None)
@given(operands(), common_scale(7, 30))
def test_squared_difference(arrays, params):
    ours = kernels.squared_difference(*arrays, **params)
    assert_array_equal(ours, oracle.squared_difference(*arrays, params), strict=True)


@settings(deadline=None)
@given(operands(), mul_params(), activation(), ROUNDINGS)
def test_mul(arrays, params, clamp, rounding):
    params |= clamp
    ours = kernels.mul(*arrays, **params, rounding=rounding)
    assert_array_equal(ours, oracle.mul(*arrays, params, rounding), strict=True)


@st.composite
def div_params(draw):
    params = {f"{name}_zero_point": draw(ZERO_POINTS) for name in ("x", "y", "output")}
    return params | {"multiplier": draw(MULTIPLIERS), "shift": draw(st.integers(-23, 22))}


@settings(deadline=None)
@given(operands(), div_params(), activation())
def test_div(arrays, params, clamp):
    params |= clamp
    assert_array_equal(kernels.div(*arrays, **params), oracle.div(*arrays, params), strict=True)


@st.composite
def rectified(draw, alpha, *zero_points):
    params = {f"{name}_zero_point": draw(ZERO_POINTS) for name in zero_points}
    for name, sign in (("identity", 1), ("alpha", draw(alpha))):
        params |= {f"{name}_multiplier": sign * draw(MULTIPLIERS), f"{name}_shift": draw(st.integers(-31, 30))}
    return params


@settings(deadline=None)
@given(hnp.arrays(np.int8, SHAPES), rectified(st.sampled_from([1, -1]), "input", "output"))
def test_leaky_relu(x, params):
    assert_array_equal(kernels.leaky_relu(x, **params), oracle.leaky_relu(x, params), strict=True)


@settings(deadline=None)
@given(operands(), rectified(st.just(1), "input", "alpha", "output"))
def test_prelu(arrays, params):
    assert_array_equal(kernels.prelu(*arrays, **params), oracle.prelu(*arrays, params), strict=True)


@settings(deadline=None)
@given(hnp.arrays(np.int8, SHAPES), ZERO_POINTS, ZERO_POINTS, MULTIPLIERS, st.integers(-31, 30))
def test_abs(x, input_zero_point, output_zero_point, multiplier, shift):
    params = {"input_zero_point": input_zero_point, "output_zero_point": output_zero_point}
    params |= {"multiplier": multiplier, "shift": shift}
    assert_array_equal(kernels.abs(x, **params), oracle.magnitude(x, params), strict=True)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@settings(deadline=None)
@given(arrays=operands())
def test_extrema(name, arrays):
    assert_array_equal(getattr(kernels, name)(*arrays), getattr(np, name)(*arrays), strict=True)


@pytest.mark.parametrize("build", ["m3", "m4_single_rounding"])
def test_the_definition_of_mul_equals_cmsis_nn(shared, build):
    data = np.load(shared / "golden" / "cmsis_nn" / "elementwise_mul.npz")
    for name in sorted({key.split(".")[0] for key in data.files})[::8]:
        given_params = json.loads(str(data[f"{name}.params"]))
        params = {
            "x_zero_point": -given_params["input1_offset"],
            "y_zero_point": -given_params["input2_offset"],
            "output_zero_point": given_params["output_offset"],
            "multiplier": given_params["output_mult"],
            "shift": given_params["output_shift"],
            "activation_min": given_params["act_min"],
            "activation_max": given_params["act_max"],
        }
        rounding = "single" if "single" in build else "double"
        output = oracle.mul(data[f"{name}.input"], data[f"{name}.input2"], params, rounding)
        assert_array_equal(output, data[f"{name}.output_{build}"], err_msg=name)
