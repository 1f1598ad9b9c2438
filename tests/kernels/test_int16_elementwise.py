"""Element-wise kernels on int16 codes, and on numbers as they are, against the slow definitions and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles import kernels_arithmetic, kernels_curves, kernels_elementwise

from edgetwin import _core, kernels
from edgetwin.kernels._operands import broadcast_params

MULTIPLIERS = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))
ROUNDINGS = st.sampled_from(["double", "single"])
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, max_side=5)
X = hnp.arrays(np.int16, SHAPES)


@st.composite
def operands(draw, *dtypes):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=len(dtypes), max_dims=6, max_side=4)).input_shapes
    return [draw(hnp.arrays(dtype, shape)) for dtype, shape in zip(dtypes, shapes, strict=True)]


@st.composite
def clamps(draw, dtype=np.int16):
    info = np.iinfo(dtype)
    codes = st.integers(int(info.min), int(info.max))
    low, high = sorted(draw(st.tuples(codes, codes)))
    return draw(st.sampled_from([{}, {"activation_min": low, "activation_max": high}]))


@st.composite
def scales(draw, *names, most=30, **mosts):
    params = {}
    for name in names:
        prefix = f"{name}_" if name else ""
        params[f"{prefix}multiplier"] = draw(MULTIPLIERS)
        params[f"{prefix}shift"] = draw(st.integers(-31, mosts.get(name, most)))
    return params


def zeros(*names):
    return {f"{name}_zero_point": 0 for name in names}


def bounds(clamp):
    return {"activation_min": -32768, "activation_max": 32767} | clamp


@settings(deadline=None)
@given(operands(np.int16, np.int16), scales("x", "y", "output", most=0), st.integers(0, 15), clamps(), ROUNDINGS)
def test_add_and_sub(arrays, params, left_shift, clamp, rounding):
    params |= zeros("x", "y", "output") | {"left_shift": left_shift}
    for name, define in (("add", kernels_elementwise.add), ("sub", kernels_arithmetic.sub)):
        ours = getattr(kernels, name)(*arrays, **params, **clamp, rounding=rounding)
        assert_array_equal(ours, define(*arrays, params | bounds(clamp), rounding), strict=True)


@settings(deadline=None)
@given(operands(np.int16, np.int16), scales("x", "y", "output", x=0, y=0), st.sampled_from([0, 0, 3, 15]))
def test_squared_difference(arrays, params, left_shift):
    params |= zeros("x", "y", "output") | {"left_shift": left_shift}
    ours = kernels.squared_difference(*arrays, **params)
    assert_array_equal(ours, kernels_arithmetic.squared_difference(*arrays, params), strict=True)


@settings(deadline=None)
@given(operands(np.int16, np.int16), scales(""), clamps(), ROUNDINGS)
def test_mul(arrays, params, clamp, rounding):
    params |= zeros("x", "y", "output")
    ours = kernels.mul(*arrays, **params, **clamp, rounding=rounding)
    assert_array_equal(ours, kernels_arithmetic.mul(*arrays, params | bounds(clamp), rounding), strict=True)


@settings(deadline=None)
@given(X, scales("identity", "alpha"), st.sampled_from([1, -1]))
def test_leaky_relu(x, params, sign):
    params |= zeros("input", "output") | {"alpha_multiplier": sign * params["alpha_multiplier"]}
    assert_array_equal(kernels.leaky_relu(x, **params), kernels_arithmetic.leaky_relu(x, params), strict=True)


@settings(deadline=None)
@given(operands(np.int16, np.int8), scales("identity", "alpha"), st.integers(-128, 127))
def test_prelu(arrays, params, alpha_zero_point):
    params |= zeros("input", "output") | {"alpha_zero_point": alpha_zero_point}
    assert_array_equal(kernels.prelu(*arrays, **params), kernels_arithmetic.prelu(*arrays, params), strict=True)


@settings(deadline=None)
@given(X, scales(""), clamps(), ROUNDINGS)
def test_curves_of_one_operand(x, params, clamp, rounding):
    params |= zeros("input", "output")
    assert_array_equal(kernels.abs(x, **params), kernels_arithmetic.magnitude(x, params), strict=True)
    assert_array_equal(kernels.rsqrt(x, **params), kernels_curves.rsqrt(x, **params), strict=True)
    limits = tuple((bounds(clamp) | ({} if clamp else {"activation_min": 0})).values())
    expected = kernels_elementwise.relu(x, **params, activation=limits, output_dtype="int16", rounding=rounding)
    assert_array_equal(kernels.relu(x, **params, **clamp, rounding=rounding), expected, strict=True)
    clipped = np.clip(x, *map(np.int16, bounds(clamp).values()))
    assert_array_equal(kernels.relu6(x, **bounds(clamp)), clipped, strict=True)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
@settings(deadline=None)
@given(data=st.data())
def test_extrema(name, dtype, data):
    arrays = data.draw(operands(dtype, dtype))
    assert_array_equal(getattr(kernels, name)(*arrays), getattr(np, name)(*arrays), strict=True)


@pytest.mark.parametrize("dtype", [np.int8, np.int16])
@settings(deadline=None)
@given(data=st.data())
def test_select(dtype, data):
    arrays = data.draw(operands(np.bool_, dtype, dtype))
    assert_array_equal(kernels.select(*arrays), np.where(*arrays), strict=True)


@settings(deadline=None)
@given(operands(np.bool_, np.bool_), st.data())
def test_truths(arrays, data):
    assert_array_equal(kernels.logical_and(*arrays), np.logical_and(*arrays), strict=True)
    assert_array_equal(kernels.logical_or(*arrays), np.logical_or(*arrays), strict=True)
    x = arrays[0]
    assert_array_equal(kernels.logical_not(x), np.logical_not(x), strict=True)
    if x.ndim:
        axis, keep = data.draw(st.integers(0, x.ndim - 1)), data.draw(st.booleans())
        expected = np.asarray(np.all(x, axis=axis, keepdims=keep))
        assert_array_equal(kernels.reduce_all(x, axis=axis, keep_dims=keep), expected, strict=True)


def on_numbers(kernel, x, y, dtype, **clamp):
    params, shape = broadcast_params(x=x, y=y)
    (output,) = _core.run_kernel(kernel, params | clamp, [x, y], {})
    return output.view(dtype).reshape(shape)


def quotient(x, y):
    """Cut towards zero; 0 where there is none."""
    return np.abs(x) // np.maximum(np.abs(y), 1) * np.sign(x) * np.sign(y)


ARITHMETIC = {
    "add_s32": np.add,
    "sub_s32": np.subtract,
    "mul_s32": np.multiply,
    "squared_difference_s32": lambda x, y: (x - y).astype(np.int32).astype(np.int64) ** 2,
    "div_s32": quotient,
}


@pytest.mark.parametrize("kernel", ARITHMETIC)
@settings(deadline=None)
@given(arrays=operands(np.int32, np.int32), clamp=clamps(np.int32))
def test_arithmetic_of_numbers(kernel, arrays, clamp):
    low, high = clamp.values() or (-(2**31), 2**31 - 1)
    wide = [array.astype(np.int64) for array in arrays]
    expected = np.clip(np.asarray(ARITHMETIC[kernel](*wide)).astype(np.int32), np.int32(low), np.int32(high))
    ours = on_numbers(kernel, *arrays, np.int32, activation_min=low, activation_max=high)
    assert_array_equal(ours, expected, strict=True)


COMPARISONS = {
    "equal": np.equal,
    "not_equal": np.not_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
}


FORMS = [(name, dtype) for name in COMPARISONS for dtype in ("int32", "int64")]


@pytest.mark.parametrize(("name", "dtype"), [*FORMS, ("equal", "bool"), ("not_equal", "bool")])
@settings(deadline=None)
@given(data=st.data())
def test_comparisons_of_numbers(name, dtype, data):
    x, y = data.draw(operands(dtype, dtype))
    suffix = {"int32": "s32", "int64": "s64", "bool": "bool"}[dtype]
    expected = np.asarray(COMPARISONS[name](x, y))
    assert_array_equal(on_numbers(f"{name}_{suffix}", x, y, np.bool_), expected, strict=True)
