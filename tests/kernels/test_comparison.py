"""Comparisons of the device core against the slow definition; logical operators and select against numpy."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from oracles.kernels_elementwise import scaled, wrap

from edgetwin import _core, kernels

DEFINITIONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
}
ZERO_POINTS = st.one_of(st.sampled_from([-128, 127]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))


@st.composite
def comparisons(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=6, max_side=4)).input_shapes
    x, y = (draw(hnp.arrays(np.int8, shape)) for shape in shapes)
    params = {"left_shift": draw(st.one_of(st.just(8), st.integers(0, 22)))}
    for name in "xy":
        params[f"{name}_zero_point"] = draw(ZERO_POINTS)
        params[f"{name}_multiplier"] = draw(MULTIPLIERS)
        params[f"{name}_shift"] = draw(st.integers(-31, 0))
    if draw(st.booleans()):
        params |= {"y_multiplier": params["x_multiplier"], "y_shift": params["x_shift"]}
    return x, y, params, draw(st.sampled_from(["double", "single"]))


def in_common_units(codes, name, p, rounding):
    """The operand as the comparison sees it, in Python integers."""
    out = np.empty(codes.shape, np.int64)
    for index in np.ndindex(codes.shape):
        raised = wrap((int(codes[index]) - p[f"{name}_zero_point"]) << p["left_shift"])
        out[index] = scaled(raised, p[f"{name}_multiplier"], p[f"{name}_shift"], rounding)
    return out


@pytest.mark.parametrize("kernel", DEFINITIONS)
@settings(deadline=None)
@given(case=comparisons())
def test_comparison(kernel, case):
    x, y, params, rounding = case
    left, right = (in_common_units(codes, name, params, rounding) for name, codes in (("x", x), ("y", y)))
    expected = np.asarray(DEFINITIONS[kernel](left, right))
    assert_array_equal(getattr(kernels, kernel)(x, y, **params, rounding=rounding), expected, strict=True)


@st.composite
def choices(draw):
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=6, max_side=3)).input_shapes
    # A byte that is not 0 is true, whatever else it is.
    condition = draw(hnp.arrays(np.uint8, shapes[0], elements=st.sampled_from([0, 0, 1, 2, 255])))
    return condition, *(draw(hnp.arrays(np.int8, shape)) for shape in shapes[1:])


def axes(shape, **operands):
    """The kernel's dimensions, and which operand is repeated along which."""
    front = (1,) * (6 - len(shape)) + shape
    params = {f"dim_{i}": dim for i, dim in enumerate(front)}
    for name, operand in operands.items():
        own = (1,) * (6 - operand.ndim) + operand.shape
        params[f"{name}_broadcast"] = sum(1 << i for i in range(6) if own[i] != front[i])
    return params


@settings(deadline=None)
@given(choices())
def test_select(case):
    condition, x, y = case
    expected = np.where(condition != 0, x, y)
    params = axes(expected.shape, x=x, y=y, condition=condition)
    (output,) = _core.run_kernel("select_s8", params, [condition, x, y], {})
    assert_array_equal(output.view(np.int8), expected.reshape(-1), strict=True)


@settings(deadline=None)
@given(choices())
def test_logical_operators(case):
    x, y, _ = case
    y = y.view(np.uint8)
    for kernel, definition in (("logical_and_bool", np.logical_and), ("logical_or_bool", np.logical_or)):
        expected = np.asarray(definition(x, y), np.uint8)
        (output,) = _core.run_kernel(kernel, axes(expected.shape, x=x, y=y), [x, y], {})
        assert_array_equal(output, expected.reshape(-1), strict=True)
    (output,) = _core.run_kernel("logical_not_bool", {"size": x.size}, [x], {})
    assert_array_equal(output, np.logical_not(x).reshape(-1).astype(np.uint8), strict=True)
