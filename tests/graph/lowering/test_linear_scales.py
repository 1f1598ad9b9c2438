"""Models of one linear operator at the ends of what scales, zero points and biases can be, against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles import kernels_linear as oracle

import edgetwin as et
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization

ULP = 2.0**-23
#: Kind -> (input scale, factor of the weights' scales, a multiplier that their products must give). Products just below
#: a power of two give the largest multiplier there is, or a fraction that rounds up to 1, so that the shift grows.
SCALES = {
    "largest_multiplier": (1 - 181 * ULP, 1 + 181 * ULP, 2**31 - 1),
    "rounds_up": (1 - 100 * ULP, 1 + 100 * ULP, 2**30),
    "power_of_two": (1.0, 1.0, 2**30),
    "vanishes": (0.1, 1.7, 0),
}
WINDOW = {"padding": "same", "stride_h": 1, "stride_w": 2, "dilation_h_factor": 1, "dilation_w_factor": 1}
OPERATORS = ["conv_2d", "depthwise_conv_2d", "fully_connected"]


def quantization(scale, zero_point=0, axis=0):
    scale = np.atleast_1d(np.float32(scale))
    return Quantization(scale, np.full(scale.shape, zero_point, np.int64), axis)


def model_of(operator, weights, bias, scales, zero_points, activation="none"):
    """The bytes of a model; `scales` are of input and weights, the output's is 1."""
    channels, axis = len(bias), 0
    input_shape, output_shape = (1, 3, 5, 2), (1, 3, 3, channels)
    options = {"fused_activation_function": activation}
    if operator == "fully_connected":
        input_shape, output_shape = (1, weights.shape[1]), (1, channels)
    else:
        options |= WINDOW
    if operator == "depthwise_conv_2d":
        input_shape, axis = (1, 3, 5, channels), 3 if np.size(scales[1]) > 1 else 0
        options["depth_multiplier"] = 1
    tensors = (
        Tensor("x", input_shape, "int8", quantization(scales[0], zero_points[0])),
        Tensor("weights", weights.shape, "int8", quantization(scales[1], 0, axis), weights),
        Tensor("bias", bias.shape, "int32", quantization(np.float32(scales[0]) * np.float32(scales[1])), bias),
        Tensor("y", output_shape, "int8", quantization(1.0, zero_points[1])),
    )
    return write_tflite(Graph(tensors, (Operator(operator, (0, 1, 2), (3,), options, 4),), (0,), (3,), ""))


def weights_of(operator, channels, rng):
    shape = {
        "conv_2d": (channels, 2, 3, 2),
        "depthwise_conv_2d": (1, 2, 3, channels),
        "fully_connected": (channels, 19),
    }[operator]
    return rng.integers(-128, 128, shape).astype(np.int8)


def multipliers(input_scale, weight_scales):
    """Effective scales are formed in double from the file's float32."""
    reals = float(np.float32(input_scale)) * np.asarray(np.float32(weight_scales), np.float64)
    return np.array([oracle.quantized_multiplier(real) for real in np.atleast_1d(reals)], np.int32).T


def expected_of(operator, x, weights, bias, **params):
    placed = {} if operator == "fully_connected" else {"padding": "same", "stride": (1, 2)}
    return getattr(oracle, operator)(x, weights, bias, **params, **placed)


