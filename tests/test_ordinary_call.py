"""The short way through Model.run: the bytes of the long way, and it declines whatever is not ordinary."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.recurrent_models import batched
from oracles.small_models import enlarging

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.errors import ShapeError
from edgetwin.io.tflite_write import write_tflite


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


@pytest.mark.parametrize("shape", [(648,), (1, 648), (7, 648), (0, 648)], ids=str)
def test_writes_to_out(model, x, shape):
    given = x.reshape(-1)[: int(np.prod(shape))].reshape(shape)
    expected = model.run(given)
    out = np.full_like(expected, 99)
    assert model._ordinary((given,), None, out) is out
    assert_array_equal(out, expected)
    assert model.run(given, out=out) is out


@pytest.mark.parametrize(
    "out",
    [
        np.empty((7, 1), np.uint8),
        np.empty((6, 1), np.int8),
        np.empty(7, np.int8),
        np.empty((7, 1, 1), np.int8),
        np.empty((7, 2), np.int8)[:, :1],
        np.frombuffer(bytes(7), np.int8).reshape(7, 1),
        np.empty((7, 1), np.int8).view(Windows),
        (np.empty((7, 1), np.int8),),
        7,
    ],
    ids=["dtype", "fewer", "rank 1", "rank 3", "strided", "read-only", "subclass", "tuple", "number"],
)
def test_declines_out(model, x, out):
    assert model._ordinary((x,), None, out) is None


@pytest.mark.parametrize("at", [0, 3, 647, 7 * 648 - 7])
def test_declines_out_inside_the_input(model, x, at):
    assert model._ordinary((x,), None, x.reshape(-1)[at : at + 7].reshape(7, 1)) is None


def test_out_right_beside_the_input(model, x):
    raw = np.empty(x.size + 14, np.int8)
    given = raw[7:-7].reshape(x.shape)
    given[...] = x
    for out in (raw[:7].reshape(7, 1), raw[-7:].reshape(7, 1)):
        assert model._ordinary((given,), None, out) is out
        assert_array_equal(out, model.run(x))


def test_float32_goes_the_short_way_where_nothing_is_quantized():
    rng = np.random.default_rng(3)
    given = rng.normal(size=(5, 3, 3, 1)).astype(np.float32)
    plain = et.load(write_tflite(enlarging(5, 7, "float32")))
    assert_array_equal(plain._ordinary((given,), None, None), plain.run(np.asfortranarray(given)), strict=True)
    b = Builder(rng)
    value = b.input((1, 4), "float32")
    y = b.add("codes", (1, 4), "int8", affine(0.5))
    quantizing = et.load(write_tflite(b.graph("quantize", [value], [y], {})))
    assert quantizing._ordinary is None
    with pytest.raises(et.QuantizationError, match="NaN"):
        quantizing.run(np.full(4, np.nan, np.float32))


def test_advances_a_state():
    model = et.load(write_tflite(batched("svdf")))
    rng = np.random.default_rng(1)
    for lead, n in (((5,), 5), ((), 1), ((1,), 1)):
        short, long = model.state(n), model.state(n)
        for _ in range(4):
            given = rng.integers(-128, 128, (*lead, *model.inputs[0].shape)).astype(np.int8)
            got = model._ordinary((given,), short, None)
            (expected,) = model._runner.run([given], long, None, 1)
            assert_array_equal(got, expected, strict=True)
            for name, array in long.arrays.items():
                assert_array_equal(short.arrays[name], array)
        assert any(array.any() for array in short.arrays.values())


class Fake:
    """Has a state's layout, and as its bytes what it is given."""

    def __init__(self, layout, data):
        self._layout, self._data = layout, data


def test_declines_other_states():
    model, twin = (et.load(write_tflite(batched("svdf"))) for _ in range(2))
    given = np.zeros((3, *model.inputs[0].shape), np.int8)
    layout, good = model.state(3)._layout, model.state(3)._data
    fixed = good.copy()
    fixed.flags.writeable = False
    fakes = [good[:, :-1], good[:2], good.reshape(-1), good.astype(np.int8), fixed, good.tolist(), None]
    states = [model.state(2), twin.state(3), 7, "state", Fake(None, good), *(Fake(layout, data) for data in fakes)]
    for state in states:
        assert model._ordinary((given,), state, None) is None
    assert model._ordinary((given,), Fake(layout, good), None) is not None
    ports = ([(np.dtype("int8"), spec.shape, False)] for spec in (*model.inputs, *model.outputs))
    bare = _core.ordinary_call(model._runner.plan, *ports, 1)
    assert bare((given,), None, None) is not None
    assert bare((given,), model.state(3), None) is None
    assert bare((given,), 7, None) is None
    assert_array_equal(model.run(given, state=twin.state(3)), model.run(given, state=model.state(3)))


def test_declines_another_number_of_inputs(model, x):
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
    ports = ([(np.dtype("int8"), (size,), False)] for size in (647, 1))
    with pytest.raises(ShapeError):
        _core.ordinary_call(model._runner.plan, *ports, 1)


def test_function_outlives_its_model_and_frees_it(x):
    model = et.load(et.data.demo_model())
    expected, run, alive = model.run(x), model._ordinary, weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert_array_equal(run((x,), None, None), expected)
