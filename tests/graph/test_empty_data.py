"""Data without elements is refused by name, constant or not; empty bounds and axes are not data."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

WINDOW = {"padding": "same", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}


def conv_2d(b):
    x = b.add("nothing", (1, 4, 4, 0), "int8", affine(0.1), np.zeros((1, 4, 4, 0), np.int8))
    weights = b.add("weights", (2, 1, 1, 0), "int8", affine(0.1), np.zeros((2, 1, 1, 0), np.int8))
    bias = b.add("bias", (2,), "int32", affine(0.01), np.zeros(2, np.int32))
    output = b.add("output", (1, 4, 4, 2), quantization=affine(0.1))
    return b.graph("conv_2d", [x, weights, bias], [output], {**WINDOW, "fused_activation_function": "none"})


def mean(b):
    x = b.add("nothing", (1, 0, 4), "int8", affine(0.1), np.zeros((1, 0, 4), np.int8))
    axis = b.add("axis", (1,), "int32", None, np.int32([1]))
    return b.graph("mean", [x, axis], [b.add("output", (1, 4), quantization=affine(0.1))], {"keep_dims": False})


@pytest.mark.parametrize("make", [conv_2d, mean])
def test_empty_constants_as_data(make):
    data = write_tflite(make(Builder(np.random.default_rng(0))))
    with pytest.raises(et.UnsupportedError, match=f"operator 0 \\({make.__name__}\\): tensor 'nothing' has shape"):
        et.load(data)
