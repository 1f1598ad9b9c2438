"""Logistic, tanh, relu and relu6 against their slow definitions, and those against the pinned wheel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import fixed_point, kernels_elementwise
from oracles import kernels_nonlinear as oracle

from edgetwin import _core, kernels
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

ALL_CODES = np.arange(-128, 128).astype(np.int8)
CURVES = ("logistic", "tanh")
ZERO_POINTS = st.one_of(st.sampled_from([0, -128, 127]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(st.sampled_from([0, 1, 2**30, 2**31 - 1]), st.integers(0, 2**31 - 1))
SHIFTS = st.one_of(st.integers(17, 27), st.integers(-31, 30))


def radius(shift):
    """TFLite's preparation: where the input leaves Q4.27."""
    return math.floor(15 * 2**27 / 2**shift)


@st.composite
def curve_parameters(draw):
    """As TFLite prepares them, or anything that the kernel accepts: its shift may wrap."""
    shift = draw(SHIFTS)
    prepared = st.just(min(radius(shift), 2**31 - 1))
    reach = draw(st.one_of(prepared, prepared, st.sampled_from([0, 1, 255, 2**31 - 1]), st.integers(0, 256)))
    params = {"input_zero_point": draw(ZERO_POINTS), "input_range_radius": reach}
    return params | {"multiplier": draw(MULTIPLIERS), "shift": shift}


def core(kernel, x, params):
    """The device core's own code, not the host's table."""
    (output,) = _core.run_kernel(kernel, params | {"size": x.size}, [x], {})
    return output.view(np.int8).reshape(x.shape)


@pytest.mark.parametrize("name", CURVES)
@settings(deadline=None, max_examples=60)
@given(params=curve_parameters())
def test_curve_of_every_code(name, params):
    expected = getattr(oracle, name)(ALL_CODES, **params)
    assert_array_equal(getattr(kernels, name)(ALL_CODES, **params), expected, strict=True)
    assert_array_equal(core(f"{name}_s8", ALL_CODES, params), expected, strict=True)


@pytest.mark.parametrize("name", CURVES)
@settings(deadline=None, max_examples=40)
@given(x=hnp.arrays(np.int8, hnp.array_shapes(min_dims=0, max_dims=4, max_side=7)), params=curve_parameters())
def test_curve_of_any_shape(name, x, params):
    expected = getattr(oracle, name)(x, **params)
    assert_array_equal(getattr(kernels, name)(x, **params), expected, strict=True)


@pytest.mark.parametrize("name", CURVES)
def test_curves_rise_and_fill_their_range(name):
    params = {"input_zero_point": 0, "input_range_radius": radius(24), "multiplier": 2**30, "shift": 24}
    values = getattr(oracle, name)(ALL_CODES, **params).astype(int)
    assert (np.diff(values) >= 0).all()
    assert (values[0], values[128], values[-1]) == (-128, 0, 127)


@st.composite
def relu_parameters(draw):
    low, high = sorted(draw(st.tuples(st.integers(-128, 127), st.integers(-128, 127))))
    return {
        "input_zero_point": draw(ZERO_POINTS),
        "output_zero_point": draw(ZERO_POINTS),
        "multiplier": draw(MULTIPLIERS),
        "shift": draw(st.integers(-31, 30)),
        "activation_min": draw(st.sampled_from([None, low])),
        "activation_max": high,
        "rounding": draw(st.sampled_from(["double", "single"])),
    }


@settings(deadline=None, max_examples=60)
@given(relu_parameters())
def test_relu_of_every_code(params):
    if params["activation_min"] is None:
        params["activation_max"] = 127
    expected = dict(params)
    low, high = expected.pop("activation_min"), expected.pop("activation_max")
    limits = (params["output_zero_point"] if low is None else low, high)
    assert_array_equal(
        kernels.relu(ALL_CODES, **params),
        kernels_elementwise.relu(ALL_CODES, **expected, activation=limits),
        strict=True,
    )


@given(st.integers(-128, 127), st.integers(-128, 127))
def test_relu6_of_every_code(one, other):
    low, high = sorted((one, other))
    expected = kernels_elementwise.clamp(ALL_CODES, low, high)
    assert_array_equal(kernels.relu6(ALL_CODES, activation_min=low, activation_max=high), expected, strict=True)


def wheel_curve(tflm, name, dtype, input_quantization, output_quantization, x):
    b = Builder(np.random.default_rng(0))
    source = b.input(x.shape, dtype, affine(*input_quantization))
    target = b.add("output", x.shape, dtype, affine(*output_quantization))
    data = write_tflite(b.graph(name, [source], [target], {}, 2))
    return tflm.run(data, [[x]]).outputs[0][0].reshape(-1)


@pytest.mark.parametrize("power", [-12, -7, -4, -1], ids=lambda power: f"scale 2**{power}")
@pytest.mark.parametrize("name", CURVES)
def test_the_definitions_equal_the_wheel(tflm, name, power):
    """An input scale of 2**power is a multiplier of 1/2 and a shift of 28 + power."""
    shift = power + 28
    params = {"input_range_radius": radius(shift), "multiplier": 2**30, "shift": shift}
    output = (1 / 256, -128) if name == "logistic" else (1 / 128, 0)
    for zero_point in (-128, 0, 127):
        theirs = wheel_curve(tflm, name, "int8", (2.0**power, zero_point), output, ALL_CODES[None])
        mine = getattr(oracle, name)(ALL_CODES, input_zero_point=zero_point, **params)
        assert_array_equal(mine, theirs, err_msg=str(zero_point))


@pytest.mark.parametrize(("name", "power"), [("logistic", -12), ("tanh", -12), ("tanh", -11)])
def test_the_tables_of_the_lstm_equal_the_wheel(tflm, name, power):
    """Every int16 code; tanh reaches the table's last entry."""
    codes = np.arange(-(2**15), 2**15).astype(np.int16)
    theirs = wheel_curve(tflm, name, "int16", (2.0**power, 0), (2.0**-15, 0), codes[None])
    function = fixed_point.logistic_s16 if name == "logistic" else lambda v: fixed_point.tanh_s16(v, power)
    assert_array_equal(np.array([function(int(code)) for code in codes]), theirs)
