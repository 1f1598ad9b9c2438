"""What hard_swish, elu, rsqrt, log_softmax and l2_normalization refuse, and whether the pinned wheel does too."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

SHAPE = (1, 3, 5)
LOG_SOFTMAX = affine(1 / 16, 127)


def model_of(name, shape, source, target, options=None, dtype="int8", output_shape=None):
    b = Builder(np.random.default_rng(0))
    x, y = b.input(shape, dtype, source), b.add("output", output_shape or shape, dtype, target)
    return write_tflite(b.graph(name, [x], [y], options or {}))


#: (operator, input's quantization, output's, message, what else)
BOTH_REFUSE = {
    "hard_swish to a finer scale": ("hard_swish", affine(1.0), affine(1 / 129), "give output", {}),
    "hard_swish at 1": ("hard_swish", affine(1.0), affine(1 / 128), r"output 1, accepted are below 2\*\*0", {}),
    "log_softmax scale": ("log_softmax", affine(0.1), affine(1 / 8, 127), "has scale 0.125 and zero_point 127", {}),
    "log_softmax zero point": ("log_softmax", affine(0.1), affine(1 / 16, 126), "and zero_point 126", {}),
    "log_softmax of tiny scale": ("log_softmax", affine(2.0**-27), LOG_SOFTMAX, "is too small", {}),
    "log_softmax just too small": ("log_softmax", affine(2.0**-26), LOG_SOFTMAX, "is too small", {}),
    "l2_normalization, relu": (
        "l2_normalization", affine(0.1), affine(1 / 128), "fused activation 'relu', accepted is none",
        {"options": {"fused_activation_function": "relu"}},
    ),
    "l2_normalization, five axes": (
        "l2_normalization", affine(0.1), affine(1 / 128), "has 5 axes, accepted are 1 to 4", {"shape": (1, 2, 1, 1, 3)},
    ),
    "int16 hard_swish": ("hard_swish", affine(0.1), affine(0.1), "on int16", {"dtype": "int16"}),
    "int16 elu": ("elu", affine(0.1), affine(0.1), "on int16", {"dtype": "int16"}),
    "int16 log_softmax": ("log_softmax", affine(0.1), affine(0.1), "on int16", {"dtype": "int16"}),
    "exp": ("exp", affine(0.1), affine(0.1), r"operator 0 \(exp\)", {}),
    "log": ("log", affine(0.1), affine(0.1), r"operator 0 \(log\)", {}),
    "sqrt": ("sqrt", affine(0.1), affine(0.1), r"operator 0 \(sqrt\)", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", BOTH_REFUSE)
def test_what_the_wheel_refuses(tflm, case):
    name, source, target, message, more = BOTH_REFUSE[case]
    data = model_of(name, more.get("shape", SHAPE), source, target, more.get("options"), more.get("dtype", "int8"))
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(data)
    assert f"operator 0 ({name})" in str(caught.value)
    x = np.ones(more.get("shape", SHAPE), more.get("dtype", "int8"))
    with pytest.raises(Refused):
        tflm.run(data, [[x]])


@pytest.mark.parametrize(
    ("name", "source", "target", "message"),
    [
        ("hard_swish", affine(2.0**27), affine(2.0**27), "give reluish"),
        ("elu", affine(1.0), affine(1e-9), "beyond int32"),
        ("elu", affine(1.0), affine(1e-45), "beyond int32"),
        ("rsqrt", affine(1.0, -128), affine(2.0**13), "effective scale"),
        ("rsqrt", affine(1e-38, -128), affine(1e-38), "effective scale"),
        ("rsqrt", affine(2.0**-50, -128), affine(2.0**-25), "effective scale"),
        ("l2_normalization", None, affine(1 / 128), "no quantization"),
        ("log_softmax", affine(0.1, 300), LOG_SOFTMAX, "zero_point 300"),
    ],
)
def test_scales_that_are_no_use(name, source, target, message):
    options = {"fused_activation_function": "none"} if name == "l2_normalization" else {}
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(model_of(name, SHAPE, source, target, options))
    assert f"operator 0 ({name})" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "target", "most"), [("log_softmax", LOG_SOFTMAX, 4095), ("l2_normalization", affine(1 / 128), 33025)]
)
def test_longest_rows(tflm, name, target, most):
    options = {"fused_activation_function": "none"} if name == "l2_normalization" else {}
    data = model_of(name, (1, most), affine(2.0**-9, -128), target, options)
    rng = np.random.default_rng(1)
    for x in (np.full((1, most), 127, np.int8), rng.integers(-128, 128, (1, most)).astype(np.int8)):
        theirs = tflm.run(data, [[x]]).outputs[0][0]
        np.testing.assert_array_equal(et.load(data).run(x).reshape(-1), theirs.reshape(-1))
    with pytest.raises(et.UnsupportedError, match=f"accepted are at most {most}"):
        et.load(model_of(name, (1, most + 1), affine(0.1), target, options))


@pytest.mark.parametrize("name", ["hard_swish", "elu", "rsqrt", "log_softmax", "l2_normalization"])
def test_output_of_another_shape(name):
    options = {"fused_activation_function": "none"} if name == "l2_normalization" else {}
    target = LOG_SOFTMAX if name == "log_softmax" else affine(0.1)
    with pytest.raises(et.ModelError, match="output 'output' has shape"):
        et.load(model_of(name, SHAPE, affine(0.1, -128), target, options, output_shape=(1, 3, 4)))
