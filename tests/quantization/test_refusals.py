"""Bad input to quantization: one clear error that names what is wrong and what is accepted."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite
from edgetwin.quantization import Scheme, calibrate, quantized_graph


def dense(weight=None):
    net = Network(np.random.default_rng(1), (4,))
    weights = net.rng.normal(size=(3, 4))
    if weight is not None:
        weights[1, 2] = weight
    net.last = net.operator("fully_connected", [net.last, net.constant(weights), net.constant(np.zeros(3))], (1, 3))
    return net


def model_of(net):
    return et.load(write_tflite(net.graph()))


REAL = windows(np.random.default_rng(2), dense().graph(), 16)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (REAL[:0], "no samples, accepted is at least one"),
        ([], "shape"),
        (iter(()), "no samples"),
        (np.full((5, 4), 2.0), "every value of input 'input_0' is 2, which gives no range"),
        (np.zeros((5, 3)), r"shape \(5, 3\), accepted is \(n, 4\)"),
        (np.array([[1, np.nan, 0, 2]]), "1 of 4 values are NaN or infinite"),
        (np.array([[1, 1e300, 0, 2]]), "1 of 4 values are NaN or infinite"),
        ([["a", "b", "c", "d"]], "accepted are real numbers"),
        ("windows.npz", "str, accepted are arrays"),
        ({"x": REAL}, r"names \['x'\], accepted are \['input_0'\]"),
        (7, "int, accepted are arrays"),
    ],
    ids=["empty", "list", "iterator", "constant", "shape", "nan", "overflow", "text", "path", "names", "number"],
)  # fmt: skip
def test_calibration(samples, message):
    with pytest.raises(et.DataError, match=message):
        et.quantize(model_of(dense()), samples)


@pytest.mark.parametrize("weight", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(weight):
    model = model_of(dense(weight))
    ranges = calibrate(model_of(dense()), REAL)
    with pytest.raises(et.QuantizationError, match=r"'constant_1' has 1 of 12 values that are NaN or infinite"):
        quantized_graph(model.graph, ranges)


def test_activations_that_are_not_finite():
    net = dense()
    net.last = net.operator("rsqrt", [net.last], (1, 3))
    with pytest.raises(et.QuantizationError, match=r"operator 1 \(rsqrt\): its output is NaN or infinite"):
        et.quantize(model_of(net), REAL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "median"}, "method 'median', accepted are min_max"),
        ({"percentile": 40, "method": "percentile"}, "percentile 40, accepted is a number above 50"),
        ({"weights": "int2"}, "weights 'int2', accepted are int8, int4"),
        ({"activations": "int32"}, "activations 'int32', accepted are int8, int16"),
        ({"activations": "int16", "weights": "int4"}, "accepted with 'int4' is 'int8'"),
        ({"inputs": "uint8"}, "inputs 'uint8', accepted are int8, float32"),
        ({"input_quantization": (0.0, 1)}, "scale 0.0, accepted is a positive finite float32"),
        ({"input_quantization": 0.5}, r"accepted is \(scale, zero_point\)"),
        ({"input_quantization": {"x": (0.5, 0)}}, "names 'x', accepted are input_0"),
        ({"output_quantization": (1.0, 300)}, "zero_point 300"),
        ({"activations": "int16", "output_quantization": (1.0, 3)}, "accepted for int16 is 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_options(options, message):
    with pytest.raises(et.QuantizationError, match=message):
        et.quantize(model_of(dense()), REAL, **options)


def test_operators_without_codes_are_named_with_what_would_work():
    net = dense()
    net.last = net.operator("exp", [net.last], (1, 3))
    net.last = net.operator("neg", [net.last], (1, 3))
    message = r"cannot be int8: operator 1 \(exp\).*in its place: softmax.*operator 2 \(neg\).*mul by -1"
    with pytest.raises(et.UnsupportedError, match=message):
        et.quantize(model_of(net), REAL)


def test_operators_without_int16_are_named():
    net = dense()
    net.last = net.operator("hard_swish", [net.last], (1, 3))
    with pytest.raises(et.UnsupportedError, match=r"operator 1 \(hard_swish\) has forms for int8 only"):
        et.quantize(model_of(net), REAL, activations="int16")


def test_operators_that_litert_lacks_are_named():
    net = dense()
    net.last = net.operator("squared_difference", [net.last, net.last], (1, 3))
    assert et.quantize(model_of(net), REAL).outputs[0].dtype == np.int8
    with pytest.raises(et.UnsupportedError, match=r"operator 1 \(squared_difference\) has forms for int8 only"):
        et.quantize(model_of(net), REAL, activations="int16")


def test_a_quantized_model():
    with pytest.raises(et.DataError, match="quantized already; accepted is a float32 model"):
        et.quantize(et.quantize(model_of(dense()), REAL), REAL)


def test_no_model():
    with pytest.raises(et.DataError, match="model: str, accepted is a Model"):
        et.quantize("model.tflite", REAL)


def test_missing_range():
    graph = model_of(dense()).graph
    with pytest.raises(et.QuantizationError, match="no range for tensor 'fully_connected_3'"):
        quantized_graph(graph, {0: (-1.0, 1.0)}, Scheme())


@pytest.mark.parametrize("ends", [(1.0, -1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_ranges_that_are_none(ends):
    graph = model_of(dense()).graph
    with pytest.raises(et.QuantizationError, match="tensor 'fully_connected_3': range"):
        quantized_graph(graph, {0: (-1.0, 1.0), 3: ends})
