"""Small fixed models."""

from __future__ import annotations

import numpy as np

from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite


def softmax_model() -> bytes:
    """Return a classifier of four classes: a dense layer and SOFTMAX, int8 [1, 4] in and out."""
    weights = np.array([[90, -20, 5, 1], [-30, 100, 9, 2], [7, -8, 110, -40], [1, 2, -50, 120]], np.int8)
    tensors = (
        Tensor("readings", (1, 4), "int8", affine(1 / 64, 3), None, False),
        Tensor("weights", (4, 4), "int8", affine(1 / 128, 0), weights, False),
        Tensor("bias", (4,), "int32", affine(1 / 8192, 0), np.array([100, -700, 33, 0], np.int32), False),
        Tensor("scores", (1, 4), "int8", affine(1 / 32, -5), None, False),
        Tensor("probabilities", (1, 4), "int8", affine(1 / 256, -128), None, False),
    )
    operators = (
        Operator("fully_connected", (0, 1, 2), (3,), {"fused_activation_function": "none"}),
        Operator("softmax", (3,), (4,), {"beta": 1.0}),
    )
    return write_tflite(Graph(tensors, operators, (0,), (4,), ""))


def feature_model(features: int, outputs: int, scale: float, zero_point: int) -> bytes:
    """Return a dense layer and SOFTMAX, int8 [1, features] to [1, outputs]: different codes give different bytes."""
    rng = np.random.default_rng(features)
    weights = rng.integers(-60, 61, (outputs, features))
    weights = (weights - np.rint(weights.mean(1, keepdims=True))).astype(np.int8)  # what all codes share cancels
    bias = np.zeros(outputs, np.int32)
    weight_scale = 0.0015 / (scale * features**0.5)  # codes of +-50 give scores of a few units
    tensors = (
        Tensor("features", (1, features), "int8", affine(scale, zero_point), None, False),
        Tensor("weights", (outputs, features), "int8", affine(weight_scale, 0), weights, False),
        Tensor("bias", (outputs,), "int32", affine(scale * weight_scale, 0), bias, False),
        Tensor("scores", (1, outputs), "int8", affine(1 / 16, -5), None, False),
        Tensor("probabilities", (1, outputs), "int8", affine(1 / 256, -128), None, False),
    )
    operators = (
        Operator("fully_connected", (0, 1, 2), (3,), {"fused_activation_function": "none"}),
        Operator("softmax", (3,), (4,), {"beta": 1.0}),
    )
    return write_tflite(Graph(tensors, operators, (0,), (4,), ""))


def one_by_n_model(width, kernel, stride, padding="same") -> bytes:
    """Return a convolution of one row, int8 [1, 1, width, 4] in and 8 channels out."""
    b = Builder(np.random.default_rng(0))
    x = b.input((1, 1, width, 4), quantization=affine(0.05, 3))
    weights, scales = b.weights((8, 1, kernel, 4), 0, True)
    out = -(-width // stride) if padding == "same" else (width - kernel) // stride + 1
    bias = b.bias(8, np.float32(0.05) * scales.astype(np.float32))
    y = b.add("[/layer]", (1, 1, out, 8), quantization=affine(0.5, 0))
    options = {
        "padding": padding, "stride_h": 1, "stride_w": stride, "dilation_h_factor": 1, "dilation_w_factor": 1,
        "fused_activation_function": "none",
    }  # fmt: skip
    return write_tflite(b.graph("conv_2d", [x, weights, bias], [y], options, 3))


def enlarging(height, width, dtype="int8"):
    """A model of 3 x 3 pixels whose output has `height` x `width`."""
    b = Builder(np.random.default_rng(0), (dtype,))
    quantization = None if dtype == "float32" else affine(0.5)
    x = b.input((1, 3, 3, 1), quantization=quantization)
    size = b.add("size", (2,), "int32", data=np.array([height, width], np.int32))
    y = b.add("output", (1, height, width, 1), quantization=quantization)
    options = {"align_corners": False, "half_pixel_centers": False}
    return b.graph("resize_nearest_neighbor", [x, size], [y], options, 3)