def every_shift(operator, kind, zero_points):
    """One channel for each shift from -31 to 30, and below, where the multiplier is 0.

    Returns the model's bytes, inputs, the outputs of the definition, multipliers and shifts.
    """
    rng = np.random.default_rng(len(kind))
    input_scale, factor, must_occur = SCALES[kind]
    scales = np.float32(factor * 2.0 ** np.arange(-40, 34))
    scales = scales[multipliers(input_scale, scales)[1] <= 30]
    multiplier, shift = multipliers(input_scale, scales)
    assert (shift.min(), shift.max()) == (-31, 30)
    assert {0, must_occur} <= set(multiplier.tolist())
    weights = weights_of(operator, len(scales), rng)
    # Biases that the channel's scale turns into visible codes; the ends of int32 for the smallest scales.
    codes = rng.integers(-100, 101, len(scales))
    bias = np.clip(codes * 2.0 ** (31 - shift) / np.maximum(multiplier, 1), -(2**31), 2**31 - 1).astype(np.int32)
    data = model_of(operator, weights, bias, (input_scale, scales), zero_points)
    shape = {"conv_2d": (3, 5, 2), "depthwise_conv_2d": (3, 5, len(scales)), "fully_connected": (19,)}[operator]
    x = rng.integers(-128, 128, (3, *shape)).astype(np.int8)
    x[1] = zero_points[0]  # real zeros: the biases alone
    params = {"input_zero_point": zero_points[0], "output_zero_point": zero_points[1]}
    expected = expected_of(operator, x, weights, bias, **params, multiplier=multiplier, shift=shift)
    assert len(np.unique(expected)) > 20
    return data, x, expected, multiplier, shift


ZERO_POINTS = pytest.mark.parametrize("zero_points", [(-128, 127), (127, -128), (0, 5)], ids=str)
KINDS = pytest.mark.parametrize("kind", SCALES)


@ZERO_POINTS
@KINDS
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_shift(operator, kind, zero_points):
    data, x, expected, multiplier, shift = every_shift(operator, kind, zero_points)
    model = et.load(data)
    assert_array_equal(model.run(x), expected, strict=True)
    (step,) = model.steps
    assert_array_equal(step.constants["multiplier"], multiplier)
    assert_array_equal(step.constants["shift"], shift)


@KINDS
@pytest.mark.parametrize("operator", OPERATORS)
def test_the_definition_equals_the_wheel(tflm, operator, kind):
    data, x, expected, *_ = every_shift(operator, kind, (-128, 5))
    theirs = tflm.run(data, [[sample[None]] for sample in x]).outputs
    for mine, (output,) in zip(expected, theirs, strict=True):
        assert_array_equal(mine.reshape(-1), output.reshape(-1))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("scales", [(1.0, 2.0**30), (1 - 100 * ULP, (1 + 100 * ULP) * 2.0**30)], ids=str)
def test_a_left_shift_of_31_is_refused(operator, scales):
    assert multipliers(*scales)[1] == 31
    data = model_of(operator, weights_of(operator, 2, np.random.default_rng(0)), np.zeros(2, np.int32), scales, (0, 0))
    with pytest.raises(et.UnsupportedError, match="left shift of 31"):
        et.load(data)


@pytest.mark.parametrize("zero_point", [-128, -3, 0, 127])
@pytest.mark.parametrize(
    ("activation", "low", "high"), [("relu", 0, None), ("relu6", 0, 6), ("relu_n1_to_1", -1, 1)], ids=lambda v: str(v)
)
@pytest.mark.parametrize("operator", OPERATORS)
def test_fused_activations(operator, activation, low, high, zero_point):
    """The output's scale is 1, so codes are whole real units."""
    rng = np.random.default_rng(7)
    weights, bias = weights_of(operator, 5, rng), rng.integers(-3000, 3000, 5).astype(np.int32)
    model = et.load(model_of(operator, weights, bias, (0.5, 2.0**-8), (-128, zero_point), activation))
    x = rng.integers(-128, 128, (2, *model.inputs[0].shape)).astype(np.int8)
    multiplier, shift = multipliers(0.5, 2.0**-8)
    params = {"input_zero_point": -128, "output_zero_point": zero_point, "multiplier": multiplier, "shift": shift}
    params |= {"activation_min": max(-128, zero_point + low)}
    params |= {"activation_max": 127 if high is None else min(127, zero_point + high)}
    assert_array_equal(model.run(x), expected_of(operator, x, weights, bias, **params), strict=True)
