"""What float32 operators on elements, rows, axes and images refuse, by name: what came and what is accepted."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.litert import Refused

import edgetwin as et
from edgetwin.conformance.generators.real import RealBuilder
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite

ROW = (1, 3, 5)
FUSED = {"fused_activation_function": "none"}


def model(name, operands, output, options=None):
    """A model of one operator: a tensor is a float32 shape, (shape, dtype), or a constant's values."""
    b = RealBuilder(np.random.default_rng(0))
    inputs = []
    for operand in operands:
        if isinstance(operand, np.ndarray):
            inputs.append(b.add("constant", operand.shape, operand.dtype.name, data=operand))
        else:
            inputs.append(b.input(*operand) if operand and isinstance(operand[0], tuple) else b.real_input(operand))
    shape, dtype = output if output and isinstance(output[0], tuple) else (output, "float32")
    return write_tflite(b.graph(name, inputs, [b.add("output", shape, dtype)], options or {}))


def axes(*values, dtype=np.int32):
    return np.array(values, dtype)


KEPT = {"keep_dims": True}
RESIZED = {"align_corners": True, "half_pixel_centers": True}
#: What is wrong -> the model, and words of the refusal. LiteRT refuses these too.
BOTH = {
    "add of another dtype": (model("add", [ROW, (ROW, "int32")], ROW, FUSED), "int32, accepted is float32"),
    "add that does not broadcast": (model("add", [ROW, (1, 3, 4)], ROW, FUSED), r"\[1, 3, 5\], \[1, 3, 4\], which do"),
    "prelu of larger slopes": (model("prelu", [(1, 1, 5), ROW], ROW), r"\[1, 3, 5\], its inputs give \[1, 1, 5\]"),
    "cast to uint64": (model("cast", [ROW], (ROW, "uint64")), "float32 to uint64, accepted are int8, uint8"),
    "sin of int32": (model("sin", [(ROW, "int32")], (ROW, "int32")), r"operator 0 \(sin\) on int32"),
    "pow of int8": (model("pow", [(ROW, "int8")] * 2, (ROW, "int8")), r"operator 0 \(pow\) on int8"),
    "sum over no axis of it": (model("sum", [ROW, axes(3)], (1, 3, 1), KEPT), "axis 3, accepted are -3 to 2"),
    "mean, axes of int64": (model("mean", [ROW, axes(1, dtype=np.int64)], (1, 1, 5), KEPT), "int64, accepted is int32"),
    "arg_max over two axes": (model("arg_max", [ROW, axes(1, 2)], ((1,), "int32")), r"\[1, 2\], accepted is one"),
    "arg_min along no axis": (model("arg_min", [ROW, axes(-4)], ((1, 3), "int32")), r"axis is \[-4\]"),
    "resize_bilinear with both options": (
        model("resize_bilinear", [(1, 2, 2, 1), axes(4, 4)], (1, 4, 4, 1), RESIZED), "are both set, which LiteRT",
    ),
    "resize_bilinear of three axes": (
        model("resize_bilinear", [ROW, axes(4, 4)], ROW, dict.fromkeys(RESIZED, False)), "accepted are 4 axes",
    ),
    "softmax of a scalar": (model("softmax", [()], (), {"beta": 1.0}), "is a scalar"),
    "l2_normalization with relu": (
        model("l2_normalization", [(1, 5)], (1, 5), {"fused_activation_function": "relu"}), "'relu', accepted is none",
    ),
}  # fmt: skip
#: The same of models that LiteRT runs: it takes its outputs' shapes and dtypes from its inputs, whatever the file says.
OURS = {
    "add to another dtype": (model("add", [ROW, ROW], (ROW, "int8"), FUSED), "'output' is int8, accepted is float32"),
    "less to float32": (model("less", [ROW, ROW], ROW), "'output' is float32, accepted is bool"),
    "exp of int8": (model("exp", [(ROW, "int8")], (ROW, "int8")), r"operator 0 \(exp\) on int8 \(accepted: float32\)"),
    "abs to another shape": (model("abs", [ROW], (1, 3, 4)), r"output .* \[1, 3, 4\], its inputs give \[1, 3, 5\]"),
    "add to another shape": (model("add", [ROW, ROW], (1, 3, 4), FUSED), r"\[1, 3, 4\], its inputs give \[1, 3, 5\]"),
    "mean to another shape": (model("mean", [ROW, axes(1)], (1, 3, 5), KEPT), r"its inputs give \[1, 1, 5\]"),
    "add with tanh": (
        model("add", [ROW, ROW], ROW, {"fused_activation_function": "tanh"}), "'tanh', accepted are none, relu",
    ),
    "leaky_relu by NaN": (model("leaky_relu", [ROW], ROW, {"alpha": np.nan}), "alpha is nan, accepted are finite"),
    "softmax by infinity": (model("softmax", [ROW], ROW, {"beta": np.inf}), "beta is inf, accepted are finite"),
    "add of seven axes": (model("add", [(1,) * 7] * 2, (1,) * 7, FUSED), "has 7 axes, accepted are at most 6"),
    "arg_max to int64": (model("arg_max", [ROW, axes(1)], ((1, 5), "int64")), "'output' is int64, accepted is int32"),
    "cast to float16": (model("cast", [ROW], (ROW, "float16")), "a cast from float32 to float16"),
}  # fmt: skip


@pytest.mark.parametrize("case", BOTH | OURS)
def test_refused_by_name(case):
    data, words = (BOTH | OURS)[case]
    with pytest.raises(et.ModelError, match=words):
        et.load(data)


@pytest.mark.parametrize("case", BOTH)
def test_refused_by_litert(litert, case):
    data, _ = BOTH[case]
    graph = read_tflite(data)
    arrays = [np.zeros(graph.tensors[i].shape, graph.tensors[i].dtype) for i in graph.inputs]
    with pytest.raises(Refused):
        litert.run(data, [arrays])
