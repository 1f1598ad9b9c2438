"""What the element-wise operators, pad, mean, reshape, quantize and relu refuse, by name, before a kernel sees it."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin.errors import ModelError, UnsupportedError
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.graph.lowering.context import Context
from edgetwin.graph.lowering.table import LOWERINGS
from edgetwin.types import Quantization


def codes(name, shape, scale=0.5, zero_point=0, dtype="int8", data=None):
    quantization = Quantization(np.atleast_1d(np.float32(scale)), np.atleast_1d(np.int64(zero_point)))
    return Tensor(name, shape, dtype, quantization, data)


def integers(name, values):
    data = np.array(values, np.int32)
    return Tensor(name, data.shape, "int32", None, data)


def lower(operator, inputs, output, **options):
    graph = Graph(
        (*inputs, output),
        (Operator(operator, tuple(range(len(inputs))), (len(inputs),), options),),
        (0,),
        (len(inputs),),
    )
    return LOWERINGS[operator](Context(graph, 0, "tflm"))


ADD = {"fused_activation_function": "none"}
CASES = {
    "add: shapes": ("add", [codes("x", (2, 3)), codes("y", (2, 4))], codes("o", (2, 3)), ADD, "do not broadcast"),
    "add: output": ("add", [codes("x", (2, 3)), codes("y", (1, 3))], codes("o", (1, 3)), ADD, r"\[1, 3\].*\[2, 3\]"),
    "add: rank": ("add", [codes("x", (1,) * 7), codes("y", (1,))], codes("o", (1,) * 7), ADD, "at most 6"),
    "add: scale": ("add", [codes("x", (1,)), codes("y", (1,))], codes("o", (1,), 1e-7), ADD, "between 0 and 1"),
    "add: dtype": ("add", [codes("x", (1,)), codes("y", (1,), dtype="int16")], codes("o", (1,)), ADD, "'y' is int16"),
    "add: zero point": ("add", [codes("x", (1,), 0.5, 200), codes("y", (1,))], codes("o", (1,)), ADD, "zero_point 200"),
    "add: tanh": (
        "add",
        [codes("x", (1,)), codes("y", (1,))],
        codes("o", (1,)),
        {"fused_activation_function": "tanh"},
        "fused activation 'tanh'",
    ),
    "sub: shapes": ("sub", [codes("x", (2, 3)), codes("y", (2, 4))], codes("o", (2, 3)), ADD, "do not broadcast"),
    "sub: scale": ("sub", [codes("x", (1,)), codes("y", (1,))], codes("o", (1,), 1e-7), ADD, "between 0 and 1"),
    "sub: sign_bit": (
        "sub",
        [codes("x", (1,)), codes("y", (1,))],
        codes("o", (1,)),
        {"fused_activation_function": "sign_bit"},
        "fused activation 'sign_bit'",
    ),
    "mul: rank": ("mul", [codes("x", (1,) * 7), codes("y", (1,))], codes("o", (1,) * 7), ADD, "at most 6"),
    "mul: scales": ("mul", [codes("x", (1,), 1e9), codes("y", (1,), 1e9)], codes("o", (1,)), ADD, "left shift of"),
    "mul: dtype": ("mul", [codes("x", (1,)), codes("y", (1,))], codes("o", (1,), dtype="int16"), ADD, "'o' is int16"),
    "div: scale": ("div", [codes("x", (1,)), codes("y", (1,))], codes("o", (1,)), ADD, r"shift 2, accepted is \[7, 22"),
    "div: constant": (
        "div",
        [codes("x", (1,)), codes("y", (2,), data=np.array([1, -9], np.int8))],
        codes("o", (2,)),
        ADD,
        r"shift 2, accepted is \[3, 22\]",
    ),
    "div: ratio": (
        "div",
        [codes("x", (1,), 1e38), codes("y", (1,), 1e-38)],
        codes("o", (1,), 1e-38),
        ADD,
        r"shift 379, accepted is \[7, 22\]",
    ),
    "leaky_relu: alpha": ("leaky_relu", [codes("x", (1,))], codes("o", (1,)), {"alpha": np.nan}, "nan is not finite"),
    "leaky_relu: scales": ("leaky_relu", [codes("x", (1,), 1e9)], codes("o", (1,), 1e-3), {"alpha": 1}, "left shift"),
    "leaky_relu: output": ("leaky_relu", [codes("x", (2,))], codes("o", (1,)), {"alpha": 1}, r"\[1\].*\[2\]"),
    "prelu: shapes": ("prelu", [codes("x", (2, 3)), codes("a", (2,))], codes("o", (2, 3)), {}, "do not broadcast"),
    "prelu: dtype": (
        "prelu",
        [codes("x", (1,)), codes("a", (1,), dtype="int16")],
        codes("o", (1,)),
        {},
        "'a' is int16",
    ),
    "abs: output": ("abs", [codes("x", (2,))], codes("o", (1, 2)), {}, r"\[1, 2\].*\[2\]"),
    "maximum: output": ("maximum", [codes("x", (2, 3)), codes("y", (3,))], codes("o", (3,)), {}, r"\[3\].*\[2, 3\]"),
    "minimum: dtype": ("minimum", [codes("x", (1,), dtype="uint8"), codes("y", (1,))], codes("o", (1,)), {}, "uint8"),
    "squared_difference: scales": (
        "squared_difference",
        [codes("x", (1,), 1e9), codes("y", (1,), 1e9)],
        codes("o", (1,), 1e-3),
        {},
        "left shift of",
    ),
    "pad: rank": ("pad", [codes("x", (1,) * 6), integers("p", [[0, 0]] * 6)], codes("o", (1,) * 6), {}, "1 to 5"),
    "pad: negative": ("pad", [codes("x", (3,)), integers("p", [[-1, 0]])], codes("o", (2,)), {}, "negative"),
    "pad: pairs": ("pad", [codes("x", (3,)), integers("p", [[0, 0]] * 2)], codes("o", (3,)), {}, "4 elements"),
    "pad: output": ("pad", [codes("x", (3,)), integers("p", [[1, 1]])], codes("o", (4,)), {}, r"\[4\].*\[5\]"),
    "pad: activation": ("pad", [codes("x", (3,)), Tensor("p", (1, 2), "int32")], codes("o", (3,)), {}, "constant"),
    "padv2: scale": (
        "padv2",
        [codes("x", (3,)), integers("p", [[0, 0]]), codes("v", (1,), 0.25, data=np.zeros(1, np.int8))],
        codes("o", (3,)),
        {},
        "'v'.*quantization",
    ),
    "mean: axis": ("mean", [codes("x", (3,)), integers("a", [1])], codes("o", (1,)), {"keep_dims": True}, "axis 1"),
    "mean: output": ("mean", [codes("x", (3,)), integers("a", [0])], codes("o", (3,)), {"keep_dims": True}, r"\[1\]"),
    "mean: scales": (
        "mean",
        [codes("x", (1,), 1e20), integers("a", [0])],
        codes("o", (1,), 1e-5),
        {"keep_dims": True},
        "left shift",
    ),
    "reshape: elements": ("reshape", [codes("x", (3,))], codes("o", (4,)), {}, "numbers of elements"),
    "reshape: dtype": ("reshape", [codes("x", (4,))], codes("o", (4,), dtype="int16"), {}, "is int16"),
    "squeeze: axis": ("squeeze", [codes("x", (1, 3))], codes("o", (3,)), {"squeeze_dims": (1,)}, "squeeze_dims has 1"),
    "squeeze: output": ("squeeze", [codes("x", (1, 3))], codes("o", (1, 3)), {}, r"\[1, 3\].*\[3\]"),
    "expand_dims: axis": ("expand_dims", [codes("x", (3,)), integers("a", [2])], codes("o", (3, 1)), {}, "-2 to 1"),
    "expand_dims: output": ("expand_dims", [codes("x", (3,)), integers("a", 0)], codes("o", (3, 1)), {}, r"\[1, 3\]"),
    "quantize: form": (
        "quantize",
        [codes("x", (3,), dtype="uint8")],
        codes("o", (3,), dtype="uint8"),
        {},
        "uint8 to uint8",
    ),
    "quantize: uint8": ("quantize", [Tensor("x", (3,), "float32")], codes("o", (3,), dtype="uint8"), {}, "float32 to"),
    "quantize: scale": ("quantize", [Tensor("x", (3,), "float32")], codes("o", (3,), 0.0), {}, "'o' has a scale"),
    "quantize: per-channel": (
        "quantize",
        [Tensor("x", (2,), "float32")],
        codes("o", (2,), [0.5, 0.25], [0, 0]),
        {},
        "per-channel",
    ),
    "quantize: shift": ("quantize", [codes("x", (3,), 1e10)], codes("o", (3,), 1e-5), {}, "left shift"),
    "dequantize: int32": (
        "dequantize",
        [codes("x", (3,), dtype="int32")],
        Tensor("o", (3,), "float32"),
        {},
        "int32 to",
    ),
    "relu: ratio": ("relu", [codes("x", (3,), 1e38)], codes("o", (3,), 1e-38), {}, "needs a left shift of 253"),
    "relu6: scale": ("relu6", [codes("x", (3,), 1e-12)], codes("o", (3,)), {}, "too small for relu6"),
}


@pytest.mark.parametrize(("operator", "inputs", "output", "options", "message"), CASES.values(), ids=CASES)
def test_refused_by_name(operator, inputs, output, options, message):
    with pytest.raises(ModelError, match=rf"operator 0 \({operator}\): .*{message}"):
        lower(operator, inputs, output, **options)


@pytest.mark.parametrize("name", ["relu_n1_to_1", "relu_0_to_1"])
def test_relus_that_tflite_micro_does_not_have_are_not_lowered(name):
    assert name not in LOWERINGS


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "options"),
    [
        ("reshape", [codes("x", (2, 3))], codes("o", (6, 1)), {"new_shape": (-1, 1)}),
        ("squeeze", [codes("x", (1, 3, 1))], codes("o", (1, 3)), {"squeeze_dims": (-1,)}),
        ("squeeze", [codes("x", (1, 3, 1))], codes("o", (3,)), {}),
        ("expand_dims", [codes("x", (2, 3)), integers("a", [-1])], codes("o", (2, 3, 1)), {}),
        ("expand_dims", [codes("x", (2, 3)), integers("a", 1)], codes("o", (2, 1, 3)), {}),
    ],
)
def test_relabelling_needs_no_step(operator, inputs, output, options):
    assert lower(operator, inputs, output, **options) is None


def test_neighbouring_axes_are_joined():
    step = lower("add", [codes("x", (1, 4, 5, 1, 3)), codes("y", (2, 1, 1, 7, 3))], codes("o", (2, 4, 5, 7, 3)), **ADD)
    assert [step.params[f"dim_{axis}"] for axis in range(6)] == [1, 1, 2, 20, 7, 3]
    assert (step.params["x_broadcast"], step.params["y_broadcast"]) == (0b010100, 0b001000)
    step = lower(
        "pad", [codes("x", (1, 2, 3, 4)), integers("p", [[0, 0], [1, 2], [0, 0], [0, 0]])], codes("o", (1, 5, 3, 4))
    )
    assert [step.params[f"{name}_5"] for name in ("dim", "before", "after")] == [24, 12, 24]


def test_unsupported_is_told_from_contradictory():
    with pytest.raises(UnsupportedError):
        lower("pad", [codes("x", (1,) * 6), integers("p", [[0, 0]] * 6)], codes("o", (1,) * 6))
