"""Evaluation of arrays that did not come from a file of the usual kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.data import Samples, demo_model
from edgetwin.errors import DataError
from edgetwin.evaluation import evaluate_samples, pooled
from edgetwin.io.tflite_write import write_tflite

RNG = np.random.default_rng(6)


def samples(**arrays):
    fields = {"codes": None, "real": None, "labels": None, "label_key": "", "outputs": None}
    return Samples(path=Path("a.npz"), **(fields | arrays))


def float_input_model():
    """QUANTIZE at the start: float32 in, int8 out."""
    b = Builder(RNG)
    x = b.input((1, 4), "float32")
    y = b.add("y", (1, 4), quantization=affine(0.5, 3))
    return et.load(write_tflite(b.graph("quantize", [x], [y], {}, 1)))


def test_float_inputs_are_taken_as_they_are_and_codes_left_alone():
    model = float_input_model()
    real = RNG.normal(0, 20, (5, 4))
    for codes in (None, np.zeros((5, 4), np.int8)):
        result = evaluate_samples(model, samples(real=real, codes=codes))
        assert_array_equal(result.outputs, et.kernels.quantize(real, 0.5, 3))


@pytest.mark.parametrize("bad", [np.nan, "codes"])
def test_float_inputs_that_cannot_be_used(bad):
    given = samples(codes=np.zeros((5, 4), np.int8)) if bad == "codes" else samples(real=np.full((5, 4), bad))
    with pytest.raises(DataError, match=r"a\.npz: inputs (are int8, accepted are float32|hold NaN)"):
        evaluate_samples(float_input_model(), given)


def test_samples_of_another_shape_are_reshaped_and_that_is_said():
    model = et.load(demo_model())
    codes = RNG.integers(-128, 128, (3, 648)).astype(np.int8)
    plain = evaluate_samples(model, samples(codes=codes))
    assert plain.notes == []
    shaped = evaluate_samples(model, samples(codes=codes.reshape(3, 108, 6)))
    assert_array_equal(shaped.outputs, plain.outputs)
    assert shaped.notes == ["a.npz: inputs: samples of shape (108, 6) taken as (648,)"]
    one = evaluate_samples(model, samples(codes=codes[1].reshape(108, 6)))
    assert_array_equal(one.outputs, plain.outputs[1:2])
    assert one.notes == ["a.npz: inputs: one sample of shape (108, 6) taken as (648,)"]


def test_differences_are_counted_in_bytes_and_samples():
    model = et.load(demo_model())
    codes = RNG.integers(-128, 128, (9, 648)).astype(np.int8)
    recorded = model.run(codes).copy()
    recorded[[4, 6]] ^= 3
    result = evaluate_samples(model, samples(codes=codes, outputs=recorded.reshape(-1)))
    assert (result.compared, result.differing) == (9, 2)
    assert result.notes == ["a.npz: 2 of 9 samples differ from the recorded outputs, the first is sample 4"]


def test_pooled_is_the_evaluation_of_all():
    model = et.load(demo_model())
    codes = RNG.integers(-40, 40, (20, 648)).astype(np.int8)
    labels = RNG.normal(130, 5, 20)
    outputs = model.run(codes)
    parts = [
        evaluate_samples(model, samples(codes=codes[s], labels=labels[s], outputs=outputs[s]))
        for s in (slice(0, 7), slice(7, 20))
    ]
    whole = evaluate_samples(model, samples(codes=codes, labels=labels, outputs=outputs))
    together = pooled(parts)
    assert together.name == "all"
    assert together.result == whole.result
    assert (together.compared, together.differing) == (20, 0)
    assert_array_equal(together.outputs, whole.outputs)
    unlabelled = pooled([parts[0], replace(parts[1], labels=None, result=None)])
    assert unlabelled.result is None
    assert unlabelled.as_dict()["kind"] == "none"


def test_models_with_several_outputs_are_refused():
    b = Builder(RNG)
    x, z = (b.input((1, 4), quantization=affine(0.5, 0)) for _ in range(2))
    y = b.add("y", (1, 4), quantization=affine(0.5, 0))
    options = {"fused_activation_function": "none", "pot_scale_int16": False}
    model = et.load(write_tflite(b.graph("add", [x, z], [y], options, 1)))
    with pytest.raises(DataError, match="2 inputs and 1 outputs, accepted is 1 each"):
        evaluate_samples(model, samples(codes=np.zeros((1, 4), np.int8)))
