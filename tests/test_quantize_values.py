"""Real values <-> codes: design.md's rule, in vectorised numpy and in the device core."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_elementwise as oracle

from edgetwin import _core
from edgetwin.errors import QuantizationError
from edgetwin.quantize_values import dequantize_array, quantize_array

CODES = {"int8": "s8", "uint8": "u8", "int16": "s16"}
SCALES = st.floats(2.0**-40, 2.0**40, width=32)
REALS = st.one_of(st.floats(allow_nan=False, width=32), st.integers(-70000, 70000).map(lambda n: n / 2))


def zero_points(dtype):
    low, high = oracle.RANGES[dtype]
    return st.one_of(st.sampled_from([low, high, 0]), st.integers(low, high))


@st.composite
def real_cases(draw):
    dtype = draw(st.sampled_from(["int8", "uint8", "int16"]))
    scale = np.float32(draw(SCALES))
    with np.errstate(over="ignore", under="ignore"):
        values = np.array(draw(st.lists(REALS, min_size=1, max_size=20)), np.float32)
        if draw(st.booleans()):
            values = values * scale  # many land on ties
    return values, scale, draw(zero_points(dtype)), dtype


@given(real_cases())
def test_quantize_equals_the_specification(case):
    values, scale, zero_point, dtype = case
    expected = oracle.quantize(values, scale, zero_point, dtype)
    assert_array_equal(quantize_array(values, scale, zero_point, dtype), expected, strict=True)
    if dtype != "uint8":
        params = {"size": values.size, "scale": float(scale), "zero_point": zero_point}
        (output,) = _core.run_kernel(f"quantize_f32_{CODES[dtype]}", params, [values], {})
        assert_array_equal(output.view(dtype), expected, strict=True)


@st.composite
def code_cases(draw):
    dtype = draw(st.sampled_from(["int8", "uint8", "int16", "int32"]))
    codes = draw(hnp.arrays(dtype, st.integers(1, 20)))
    return codes, np.float32(draw(SCALES)), draw(zero_points(dtype))


@given(code_cases())
def test_dequantize_equals_the_specification(case):
    codes, scale, zero_point = case
    expected = oracle.dequantize(codes, scale, zero_point)
    assert_array_equal(dequantize_array(codes, scale, zero_point), expected, strict=True)
    if codes.dtype != np.int32:
        params = {"size": codes.size, "scale": float(scale), "zero_point": zero_point}
        (output,) = _core.run_kernel(f"dequantize_{CODES[codes.dtype.name]}_f32", params, [codes], {})
        assert_array_equal(output.view(np.float32), expected, strict=True)


def test_ties_go_away_from_zero():
    assert_array_equal(quantize_array([-1.5, -0.5, 0.5, 1.5, 2.5], 1.0, 0), np.array([-2, -1, 1, 2, 3], np.int8))


def test_infinity_and_what_is_beyond_float32_saturate():
    assert_array_equal(quantize_array([np.inf, -np.inf, 1e300], 0.1, 3, "int16"), [32767, -32768, 32767])


def test_a_value_below_a_half_in_float32_is_not_pushed_up():
    below = np.nextafter(np.float32(0.5), np.float32(0))
    assert_array_equal(quantize_array([below, -below], 1.0, 0), [0, 0])


def test_a_scalar_stays_an_array_without_axes():
    assert quantize_array(1.0, 0.5, 0).shape == ()
    assert dequantize_array(np.int8(2), 0.5, 0).shape == ()


@pytest.mark.parametrize(
    ("values", "scale", "zero_point", "dtype", "message"),
    [
        ([1.0, np.nan], 1.0, 0, "int8", "NaN"),
        (["a"], 1.0, 0, "int8", "dtype <U1"),
        ([[1.0], [1.0, 2.0]], 1.0, 0, "int8", "rows of different length"),
        ([1.0], 0.0, 0, "int8", "scale 0.0"),
        ([1.0], -1.0, 0, "int8", "scale -1.0"),
        ([1.0], np.nan, 0, "int8", "scale nan"),
        ([1.0], 1e-60, 0, "int8", "scale 1e-60"),
        ([1.0], 10**400, 0, "int8", "scale 1000"),
        ([1.0], "wide", 0, "int8", "scale 'wide'"),
        ([1.0], 1.0, 128, "int8", "zero_point 128"),
        ([1.0], 1.0, -1, "uint8", "zero_point -1"),
        ([1.0], 1.0, 0.5, "int8", "zero_point 0.5"),
        ([1.0], 1.0, 0, "int64", "dtype 'int64'"),
    ],
)
def test_bad_arguments_are_named(values, scale, zero_point, dtype, message):
    with pytest.raises(QuantizationError, match=message):
        quantize_array(values, scale, zero_point, dtype)


def test_only_codes_can_be_dequantized():
    with pytest.raises(QuantizationError, match="float32"):
        dequantize_array(np.zeros(3, np.float32), 1.0, 0)
