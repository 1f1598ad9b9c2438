"""The short way through Model.run with several inputs and outputs: the bytes of the long way, else it declines."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.errors import ShapeError
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization

SHAPE = (3, 4)


def quantized(name, shape, scale):
    return Tensor(name, shape, "int8", Quantization(np.float32([scale]), np.int64([0]), 0), None, False)


def crossing(shared):
    """a + b and a * b; b without a batch axis where it is shared by all samples."""
    shapes = (1, *SHAPE), SHAPE if shared else (1, *SHAPE)
    tensors = [quantized(name, shape, 0.5) for name, shape in zip("ab", shapes, strict=True)]
    tensors += [quantized("sum", (1, *SHAPE), 1.0), quantized("product", (1, *SHAPE), 40.0)]
    options = {"fused_activation_function": "none", "pot_scale_int16": False}
    operators = (
        Operator("add", (0, 1), (2,), options, 1),
        Operator("mul", (0, 1), (3,), {"fused_activation_function": "none"}, 1),
    )
    return et.load(write_tflite(Graph(tuple(tensors), operators, (0, 1), (2, 3), "")))


@pytest.fixture(scope="module", params=[False, True], ids=["own", "shared"])
def model(request):
    return crossing(request.param)


def arrays(model, lead):
    rng = np.random.default_rng(4)
    shapes = (*lead, *SHAPE), SHAPE if model._runner.shared[1] else (*lead, *SHAPE)
    return tuple(rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes)


@pytest.mark.parametrize("lead", [(), (1,), (7,), (0,)], ids=str)
def test_equals_the_long_way(model, lead):
    given = arrays(model, lead)
    short = model._ordinary(given, None, None)
    long = model._runner.run(list(given), None, None, 1)
    assert isinstance(short, tuple)
    for made, expected in zip(short, long, strict=True):
        assert_array_equal(made, expected, strict=True)
    for made, expected in zip(model.run({"b": given[1], "a": given[0]}), long, strict=True):
        assert_array_equal(made, expected, strict=True)


@pytest.mark.parametrize("lead", [(), (7,)], ids=str)
def test_writes_to_out(model, lead):
    given = arrays(model, lead)
    expected = model.run(*given)
    out = tuple(np.full_like(array, 99) for array in expected)
    made = model._ordinary(given, None, out)
    assert all(one is other for one, other in zip(made, out, strict=True))
    for one, other in zip(out, expected, strict=True):
        assert_array_equal(one, other)
    for one, other in zip(model.run(*given, out=list(out)), out, strict=True):
        assert one is other


def test_declines_inputs_of_other_kinds(model):
    a, b = arrays(model, (7,))
    other = b[:, None] if model._runner.shared[1] else b[:6]
    for given in ((a,), (a, b, b), (a, other), (a, b.astype(np.int16)), (a[:, ::-1], b), (a, b[0])):
        assert model._ordinary(given, None, None) is None
    with pytest.raises(ShapeError, match="input 'b'"):
        model.run(a, other)


def test_declines_samples_that_disagree():
    model = crossing(shared=False)
    a, b = arrays(model, (1,))
    for given in ((a[0], b), (a, b[0]), (np.repeat(a, 2, 0), b)):
        assert model._ordinary(given, None, None) is None
        with pytest.raises(ShapeError, match="accepted is"):
            model.run(*given)


def test_declines_other_outs(model):
    given = arrays(model, (7,))
    first, second = (np.empty_like(array) for array in model.run(*given))
    raw = np.empty((10, *SHAPE), np.int8)
    for out in (
        first,
        (first,),
        (first, second, second),
        (first, first),
        (first, given[0]),
        (raw[:7], raw[3:]),
        (first, second[:6]),
        (first, second.astype(np.int16)),
        (first, None),
        [first, second],
    ):
        assert model._ordinary(given, None, out) is None
    with pytest.raises(ShapeError, match="overlaps"):
        model.run(*given, out=(first, first))


def test_declines_out_inside_a_shared_input():
    model = crossing(shared=True)
    a, b = arrays(model, (1,))
    assert model._ordinary((a, b), None, (np.empty_like(a), b[None])) is None


def test_very_many_outputs_go_the_long_way():
    tensors = [quantized("x", (1, 2), 0.5), *(quantized(f"y{i}", (1, 2), 0.5) for i in range(20))]
    operators = tuple(Operator("relu", (0,), (i,), {}, 1) for i in range(1, 21))
    model = et.load(write_tflite(Graph(tuple(tensors), operators, (0,), tuple(range(1, 21)), "")))
    assert model._ordinary is None
    for made in model.run(np.int8([-5, 7])):
        assert_array_equal(made, np.int8([0, 7]))
