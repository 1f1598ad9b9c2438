"""Models that converters write from Keras and PyTorch: quantized ones beside the wheel, float32 ones beside LiteRT."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.converters import CASES, Converted
from oracles.converters_expected import NOT_CONVERTED, refused
from oracles.exactness import compare_inputs
from oracles.litert import assert_near
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.io.tflite_read import read_tflite

_REFUSED = refused()
_LOADED = [case for case in CASES if case not in _REFUSED and case not in NOT_CONVERTED]
RUNS = [case for case in _LOADED if case[1] != "float32"]
FLOATS = [case for case in _LOADED if case[1] == "float32"]
#: Networks that `xnnpack` does not define: a part of what it says.
UNDEFINED = {"keras_layers.u_net": "(transpose_conv): arithmetic 'xnnpack' is not defined where input 0"}


def ids(cases) -> list[str]:
    """Readable names of cases."""
    return [f"{name}-{form}" for name, form in cases]


@pytest.mark.parametrize(("name", "form"), RUNS, ids=ids(RUNS))
def test_same_bytes_as_the_wheel(converted, tflm, name, form):
    model = Converted(converted, name, form)
    inputs = model.inputs(read_tflite(model.data))
    result = compare_inputs(model.name, model.data, inputs, tflm)
    assert result.inputs >= 200
    assert result.differing_outputs == 0
    assert result.differing_operators == {}
    assert result.distinct >= (5 if "class_index" in name else 30), "too few distinct outputs: a fault could hide"


def beside_litert(litert, model, arithmetic="tflm"):
    """For each output: ours, LiteRT's with its delegate, and without."""
    loaded = et.load(model.data, arithmetic=arithmetic)
    inputs = [x[::4] for x in model.inputs(loaded.graph)]
    answer = loaded.run(*(x.reshape(-1, *spec.shape) for x, spec in zip(inputs, loaded.inputs, strict=True)))
    theirs = litert.run(model.data, [list(sample) for sample in zip(*inputs, strict=True)])
    for i, ours in enumerate(answer if isinstance(answer, tuple) else (answer,)):
        yield ours, *(np.stack([outputs[i] for outputs in way]) for way in theirs)


@pytest.mark.parametrize(("name", "form"), FLOATS, ids=ids(FLOATS))
def test_float32_near_litert(converted, litert, name, form):
    for ours, delegate, plain in beside_litert(litert, Converted(converted, name, form)):
        assert_near(ours, delegate, plain)


@pytest.mark.parametrize("name", [name for name, form in RUNS if form == "int8"])
def test_xnnpack_gives_the_bytes_of_litert(converted, litert, name):
    model = Converted(converted, name, "int8")
    if name in UNDEFINED:
        with pytest.raises(et.UnsupportedError) as caught:
            et.load(model.data, arithmetic="xnnpack")
        assert UNDEFINED[name] in str(caught.value)
        return
    for ours, delegate, _ in beside_litert(litert, model, "xnnpack"):
        assert_array_equal(ours.reshape(-1), delegate.reshape(-1))


@pytest.mark.parametrize(("name", "form"), _REFUSED, ids=ids(_REFUSED))
def test_refused_by_name(converted, tflm, name, form):
    model, refusal = Converted(converted, name, form), _REFUSED[name, form]
    with pytest.raises(et.ModelError) as caught:
        et.load(model.data)
    assert refusal.ours in str(caught.value)
    if refusal.reason:
        return
    inputs = [[x[0] for x in model.inputs(read_tflite(model.data))]]
    with pytest.raises(Refused) as caught:
        tflm.run(model.data, inputs)
    assert refusal.wheel in str(caught.value)


@pytest.mark.parametrize(("name", "form"), NOT_CONVERTED, ids=ids(NOT_CONVERTED))
def test_not_converted(converted, name, form):
    assert NOT_CONVERTED[name, form] in (Converted(converted, name, form).refusal or "a model was written")


def test_every_case_is_there():
    assert set(_REFUSED) | set(NOT_CONVERTED) <= set(CASES)
    assert not set(_REFUSED) & set(NOT_CONVERTED)
    assert len(CASES) >= 150
