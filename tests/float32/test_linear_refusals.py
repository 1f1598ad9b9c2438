"""float32 models of sums of products, pools and recurrent operators that are refused, by name; float16 weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.litert import assert_near

import edgetwin as et
from edgetwin.conformance.generators.real import real_inputs
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.graph.graph import Operator, Tensor
from edgetwin.io.tflite_write import write_tflite

OUTPUT = -1


def drawn(name, wanted=lambda graph: True):
    """The first generated model of an operator that is as wanted."""
    graphs = (FLOAT32_GENERATORS[name](np.random.default_rng([seed, 23])) for seed in range(1000))
    return next(graph for graph in graphs if wanted(graph))


def options(**changes):
    def spoil(graph):
        (operator,) = graph.operators
        return replace(graph, operators=(replace(operator, options={**operator.options, **changes}),))

    return spoil


def inputs(change):
    def spoil(graph):
        (operator,) = graph.operators
        return replace(graph, operators=(replace(operator, inputs=tuple(change(operator.inputs))),))

    return spoil


def operand(position, **changes):
    """Change input `position`, or the output; a function is applied to what is there."""

    def spoil(graph):
        (operator,) = graph.operators
        index = operator.outputs[0] if position == OUTPUT else operator.inputs[position]
        tensor = graph.tensors[index]
        made = {name: value(getattr(tensor, name)) if callable(value) else value for name, value in changes.items()}
        tensors = list(graph.tensors)
        tensors[index] = replace(tensor, **made)
        return replace(graph, tensors=tuple(tensors))

    return spoil


def as_input(position):
    """Make a constant an input of the model."""

    def spoil(graph):
        changed = operand(position, data=None)(graph)
        return replace(changed, inputs=(*graph.inputs, graph.operators[0].inputs[position]))

    return spoil


HYBRID = operand(1, dtype="int8", data=lambda d: np.ones(d.shape, np.int8))
FULL_LSTM = {
    "no gate is missing": lambda graph: graph.operators[0].inputs[1] >= 0,
    "peepholes": lambda graph: graph.operators[0].inputs[1] >= 0 and graph.operators[0].inputs[10] >= 0,
    "all 24": lambda graph: len(graph.operators[0].inputs) == 24 and graph.operators[0].inputs[1] >= 0,
    "no projection": lambda graph: graph.operators[0].inputs[16] < 0 and graph.operators[0].inputs[1] >= 0,
}
LSTM = "unidirectional_sequence_lstm"

#: Name -> operator, key of `FULL_LSTM` (what the good model has) or None, how it is spoiled, words of the refusal.
CASES = {
    "conv_2d, int8 weights": ("conv_2d", None, HYBRID, "dynamic-range"),
    "depthwise_conv_2d, int8 weights": ("depthwise_conv_2d", None, HYBRID, "dynamic-range"),
    "fully_connected, int8 weights": ("fully_connected", None, HYBRID, "dynamic-range"),
    "conv_2d, weights that are an input": ("conv_2d", None, as_input(1), r"input 1 \('weights'\) must be a constant"),
    "conv_2d, float16 weights": (
        "conv_2d",
        None,
        operand(1, dtype="float16", data=lambda d: d.astype(np.float16)),
        "is float16, accepted is float32",
    ),
    "conv_2d, int32 bias": (
        "conv_2d",
        None,
        operand(2, dtype="int32", data=lambda d: d.astype(np.int32)),
        "is int32, accepted is float32",
    ),
    "conv_2d, bias of another size": (
        "conv_2d",
        None,
        operand(2, shape=lambda s: (s[0] + 1,), data=lambda d: np.append(d, d[:1])),
        "elements, expected",
    ),
    "conv_2d to int8": ("conv_2d", None, operand(OUTPUT, dtype="int8"), "'output' is int8, accepted is float32"),
    "conv_2d on float16": ("conv_2d", None, operand(0, dtype="float16"), "float16 activations"),
    "conv_2d on float64": ("conv_2d", None, operand(0, dtype="float64"), r"on float64 \(accepted: .*float32\)"),
    "conv_2d with tanh": (
        "conv_2d",
        None,
        options(fused_activation_function="tanh"),
        "'tanh', accepted are none, relu",
    ),
    "conv_2d, stride": ("conv_2d", None, options(stride_w=0), "stride_w is 0, accepted is >= 1"),
    "conv_2d, output": ("conv_2d", None, operand(OUTPUT, shape=lambda s: (*s[:3], s[3] + 1)), "its inputs give"),
    "depthwise_conv_2d, multiplier": (
        "depthwise_conv_2d",
        None,
        options(depth_multiplier=97),
        "by depth_multiplier 97",
    ),
    "fully_connected, shuffled": ("fully_connected", None, options(weights_format=1), "weights_format is shuffled"),
    "max_pool_2d to int8": ("max_pool_2d", None, operand(OUTPUT, dtype="int8"), "is int8, accepted is float32"),
    "average_pool_2d, window": ("average_pool_2d", None, options(filter_width=0), "filter_width is 0"),
    "transpose_conv to int8": ("transpose_conv", None, operand(OUTPUT, dtype="int8"), "is int8, accepted is float32"),
    "transpose_conv, output": (
        "transpose_conv",
        None,
        operand(OUTPUT, shape=lambda s: (*s[:3], s[3] + 1)),
        "its inputs give",
    ),
    "batch_matmul by int8": ("batch_matmul", None, operand(1, dtype="int8", data=None), "int8"),
    "svdf, int8 state": ("svdf", None, operand(4, dtype="int8"), "is int8, accepted is float32"),
    "svdf, rank": ("svdf", None, options(rank=97), "not a multiple of rank 97"),
    "svdf, state": ("svdf", None, operand(4, shape=lambda s: (s[0], s[1] + 1)), "elements, expected"),
    "LSTM with layer norm": (
        LSTM,
        "all 24",
        inputs(lambda i: (*i[:20], i[12], *i[21:])),
        "an LSTM with layer norm",
    ),
    "LSTM with relu": (LSTM, None, options(fused_activation_function="relu"), "'relu', accepted is 'tanh'"),
    "LSTM with half a gate": (
        LSTM,
        "no gate is missing",
        inputs(lambda i: (i[0], -1, *i[2:])),
        "accepted are both or none",
    ),
    "LSTM with one peephole": (
        LSTM,
        "peepholes",
        inputs(lambda i: (*i[:10], -1, *i[11:])),
        "accepted are all or none",
    ),
    "LSTM without a bias": (LSTM, None, inputs(lambda i: (*i[:13], -1, *i[14:])), "input 13 is missing"),
    "LSTM, 19 inputs": (LSTM, None, inputs(lambda i: i[:19]), "it has 19 inputs, accepted are 20 to 24"),
    "LSTM, clip": (LSTM, None, options(cell_clip=-1.0), "cell_clip is -1.0, accepted is >= 0"),
    "LSTM, clip that is NaN": (LSTM, None, options(proj_clip=float("nan")), "proj_clip is nan"),
    "LSTM, diagonal": (LSTM, None, options(diagonal_recurrent_tensors=True), "diagonal recurrent weights"),
    "LSTM, weights": (
        LSTM,
        None,
        operand(2, shape=lambda s: (s[0], s[1] + 1), data=lambda d: np.c_[d, d[:, :1]]),
        "expected",
    ),
    "LSTM, state that is none": (LSTM, None, operand(19, dtype="int16"), "is int16, accepted is float32"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_by_name(case):
    name, wanted, spoil, message = CASES[case]
    good = drawn(name, FULL_LSTM[wanted]) if wanted else drawn(name)
    et.load(write_tflite(good))
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(write_tflite(spoil(good)))
    assert f"operator 0 ({name})" in str(caught.value)


def test_an_absent_bias_is_zero():
    """LiteRT refuses or crashes on convolutions without one; TFLite Micro runs them."""
    for name in ("conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv", "svdf"):
        position = 3 if name in ("transpose_conv", "svdf") else 2
        graph = drawn(name, lambda g, p=position: len(g.operators[0].inputs) > p and g.operators[0].inputs[p] >= 0)
        zeros = operand(position, data=np.zeros_like)(graph)
        without = inputs(lambda i, p=position: i[:p] if p == 2 or len(i) == p + 1 else (*i[:p], -1, *i[p + 1 :]))(graph)
        (arrays,) = real_inputs(graph, np.random.default_rng(3), 1)
        ours = et.load(write_tflite(without)).run(*arrays)
        assert_array_equal(ours, et.load(write_tflite(zeros)).run(*arrays))


def with_float16_weights(graph):
    """Every float32 constant stored in float16, with a DEQUANTIZE before its operator."""
    (operator,) = graph.operators
    tensors, operators, places = list(graph.tensors), [], list(operator.inputs)
    for position, index in enumerate(operator.inputs):
        if index < 0 or tensors[index].data is None or tensors[index].dtype != "float32":
            continue
        stored = Tensor(f"half_{index}", tensors[index].shape, "float16", data=tensors[index].data.astype(np.float16))
        tensors.append(stored)
        tensors.append(Tensor(f"wide_{index}", stored.shape, "float32"))
        operators.append(Operator("dequantize", (len(tensors) - 2,), (len(tensors) - 1,), {}, 3))
        places[position] = len(tensors) - 1
    return replace(graph, tensors=tuple(tensors), operators=(*operators, replace(operator, inputs=tuple(places))))


@pytest.mark.parametrize("name", ["conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv", "prelu"])
def test_float16_weights(litert, name):
    """What converters write for float16 quantization: the weights as they are, widened at load."""
    for seed in range(6):
        rng = np.random.default_rng([seed, 29])
        graph = with_float16_weights(FLOAT32_GENERATORS[name](rng))
        data = write_tflite(graph)
        samples = real_inputs(graph, rng, 2)
        delegate, plain = litert.run(data, samples)
        model = et.load(data)
        assert [step.kernel for step in model.steps] == [f"{name}_f32"]
        for i, arrays in enumerate(samples):
            assert_near(model.run(*arrays), delegate[i][0], plain[i][0], what=f"{name}, model {seed}")
