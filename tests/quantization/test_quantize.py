"""Quantization after training: scales and codes as specified, outputs near those of float32, ends kept or given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite
from edgetwin.quantization import METHODS, calibrate, quantized_graph


def sqnr_db(real, quantized):
    return 10 * np.log10(np.square(real).sum() / np.square(real - quantized).sum())


def model_of(net):
    return et.load(write_tflite(net.graph()))


@pytest.fixture
def convolutional():
    """A float32 model with convolutions, pools, a residual, softmax, and windows for it."""
    net = Network(np.random.default_rng(3), (1, 24, 3))
    for layer in ("conv", "max_pool", "residual", "conv"):
        net.layer(layer)
    net.end("softmax")
    return model_of(net), windows(net.rng, net.graph(), 64)


def by_operator(model, name):
    return next(o for o in model.graph.operators if o.name == name)


def test_near_float32(convolutional):
    model, real = convolutional
    quantized = et.quantize(model, real)
    assert quantized.inputs[0].dtype == quantized.outputs[0].dtype == np.int8
    assert np.abs(quantized.predict(real) - model.run(real)).max() < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_methods_lose_little(convolutional, method):
    model, real = convolutional
    assert sqnr_db(model.run(real), et.quantize(model, real, method=method).predict(real)) > 15


def test_int16_loses_less_than_int8_than_int4(convolutional):
    model, real = convolutional
    truth = model.run(real)
    schemes = [{"weights": "int4"}, {}, {"activations": "int16"}]
    losses = [sqnr_db(truth, et.quantize(model, real, **scheme).predict(real)) for scheme in schemes]
    assert losses == sorted(losses)
    assert losses[0] < losses[1] - 6


def test_weights_are_symmetric_and_narrow(convolutional):
    model, real = convolutional
    quantized = et.quantize(model, real)
    for name, channels in (("conv_2d", True), ("fully_connected", False)):
        tensors = quantized.graph.tensors
        source, weights, bias = (tensors[i] for i in by_operator(quantized, name).inputs)
        assert weights.quantization.scale.size == (weights.shape[0] if channels else 1)
        assert not weights.quantization.zero_point.any()
        assert weights.data.min() >= -127
        assert np.abs(weights.data).max() == 127
        assert bias.dtype == "int32"
        product = source.quantization.scale[0].astype(np.float64) * weights.quantization.scale
        assert_array_equal(bias.quantization.scale, product.astype(np.float32))


def test_what_moves_elements_keeps_the_scale(convolutional):
    quantized = et.quantize(*convolutional)
    tensors = quantized.graph.tensors
    for name in ("max_pool_2d", "reshape"):
        operator = by_operator(quantized, name)
        assert tensors[operator.inputs[0]].quantization == tensors[operator.outputs[0]].quantization


def test_softmax_has_its_fixed_scale(convolutional):
    spec = et.quantize(*convolutional).outputs[0]
    assert (spec.scale, spec.zero_point) == (1 / 256, -128)


def test_float32_ends_are_kept(convolutional):
    model, real = convolutional
    codes, kept = et.quantize(model, real), et.quantize(model, real, inputs="float32", outputs="float32")
    assert [kept.inputs[0].name, kept.outputs[0].name] == [model.inputs[0].name, model.outputs[0].name]
    assert_array_equal(kept.run(real), codes.predict(real))


def test_quantization_of_the_ends_can_be_given(convolutional):
    model, real = convolutional
    quantized = et.quantize(model, real, input_quantization=(0.125, 3), output_quantization=(1 / 128, -100))
    assert (quantized.inputs[0].scale, quantized.inputs[0].zero_point) == (0.125, 3)
    # The softmax's own is fixed: an operator that converts follows.
    assert (quantized.outputs[0].scale, quantized.outputs[0].zero_point) == (1 / 128, -100)
    assert quantized.graph.operators[-1].name == "quantize"


def test_given_output_quantization_reaches_the_layer():
    net = Network(np.random.default_rng(4), (12,))
    net.end("dense")
    real = windows(net.rng, net.graph(), 16)
    quantized = et.quantize(model_of(net), real, output_quantization={"fully_connected_3": (0.5, 7)})
    assert (quantized.outputs[0].scale, quantized.outputs[0].zero_point) == (0.5, 7)
    assert len(quantized.graph.operators) == 1


def test_fixed_branch_of_a_concatenation_is_requantized():
    net = Network(np.random.default_rng(5), (6,))
    curve = net.operator("logistic", [net.last], (1, 6))
    net.last = net.operator("concatenation", [net.last, curve], (1, 12), axis=1, fused_activation_function="none")
    real = windows(net.rng, net.graph(), 64) * 10
    model = model_of(net)
    quantized = et.quantize(model, real)
    assert [o.name for o in quantized.graph.operators] == ["logistic", "quantize", "concatenation"]
    assert sqnr_db(model.run(real), quantized.predict(real)) > 30


def test_bias_that_would_overflow_widens_the_scale_of_its_weights():
    net = Network(np.random.default_rng(6), (4,))
    weights = np.full((2, 4), 1e-5, np.float32)
    bias = np.array([100.0, -3.0], np.float32)
    net.last = net.operator("fully_connected", [net.last, net.constant(weights), net.constant(bias)], (1, 2))
    real = windows(net.rng, net.graph(), 16) * 1e-3
    for per_channel in (False, True):
        quantized = et.quantize(model_of(net), real, dense_per_channel=per_channel)
        np.testing.assert_allclose(quantized.predict(real), np.tile(bias, (16, 1)), atol=0.5)


def test_channels_without_weights():
    net = Network(np.random.default_rng(7), (4,))
    weights = np.zeros((2, 4), np.float32)
    net.last = net.operator("fully_connected", [net.last, net.constant(weights), net.constant([0.5, -1])], (1, 2))
    real = windows(net.rng, net.graph(), 16)
    np.testing.assert_allclose(et.quantize(model_of(net), real).predict(real), np.tile([0.5, -1], (16, 1)), atol=0.01)


def test_bias_correction_takes_the_mean_error_away():
    net = Network(np.random.default_rng(8), (1, 32, 4))
    net.fused = lambda: {"fused_activation_function": "none"}
    for _ in range(2):
        net.last = net.conv(net.last, 8, same=True)
    net.end("mean")
    model, real = model_of(net), windows(net.rng, net.graph(), 100)
    errors = [
        et.quantize(model, real, weights="int4", bias_correction=corrected).predict(real) - model.run(real)
        for corrected in (False, True)
    ]
    plain, corrected = (np.abs(error.mean(axis=0)).mean() for error in errors)
    assert corrected < plain / 2


def test_bias_correction_with_names_that_come_twice_and_ends_that_are_given():
    net = Network(np.random.default_rng(8), (1, 16, 4))
    net.last = net.conv(net.conv(net.last, 8, same=True), 8, same=True)
    graph = net.graph()
    alike = replace(graph, tensors=tuple(replace(tensor, name="x") for tensor in graph.tensors))
    real = windows(net.rng, graph, 50)
    options = {"bias_correction": True, "weights": "int4", "input_quantization": (0.1, 3)}
    first, second = (et.quantize(et.load(write_tflite(one)), real, **options) for one in (graph, alike))
    assert_array_equal(first.predict(real), second.predict(real))
    plain = et.quantize(et.load(write_tflite(graph)), real, **(options | {"bias_correction": False}))
    assert (first.predict(real) != plain.predict(real)).any()


def test_new_weights_need_no_new_calibration(convolutional):
    """What training calls each step."""
    model, real = convolutional
    ranges = calibrate(model, real)
    direct = et.load(write_tflite(quantized_graph(model.graph, ranges)))
    assert_array_equal(direct.predict(real), et.quantize(model, real).predict(real))


def test_anything_that_makes_a_model(convolutional):
    model, real = convolutional

    class Net:
        def to_model(self):
            return model

    parts = (real[start : start + 5] for start in range(0, len(real), 5))
    assert_array_equal(et.quantize(Net(), parts).predict(real), et.quantize(model, real).predict(real))


def test_several_inputs():
    net = Network(np.random.default_rng(9), (5,))
    other = net.activation((1, 5), "other")
    net.last = net.operator("sub", [net.last, other], (1, 5), fused_activation_function="none")
    graph = net.graph()
    graph = type(graph)(graph.tensors, graph.operators, (net.input, other), graph.outputs)
    model = et.load(write_tflite(graph))
    x, y = net.rng.normal(size=(2, 50, 5)).astype(np.float32)
    for given in ({"input_0": x, "other_1": y}, (x, y)):
        quantized = et.quantize(model, given)
        assert sqnr_db(x - y, quantized.predict(x, y)) > 30
