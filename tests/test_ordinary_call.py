"""The short way through Model.run: the bytes of the long way, and it declines whatever is not ordinary."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import ShapeError


@pytest.fixture(scope="module")
def model():
    return et.load(et.data.demo_model())


@pytest.fixture
def x():
    return np.random.default_rng(5).integers(-128, 128, (7, 648)).astype(np.int8)


class Windows(np.ndarray):
    pass


@pytest.mark.parametrize("shape", [(648,), (1, 648), (7, 648), (0, 648)], ids=str)
def test_equals_the_long_way(model, x, shape):
    given = x.reshape(-1)[: int(np.prod(shape))].reshape(shape)
    short = model._ordinary((given,), None, None)
    (long,) = model._runner.run([given], None, None, 1)
    assert short.dtype == long.dtype
    assert short.flags.carray
    assert_array_equal(short, long, strict=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.astype(np.uint8),
        lambda x: x.astype(np.int16),
        lambda x: x.tolist(),
        lambda x: None,
        lambda x: x[:, ::-1],
        lambda x: x.T,
        lambda x: x[None],
        lambda x: x[:, :-1],
        lambda x: x[0, 0],
        lambda x: x.view(Windows),
    ],
    ids=["uint8", "int16", "list", "None", "reversed", "turned", "rank 3", "narrow", "scalar", "subclass"],
)
def test_declines(model, x, spoil):
    assert model._ordinary((spoil(x),), None, None) is None


def test_declines_state_out_and_several_inputs(model, x):
    assert model._ordinary((x,), model.state(7), None) is None
    assert model._ordinary((x,), None, np.empty((7, 1), np.int8)) is None
    assert model._ordinary((x, x), None, None) is None
    assert model._ordinary((), None, None) is None


def test_what_it_declines_may_still_be_right(model, x):
    assert_array_equal(model.run(x[:, ::-1]), model.run(np.ascontiguousarray(x[:, ::-1])))
    assert_array_equal(model.run(x.view(Windows)), model.run(x))


def test_wrong_calls_and_signatures(model):
    with pytest.raises(TypeError):
        model._ordinary()
    with pytest.raises(TypeError):
        model._ordinary([1], None, None)
    with pytest.raises(ShapeError):
        _core.ordinary_call(model._runner.plan, np.dtype("int8"), (647,), np.dtype("int8"), (1,), 1)


def test_function_outlives_its_model_and_frees_it(x):
    model = et.load(et.data.demo_model())
    expected, run, alive = model.run(x), model._ordinary, weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert_array_equal(run((x,), None, None), expected)
