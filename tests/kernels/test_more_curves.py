"""hard_swish, elu, rsqrt, log_softmax and l2_normalization: slow definitions, every code against the pinned wheel."""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles import kernels_curves as oracle
from oracles.cases import random_case

import edgetwin as et
from edgetwin import kernels
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

ALL_CODES = np.arange(-128, 128).astype(np.int8)


@pytest.mark.parametrize("name", ["hard_swish", "rsqrt", "log_softmax", "l2_normalization"])
@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_calls_equal_the_definition(name, seed):
    case = random_case(f"{name}_s8", np.random.default_rng(seed))
    params = {key: value for key, value in case.params.items() if key not in ("size", "rows", "depth")}
    expected = getattr(oracle, name)(case.inputs[0], **params)
    assert_array_equal(getattr(kernels, name)(case.inputs[0], **params), expected, strict=True)


def model_of(name, x, source, target):
    b = Builder(np.random.default_rng(0))
    given_, out = b.input(x.shape, "int8", affine(*source)), b.add("output", x.shape, "int8", affine(*target))
    return write_tflite(b.graph(name, [given_], [out], {}))


@pytest.mark.parametrize("zero_point", [-127, -37, 0, 126, 127])
def test_rsqrt_of_codes_that_the_wheel_takes(tflm, zero_point):
    x = ALL_CODES[zero_point <= ALL_CODES][None]
    for scale in (2.0**-16, 0.0037, 1.0, 50.0):
        data = model_of("rsqrt", x, (scale, zero_point), (scale**-0.5 / 120, -128))
        theirs = tflm.run(data, [[x]]).outputs[0][0]
        assert_array_equal(et.load(data).run(x).reshape(-1), theirs.reshape(-1), err_msg=str(scale))


def test_rsqrt_below_the_zero_point():
    params = {"input_zero_point": 5, "output_zero_point": -128, "multiplier": 2**30, "shift": -12}
    assert (kernels.rsqrt(ALL_CODES[ALL_CODES <= 5], **params) == 127).all()


@pytest.mark.parametrize("seed", range(4))
def test_elu_of_every_code_at_many_scales(tflm, seed):
    rng = np.random.default_rng([seed, 11])
    for _ in range(25):
        scale = 2.0 ** rng.uniform(-10, 2)
        target = 1 / 128 if rng.random() < 0.2 else scale * 2.0 ** rng.uniform(-7, 2)
        zero_points = [int(v) for v in rng.integers(-128, 128, 2)]
        data = model_of("elu", ALL_CODES[None], (scale, zero_points[0]), (target, zero_points[1]))
        theirs = tflm.run(data, [[ALL_CODES[None]]]).outputs[0][0]
        assert_array_equal(et.load(data).run(ALL_CODES[None]).reshape(-1), theirs.reshape(-1), err_msg=f"{scale}")
        ours = kernels.elu(
            ALL_CODES, input_scale=scale, input_zero_point=zero_points[0],
            output_scale=target, output_zero_point=zero_points[1],
        )  # fmt: skip
        assert_array_equal(ours, theirs.reshape(-1))


def test_expf_of_this_machine_is_close_to_the_nearest():
    """What elu's table rests on: this C library's expf is the nearest float32, or its neighbour."""
    name = ctypes.util.find_library("m")
    if name is None:
        pytest.skip("no C mathematics library")
    expf = ctypes.CDLL(name).expf
    expf.restype, expf.argtypes = ctypes.c_float, [ctypes.c_float]
    x = -np.random.default_rng(0).uniform(0, 20, 20_000).astype(np.float32)
    theirs = np.array([expf(float(value)) for value in x], np.float32)
    nearest = np.exp(x.astype(np.float64)).astype(np.float32)
    assert np.abs(theirs.view(np.int32) - nearest.view(np.int32)).max() <= 1
    assert (theirs != nearest).mean() < 0.01
