"""Element-wise operators on dtypes and quantizations that are refused, by the pinned wheel too or not."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

NONE = {"fused_activation_function": "none"}
#: (dtype, quantization) of a tensor.
INT8, INT16, UINT8 = ((dtype, affine(0.1)) for dtype in ("int8", "int16", "uint8"))
AROUND_3, PLAIN_INT16, SCALED_INT32 = ("int16", affine(0.1, 3)), ("int16", None), ("int32", affine(0.1))
INT32, INT64, BOOL = (("int32", None), ("int64", None), ("bool", None))
#: Case -> operator, its inputs, its output, options, what the message says.
BOTH_REFUSE = {
    "mul around 3": ("mul", [AROUND_3, INT16], INT16, NONE, "'input_0' is int16 with zero_point 3, accepted is 0"),
    "squared_difference around 3": ("squared_difference", [INT16, AROUND_3], INT16, {}, "'input_1' is int16 with zero"),
    "abs around 3": ("abs", [INT16], AROUND_3, {}, "'output' is int16 with zero_point 3"),
    "relu around 3": ("relu", [AROUND_3], INT16, {}, "'input_0' is int16 with zero_point 3"),
    "rsqrt around 3": ("rsqrt", [AROUND_3], INT16, {}, "'input_0' is int16 with zero_point 3"),
    "prelu by int16": ("prelu", [INT16, INT16], INT16, {}, "'input_1' is int16, accepted is int8"),
    "add of scaled int32": ("add", [SCALED_INT32, INT32], INT32, NONE, "'input_0' is int32 with quantization"),
    "sub to scaled int32": ("sub", [INT32, INT32], SCALED_INT32, NONE, "'output' is int32 with quantization"),
    "div of scaled int32": ("div", [INT32, SCALED_INT32], INT32, NONE, "'input_1' is int32 with quantization"),
    "div of int16": ("div", [INT16, INT16], INT16, NONE, "on int16"),
    "add of int64": ("add", [INT64, INT64], INT64, NONE, "on int64"),
    "mul of uint8": ("mul", [UINT8, UINT8], UINT8, NONE, "on uint8"),
    "maximum of bool": ("maximum", [BOOL, BOOL], BOOL, {}, "on bool"),
    "equal of int16": ("equal", [INT16, INT16], BOOL, {}, "on int16"),
    "less of int16": ("less", [INT16, INT16], BOOL, {}, "on int16"),
    "greater of bool": ("greater", [BOOL, BOOL], BOOL, {}, "on bool"),
    "select_v2 of int32": ("select_v2", [BOOL, INT32, INT32], INT32, {}, "on int32"),
    "abs of int32": ("abs", [INT32], INT32, {}, "on int32"),
    "relu of int32": ("relu", [INT32], INT32, {}, "on int32"),
    "neg of int16": ("neg", [INT16], INT16, {}, r"operator 0 \(neg\)"),
    "neg of int32": ("neg", [INT32], INT32, {}, r"operator 0 \(neg\)"),
}
#: TFLite's int16 is symmetric, and CMSIS-NN refuses or ignores other zero points; the wheel takes some.
OURS_ALONE = {
    "add around 3": ("add", [AROUND_3, INT16], INT16, NONE, "'input_0' is int16 with zero_point 3, accepted is 0"),
    "sub around 3": ("sub", [INT16, INT16], AROUND_3, NONE, "'output' is int16 with zero_point 3"),
    "relu6 around 3": ("relu6", [AROUND_3], AROUND_3, {}, "'input_0' is int16 with zero_point 3"),
    "leaky_relu around 3": ("leaky_relu", [AROUND_3], INT16, {"alpha": 0.5}, "'input_0' is int16 with zero_point 3"),
    "prelu around 3": ("prelu", [INT16, INT8], AROUND_3, {}, "'output' is int16 with zero_point 3"),
    "abs without a scale": ("abs", [PLAIN_INT16], PLAIN_INT16, {}, "'input_0' .int16. has no quantization parameters"),
    # Its kernel reads parameters that its preparation has not set.
    "greater of int16": ("greater", [INT16, INT16], BOOL, {}, "on int16"),
    # Its kernels read the second operand as the first one's dtype.
    "maximum of two dtypes": ("maximum", [INT32, INT64], INT32, {}, "'input_1' is int64, accepted is int32"),
    "equal of two dtypes": ("equal", [INT64, INT32], BOOL, {}, "'input_1' is int32, accepted is int64"),
    "sub, tanh": (
        "sub", [INT32, INT32], INT32, {"fused_activation_function": "tanh"}, "fused activation 'tanh', accepted are",
    ),
}  # fmt: skip


def made(operator, inputs, output, options):
    b = Builder(np.random.default_rng(0))
    indices = [b.input((1, 3), dtype, quantization) for dtype, quantization in inputs]
    outputs = [b.add("output", (1, 3), *output)]
    return write_tflite(b.graph(operator, indices, outputs, options))


def refused(data, operator, message):
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(data)
    assert f"operator 0 ({operator})" in str(caught.value)


@pytest.mark.parametrize("case", BOTH_REFUSE)
def test_what_the_wheel_refuses(tflm, case):
    operator, inputs, output, options, message = BOTH_REFUSE[case]
    data = made(operator, inputs, output, options)
    refused(data, operator, message)
    with pytest.raises(Refused):
        tflm.run(data, [[np.ones((1, 3), dtype) for dtype, _ in inputs]])


@pytest.mark.parametrize("case", OURS_ALONE)
def test_what_is_refused_here(case):
    operator, inputs, output, options, message = OURS_ALONE[case]
    refused(made(operator, inputs, output, options), operator, message)
