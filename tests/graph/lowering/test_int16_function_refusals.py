"""What functions of rows, windows and axes refuse of int16 activations, by name; the wheel refuses most of it too."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

POOL = {
    "padding": "valid", "stride_w": 1, "stride_h": 1, "filter_width": 2, "filter_height": 2,
    "fused_activation_function": "none",
}  # fmt: skip
SHAPE = (1, 2, 2, 3)
Q15 = affine(2.0**-15)
HALVES = affine(0.5)


def model(name, given=(SHAPE, HALVES), made=(SHAPE, Q15), options=None, constants=(), made_dtype="int16"):
    """A model of one operator with an int16 input."""
    b = Builder(np.random.default_rng(0), ("int16",))
    x = b.input(given[0], quantization=given[1])
    operands = [b.add("constant", np.shape(v), np.asarray(v).dtype.name, data=np.asarray(v)) for v in constants]
    y = b.add("output", made[0], made_dtype, made[1])
    return write_tflite(b.graph(name, [x, *operands], [y], options or {}, 2))


def pool(quantization):
    return model("max_pool_2d", (SHAPE, HALVES), ((1, 1, 1, 3), quantization), POOL)


AXES = (np.int32([1]),)
KEPT = {"keep_dims": True}
BETA = {"beta": 1.0}
#: What is wrong -> the model, and words of the refusal. The wheel refuses these too.
BOTH = {
    "softmax to int8": (model("softmax", options=BETA, made_dtype="int8"), "'output' is int8, accepted is int16"),
    "softmax to another scale": (model("softmax", made=(SHAPE, affine(2.0**-16)), options=BETA), "has scale"),
    "softmax around 3": (model("softmax", (SHAPE, affine(0.5, 3)), options=BETA), "zero_point 3, accepted is 0"),
    "logistic to another scale": (model("logistic", made=(SHAPE, affine(2.0**-16))), "has scale .* accepted is 3.05"),
    "logistic around 3": (model("logistic", (SHAPE, affine(0.5, 3))), "zero_point 3, accepted is 0"),
    "tanh to int8": (model("tanh", made_dtype="int8"), "is int8, accepted is int16"),
    "max_pool_2d that requantizes": (pool(affine(0.25)), "a pool does not requantize"),
    "reduce_max of int16": (model("reduce_max", options=KEPT, constants=AXES), "reduce_max.* on int16"),
    "arg_max of int16": (model("arg_max", options={"output_type": 2}, constants=AXES, made_dtype="int32"), "on int16"),
    "hard_swish of int16": (model("hard_swish"), "hard_swish.* on int16"),
    "log_softmax of int16": (model("log_softmax"), "log_softmax.* on int16"),
    "resize_bilinear of int16": (
        model("resize_bilinear", options={"align_corners": False, "half_pixel_centers": False}, constants=AXES),
        "resize_bilinear.* on int16",
    ),
    "pad by an int8 value": (
        model("padv2", (SHAPE, Q15), constants=(np.zeros((4, 2), np.int32), np.int8([1]))),
        "is int8, accepted is int16",
    ),
}  # fmt: skip
#: The same of what the wheel computes from integers that have overflowed, or beyond what TFLite gives to int16.
OURS = {
    "softmax of nothing": (model("softmax", options={"beta": float("nan")}), "beta is nan, accepted is a finite"),
    "logistic of steps of 3": (model("logistic", (SHAPE, affine(3.0))), "scale 3.0, accepted are about .* to 2.66"),
    "tanh of tiny steps": (model("tanh", (SHAPE, affine(1e-14))), "accepted are about"),
    "max_pool_2d of a large window": (
        model(
            "max_pool_2d", ((1, 256, 128, 1), Q15), ((1, 1, 1, 1), Q15),
            POOL | {"filter_height": 256, "filter_width": 128},
        ),
        "window of 256 x 128, accepted are fewer than 32768 int16 elements",
    ),
    "mean around 3": (model("mean", (SHAPE, affine(0.5, 3)), ((1, 1, 2, 3), Q15), KEPT, AXES), "zero_point 3"),
    "sum of 65536 elements": (
        model("sum", ((1, 65536), Q15), ((1, 1), Q15), KEPT, AXES), "65536 int16 elements to sum, .* at most 65535",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BOTH | OURS)
def test_refused_by_name(case):
    data, words = (BOTH | OURS)[case]
    with pytest.raises(et.ModelError, match=words) as caught:
        et.load(data)
    assert case.split()[0] in str(caught.value)


@pytest.mark.parametrize("case", BOTH)
def test_the_wheel_refuses_it_too(tflm, case):
    data, _ = BOTH[case]
    graph = et.io.tflite_read.read_tflite(data)
    sample = [np.zeros(graph.tensors[i].shape, graph.tensors[i].dtype) for i in graph.inputs]
    with pytest.raises(Refused):
        tflm.run(data, [sample], len(graph.outputs))
