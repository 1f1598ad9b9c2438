"""Models that converters write from Keras and PyTorch: quantized ones beside the wheel, float32 ones beside LiteRT."""

from __future__ import annotations

import numpy as np
import pytest
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


@pytest.mark.parametrize(("name", "form"), FLOATS, ids=ids(FLOATS))
def test_float32_near_litert(converted, litert, name, form):
    converted_model = Converted(converted, name, form)
    model = et.load(converted_model.data)
    inputs = [x[:64] for x in converted_model.inputs(model.graph)]
    answer = model.run(*(x.reshape(-1, *spec.shape) for x, spec in zip(inputs, model.inputs, strict=True)))
    theirs = litert.run(converted_model.data, [list(sample) for sample in zip(*inputs, strict=True)])
    for i, ours in enumerate(answer if isinstance(answer, tuple) else (answer,)):
        assert_near(ours, *(np.stack([outputs[i] for outputs in way]) for way in theirs))


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
