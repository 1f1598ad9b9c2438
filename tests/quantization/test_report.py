"""What quantization costs, operator by operator: against numbers computed here, and for a layer that hurts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite


def model_of(net):
    return et.load(write_tflite(net.graph()))


@pytest.fixture
def example():
    net = Network(np.random.default_rng(3), (1, 24, 3))
    for layer in ("conv", "max_pool", "residual", "average_pool"):
        net.layer(layer)
    net.end("softmax")
    return model_of(net), windows(net.rng, net.graph(), 150)


def test_every_operator_that_rounds_has_a_row(example):
    model, real = example
    report = et.quantization_report(model, et.quantize(model, real), real)
    names = [operator.operator for operator in report.operators]
    assert names == ["input", "conv_2d", "conv_2d", *names[3:4], "average_pool_2d", "fully_connected", "softmax"]
    assert report.samples == 150
    assert sum(operator.share for operator in report.operators) == pytest.approx(1)
    assert all(
        (o.weights_sqnr_db is not None) == (o.operator in ("conv_2d", "fully_connected")) for o in report.operators
    )


def test_noise_of_the_outputs(example):
    model, real = example
    quantized = et.quantize(model, real)
    truth = model.run(real).astype(np.float64)
    error = truth - quantized.predict(real)
    report = et.quantization_report(model, quantized, iter(real))
    assert report.output_mse[0] == pytest.approx(np.square(error).mean())
    expected = 10 * np.log10(np.square(truth).sum() / np.square(error).sum())
    assert report.output_sqnr_db[0] == report.operators[-1].sqnr_db == pytest.approx(expected)


def test_saturation_is_counted(example):
    model, real = example
    narrow = et.quantize(model, real, input_quantization=(0.01, 0))
    count = int(((real / np.float32(0.01) < -128.5) | (real / np.float32(0.01) > 127.5)).sum())
    row = et.quantization_report(model, narrow, real).operators[0]
    assert (row.saturated, row.elements) == (count, real.size)
    assert count > 100


def test_dead_and_saturated_layers_are_named():
    net = Network(np.random.default_rng(5), (6,))
    dead = [net.constant(net.rng.normal(size=(6, 6))), net.constant(np.full(6, -100.0))]
    net.last = net.operator("fully_connected", [net.last, *dead], (1, 6), fused_activation_function="relu")
    net.end("dense")
    model, real = model_of(net), windows(net.rng, net.graph(), 50)
    quantized = et.quantize(model, real, input_quantization=(0.001, 0))
    report = et.quantization_report(model, quantized, real)
    saturated = report.operators[0].saturated / report.operators[0].elements
    assert report.notes == (
        f"input 'input_0' saturates: {saturated:.1%} of its values are beyond its codes",
        "operator 0 (fully_connected, 'fully_connected_3') is dead: 0 for every sample",
    )
    assert str(report).endswith(report.notes[-1])


def test_the_layer_that_hurts_is_found():
    """One whose scale for all units leaves the weights of most no codes."""
    net = Network(np.random.default_rng(4), (20,))
    for hurts in (False, True, False):
        weights = net.rng.normal(0, 0.2, (20, 20))
        # The first layer leaves its first unit at 0, the second has its largest weights for that.
        weights[:, 0] *= 300 if hurts else 1
        weights[0] *= hurts
        parts = map(net.constant, (weights, np.zeros(20)))
        net.last = net.operator("fully_connected", [net.last, *parts], (1, 20))
    model = model_of(net)
    real = windows(net.rng, net.graph(), 100)
    report = et.quantization_report(model, et.quantize(model, real, weights="int4"), real)
    assert report.worst.index == 1
    assert report.worst.share > 0.9


@pytest.mark.parametrize("ends", [{}, {"inputs": "float32"}, {"inputs": "float32", "outputs": "float32"}])
def test_ends_that_stay_float32(example, ends):
    model, real = example
    report = et.quantization_report(model, et.quantize(model, real, **ends), real)
    assert report == et.quantization_report(model, et.quantize(model, real), real)


def test_table_and_json(example):
    model, real = example
    report = et.quantization_report(model, et.quantize(model, real), real)
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [o["index"] for o in plain["operators"]] == [o.index for o in report.operators]
    lines = str(report).splitlines()
    assert lines[0].split()[:3] == ["#", "operator", "output"]
    assert len(lines) == len(report.operators) + 2
    assert "of the error comes from" in lines[-1]


def test_what_is_exact_is_no_number_in_json():
    net = Network(np.random.default_rng(6), (4,))
    net.last = net.operator("fully_connected", [net.last, *map(net.constant, (np.zeros((3, 4)), np.zeros(3)))], (1, 3))
    model, real = model_of(net), windows(net.rng, net.graph(), 10)
    report = et.quantization_report(model, et.quantize(model, real), real)
    assert report.to_dict()["outputs"][0]["sqnr_db"] is None
    assert "exact" in str(report)


def test_another_models_quantized_form(example):
    model, real = example
    with pytest.raises(et.DataError, match="accepted is a model made of that one"):
        et.quantization_report(model, et.load(et.data.demo_model()), real)


def test_samples_that_do_not_fit(example):
    model, real = example
    with pytest.raises(et.DataError, match="samples: shape"):
        et.quantization_report(model, et.quantize(model, real), real[..., 0])


def test_another_model_with_these_inputs(example):
    model, real = example
    net = Network(np.random.default_rng(3), (1, 24, 3))
    net.last = net.flat(net.last)
    other = model_of(net)
    with pytest.raises(et.DataError, match="no tensors named as in the float32 model"):
        et.quantization_report(model, et.quantize(other, real), real)
