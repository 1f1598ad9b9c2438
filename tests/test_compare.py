"""Model.compare: which operator parts first, by how much, and why."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.inputs import samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

PACKAGED = et.data.demo_model()


@pytest.fixture(scope="module")
def model():
    return et.load(PACKAGED)


@pytest.fixture(scope="module")
def x(model):
    windows, _ = et.signal.simulate_strides(range(4))
    spec = model.inputs[0]
    return et.kernels.quantize(windows.reshape(len(windows), -1), spec.scale, spec.zero_point)


def with_weights_changed(operator):
    """The packaged model with one weight of one operator moved by a step."""
    graph = read_tflite(PACKAGED)
    index = graph.operators[operator].inputs[1]
    data = graph.tensors[index].data.copy()
    data.reshape(-1)[3] -= 1
    tensors = list(graph.tensors)
    tensors[index] = dataclasses.replace(graph.tensors[index], data=data)
    return et.load(write_tflite(dataclasses.replace(graph, tensors=tuple(tensors))))


def test_itself_is_equal(model, x):
    for against in ("tflm", model, et.load(PACKAGED), model.run(x), dict(model.trace(x))):
        result = model.compare(x, against=against)
        assert result.equal
        assert result.first is None
        assert result.samples == len(x)
        assert str(result).splitlines()[-1].startswith(("equal", "note"))


def test_counts_are_the_traces(model, x):
    result = model.compare(x, against="single_rounding")
    ours, theirs = model.trace(x), model.with_arithmetic("single_rounding").trace(x)
    assert [d.operator for d in result.operators] == list(ours)
    for d in result.operators:
        a, b = ours[d.operator], theirs[d.operator]
        assert (d.elements, d.differing) == (a.size, np.count_nonzero(a != b))
        assert d.samples == sum((p != q).any() for p, q in zip(a, b, strict=True))
        assert d.largest == np.abs(a.astype(int) - b).max()
        if d.differing:
            assert d.first == tuple(np.argwhere(a != b)[0])
            assert (d.ours, d.theirs) == (a[d.first], b[d.first])
    assert not result.equal
    assert result.first == next(d for d in result.operators if d.differing)
    assert result.cause.startswith("double rounding against single rounding; rounding tie: the exact value there is ")
    assert re.search(r"; (\d+) of \1 differing elements are ties$", result.cause)
    assert "first: operator" in str(result)
    json.dumps(result.as_dict(), allow_nan=False)


@pytest.mark.parametrize("place", [1, -1], ids=["first layer", "last layer"])
def test_a_changed_weight_is_found(model, x, place):
    weighted = [step.operator for step in model.steps if "weights" in step.constants]
    operator = weighted[0] if place == 1 else weighted[-1]
    result = model.compare(x, against=with_weights_changed(operator))
    assert result.first.operator == operator
    assert result.cause.startswith("weights differ in 1 of")


def test_one_sample(model, x):
    batch = model.compare(x, against="single_rounding")
    where = batch.first.first[0]
    alone = model.compare(x[where], against="single_rounding")
    assert alone.samples == 1
    assert alone.first.operator == batch.first.operator
    assert alone.first.first == (0, *batch.first.first[1:])


def test_recorded_outputs(model, x):
    recorded = model.run(x)
    recorded[5] += np.int8(3)
    result = model.compare(x, against=recorded.reshape(-1))
    (d,) = result.outputs
    assert (d.differing, d.samples, d.largest, d.first) == (1, 1, 3.0, (5, 0))
    assert result.operators == ()


def test_recorded_operators(model, x):
    trace = dict(model.trace(x))
    operator = sorted(trace)[3]
    changed = trace[operator].copy()
    changed[2].reshape(-1)[0] ^= np.int8(1)
    result = model.compare(x, against={operator: changed})
    assert (result.first.operator, result.first.differing, result.first.samples) == (operator, 1, 1)


def test_other_operators_leave_the_outputs(shared, x):
    gait = et.load(model_bytes(shared, "gait_int8"))
    result = gait.compare(x, against=et.load(PACKAGED))
    assert result.operators == ()
    assert "only outputs" in result.note
    assert result.outputs[0].differing > 0


@pytest.mark.parametrize("name", ["dtln", "kws_int8", "ad01_int8", "kwscr8_small_biases"])
def test_shared_models(shared, name):
    model = et.load(model_bytes(shared, name))
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 30).reshape(30, *model.inputs[0].shape)
    assert model.compare(x, against="tflm").equal
    result = model.compare({model.inputs[0].name: x}, against="single_rounding")
    assert result.first is not None
    assert_array_equal(
        result.outputs[0].differing, np.count_nonzero(model.run(x) != model.with_arithmetic("single_rounding").run(x))
    )


@pytest.mark.parametrize(
    ("against", "error", "words"),
    [
        ("cmsis", et.DataError, "accepted are a .tflite file or one of tflm, litert, single_rounding"),
        (None, et.ShapeError, "NoneType"),
        (np.zeros(3, np.int8), et.ShapeError, r"int8 \(3,\)"),
        (np.zeros((40, 1), np.float32), et.ShapeError, "float32"),
        ((np.zeros(1), np.zeros(1)), et.ShapeError, "2 recorded outputs, the model has 1"),
        ({999: np.zeros(1)}, et.DataError, r"recorded operators \[999\]"),
        ({}, et.DataError, "accepted are some of"),
    ],
    ids=str,
)
def test_bad_against(model, x, against, error, words):
    with pytest.raises(error, match=words):
        model.compare(x, against=against)


def test_files(model, x, tmp_path):
    path = tmp_path / "other.tflite"
    path.write_bytes(PACKAGED)
    assert model.compare(x, against=path).equal
    path.write_bytes(PACKAGED[:1000])
    with pytest.raises(et.ModelError, match=r"other\.tflite"):
        model.compare(x, against=str(path))


def test_model_of_other_inputs(shared, model, x):
    other = et.load(model_bytes(shared, "hello_int8"))
    with pytest.raises(et.ShapeError, match="accepted are the inputs of"):
        model.compare(x, against=other)
