"""XNNPACK's effective scale is formed in float32, product first: sums that tell it from the nearest float32 say so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.builder import affine
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite

CHANNELS = 64
WINDOW = {"padding": "valid", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}


def telling_sums(rng):
    """Return scales of input, weights and output, and sums whose codes differ between the two effective scales."""
    while True:
        source, weights, output = (np.float32(10.0 ** rng.uniform(*ends)) for ends in ((-3, -1), (-4, -3), (-1, 0)))
        in_order = source * weights / output
        nearest = np.float32(np.float64(source) * np.float64(weights) / np.float64(output))
        # Around every tie between two codes, the sums nearest to it.
        ties = (np.arange(-120, 121) + 0.5) / np.float64(in_order)
        sums = np.unique((np.round(ties)[:, None] + np.arange(-3, 4)).astype(np.int32))
        codes = [np.rint(sums.astype(np.float32) * scale) for scale in (in_order, nearest)]
        telling = sums[codes[0] != codes[1]]
        if len(telling) >= CHANNELS:
            return source, weights, output, rng.choice(telling, CHANNELS, replace=False)


def model_of(operator, scales, sums):
    """The bytes of a model of zero weights: its sums are its biases."""
    source, weights, output = scales
    dense = operator == "fully_connected"
    shapes = (
        [(1, 4), (CHANNELS, 4), (1, CHANNELS)] if dense else [(1, 1, 1, 4), (CHANNELS, 1, 1, 4), (1, 1, 1, CHANNELS)]
    )
    tensors = (
        Tensor("x", shapes[0], "int8", affine(source)),
        Tensor("weights", shapes[1], "int8", affine(weights), np.zeros(shapes[1], np.int8)),
        Tensor("bias", (CHANNELS,), "int32", affine(source * weights), sums),
        Tensor("y", shapes[2], "int8", affine(output)),
    )
    options = {"fused_activation_function": "none"} | ({} if dense else WINDOW)
    return write_tflite(Graph(tensors, (Operator(operator, (0, 1, 2), (3,), options, 4),), (0,), (3,), ""))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("operator", ["conv_2d", "fully_connected"])
def test_product_first_in_float32(delegate, operator, seed):
    *scales, sums = telling_sums(np.random.default_rng(seed))
    data = model_of(operator, scales, sums)
    model = et.load(data, arithmetic="xnnpack")
    x = np.zeros((1, *model.inputs[0].shape), np.int8)
    expected = delegate.run(data, [[x]]).outputs[0][0]
    assert_array_equal(model.run(x).reshape(-1), expected.reshape(-1))
