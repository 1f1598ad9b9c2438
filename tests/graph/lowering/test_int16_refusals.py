"""int16x8 models that TFLite Micro has no kernel for, or that contradict themselves: refused, naming the tensor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.builder import affine
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.graph.graph import DTYPES
from edgetwin.io.tflite_write import write_tflite

OUTPUT = "output"


def good(operator, wanted=lambda graph: True, sums="int64"):
    """The first generated model with int16 activations (SVDF: state), a bias and more than one channel."""
    for seed in range(1000):
        graph = GENERATORS[operator](np.random.default_rng(seed))
        constants = {tensor.name: tensor for tensor in graph.tensors if tensor.data is not None}
        if operator == "svdf":
            fits = constants["time"].dtype == "int16"
        elif operator == "batch_matmul":
            fits = graph.tensors[graph.inputs[0]].dtype == "int16"
        else:
            fits = "bias" in constants and constants["bias"].dtype == sums and constants["bias"].size > 1
            fits = fits and graph.tensors[graph.inputs[0]].dtype == "int16"
        if fits and wanted(graph):
            return graph
    raise AssertionError(operator)


def operand(position, **changes):
    """Change the tensor at an input, or at OUTPUT."""

    def spoil(graph):
        node = graph.operators[0]
        index = node.outputs[0] if position == OUTPUT else node.inputs[position]
        tensors = list(graph.tensors)
        tensors[index] = replace(tensors[index], **changes)
        if "dtype" in changes and tensors[index].data is not None:
            data = tensors[index].data.clip(-8, 7)
            tensors[index] = replace(tensors[index], data=data.astype(DTYPES[changes["dtype"]]))
        return replace(graph, tensors=tuple(tensors))

    return spoil


AROUND_3 = {"quantization": affine(0.5, 3)}
#: Case -> operator, what is changed, what the message says.
CASES = {
    "conv_2d: zero point of the input": ("conv_2d", operand(0, **AROUND_3), "'input_0' is int16 with zero_point 3"),
    "conv_2d: int8 output": ("conv_2d", operand(OUTPUT, dtype="int8"), "'output' is int8, accepted is int16"),
    "conv_2d: int16 bias": ("conv_2d", operand(2, dtype="int16"), "is int16, accepted with int16 are int64, int32"),
    "conv_2d: int16 weights": ("conv_2d", operand(1, dtype="int16"), "'weights'.* is int16, accepted is int8"),
    "conv_2d: int4 weights": ("conv_2d", operand(1, dtype="int4"), "'weights'.* is int4, accepted is int8"),
    "conv_2d: shift": ("conv_2d", operand(OUTPUT, quantization=affine(1e-12)), "needs a left shift of .* at most 14"),
    "depthwise_conv_2d: int32 bias": ("depthwise_conv_2d", operand(2, dtype="int32"), "is int32, accepted is int64"),
    "transpose_conv: int32 bias": ("transpose_conv", operand(3, dtype="int32"), "is int32, accepted is int64"),
    "fully_connected: zero point": ("fully_connected", operand(OUTPUT, **AROUND_3), "'output' is int16 with zero"),
    "batch_matmul: one int8 operand": ("batch_matmul", operand(1, dtype="int8"), "is int8, accepted is int16"),
    "svdf: int8 state": ("svdf", operand(4, dtype="int8"), "state 'state' is int8, accepted is int16"),
    "svdf: zero point of the state": ("svdf", operand(4, **AROUND_3), "'state' is int16 with zero_point 3"),
    "svdf: int32 time weights": ("svdf", operand(2, dtype="int32"), "time weights 'time' are int32, accepted are int8"),
    "lstm: int32 bias": ("unidirectional_sequence_lstm", operand(12, dtype="int32"), "is int32, accepted is int64"),
    "lstm: int8 state": ("unidirectional_sequence_lstm", operand(18, dtype="int8"), "is int8, accepted is int16"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_refused_by_name(case):
    operator, spoil, message = CASES[case]
    graph = good(operator)
    et.load(write_tflite(graph))
    with pytest.raises(et.ModelError, match=rf"operator 0 \({operator}\): .*{message}"):
        et.load(write_tflite(spoil(graph)))


def answers_of(graph):
    """What both arithmetics of boards compute."""
    x = np.random.default_rng(0).integers(-32768, 32768, graph.tensors[graph.inputs[0]].shape, np.int16)
    return [et.load(write_tflite(graph), arithmetic=a).run(x) for a in ("tflm", "single_rounding")]


@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv"])
def test_sums_of_64_bits_are_the_same_in_every_arithmetic(operator):
    graph = good(operator, lambda graph: not _grouped(graph) and not _per_channel(graph))
    np.testing.assert_array_equal(*answers_of(graph), strict=True)


def _grouped(graph):
    node = graph.operators[0]
    return node.name == "conv_2d" and (graph.tensors[node.inputs[0]].shape[3] != graph.tensors[node.inputs[1]].shape[3])


def _per_channel(graph):
    return graph.tensors[graph.operators[0].inputs[1]].quantization.scale.size > 1


def _wide_biases(graph):
    return max(abs(graph.tensors[i].data).max() for i in graph.operators[0].inputs[12:16]) >= 2**31


#: What CMSIS-NN has no kernel for -> operator, which model, the bias's dtype.
UNDEFINED = {
    "groups": ("conv_2d", _grouped, "int64"),
    "sums of 32 bits": ("fully_connected", lambda graph: True, "int32"),
    "per-channel weights": ("fully_connected", _per_channel, "int64"),
    "biases of more than 32 bits": ("unidirectional_sequence_lstm", _wide_biases, "int64"),
}


@pytest.mark.parametrize("what", UNDEFINED)
def test_what_single_rounding_does_not_define(what):
    operator, wanted, sums = UNDEFINED[what]
    graph = good(operator, wanted, sums)
    et.load(write_tflite(graph))
    message = rf"operator 0 \({operator}\): {what} with int16 activations, .* 'single_rounding' does not define it"
    with pytest.raises(et.UnsupportedError, match=message):
        et.load(write_tflite(graph), arithmetic="single_rounding")
