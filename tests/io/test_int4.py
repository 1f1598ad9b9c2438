"""int4 weights: packed low bits first in a file, int8 values in a graph, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.graph.graph import Graph, Operator, Tensor, graphs_equal
from edgetwin.io.int4 import pack_int4, unpack_int4
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite


def test_the_first_value_has_the_low_bits():
    values = np.array([1, -8, 7, -1, 3], np.int8)
    packed = pack_int4(values)
    assert packed == bytes([0x81, 0xF7, 0x03])
    assert_array_equal(unpack_int4(packed, (5,)), values, strict=True)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (3, 1, 5)], ids=str)
def test_unpacking_undoes_packing(shape):
    values = np.random.default_rng(0).integers(-8, 8, shape, np.int8)
    packed = pack_int4(values)
    assert len(packed) == (values.size + 1) // 2
    assert_array_equal(unpack_int4(packed, shape), values, strict=True)


def with_int4_weights(name):
    """The first generated model of an operator that has int4 weights, an odd number of them."""
    for seed in range(1000):
        graph = GENERATORS[name](np.random.default_rng(seed))
        if any(tensor.dtype == "int4" and tensor.size % 2 for tensor in graph.tensors):
            return graph
    raise AssertionError(name)


@pytest.mark.parametrize("name", ["conv_2d", "depthwise_conv_2d", "fully_connected"])
def test_models_are_read_as_written(name):
    graph = read_tflite(write_tflite(with_int4_weights(name)))
    assert graphs_equal(graph, read_tflite(write_tflite(graph)))
    (weights,) = [tensor for tensor in graph.tensors if tensor.dtype == "int4"]
    assert weights.nbytes == (weights.size + 1) // 2
    assert et.load(write_tflite(graph)).profile().flash_bytes < weights.size + 8192


def one_constant(values, dtype="int4"):
    """A model that hands out a constant, beside an input."""
    tensors = (Tensor("x", (1,), "int8"), Tensor("w", values.shape, dtype, data=values), Tensor("y", (1,), "int8"))
    return Graph(tensors, (Operator("reshape", (0,), (2,)),), (0,), (2,))


def test_a_value_beyond_four_bits_is_refused():
    with pytest.raises(et.ModelError, match=r"tensor 1 \('w'\) is int4 with values from 0 to 8, accepted are -8 to 7"):
        write_tflite(one_constant(np.array([0, 8], np.int8)))


def test_a_buffer_of_another_size_is_refused():
    data = write_tflite(one_constant(np.array([1, 2, 3, 4, 5], np.int8), "int8"))
    # The type of tensor "w": int8 is 9, int4 is 17.
    places = [at for at in range(len(data)) if data[at] == 9]
    refused = 0
    for at in places:
        changed = data[:at] + bytes([17]) + data[at + 1 :]
        try:
            read_tflite(changed)
        except et.ModelError as error:
            refused += "its buffer has 5 bytes, shape and dtype need 3" in str(error)
    assert refused == 1


def test_only_constants_are_int4():
    graph = one_constant(np.array([1], np.int8))
    tensors = (replace(graph.tensors[0], dtype="int4"), *graph.tensors[1:])
    with pytest.raises(et.UnsupportedError, match=r"tensor 0 \('x'\) is int4 without a value"):
        write_tflite(replace(graph, tensors=tensors))


def test_an_int4_constant_is_no_output():
    graph = replace(one_constant(np.array([1], np.int8)), outputs=(2, 1))
    with pytest.raises(et.UnsupportedError, match="output 'w' is int4, accepted as weights only"):
        et.load(write_tflite(graph))


@pytest.mark.parametrize(
    ("name", "message"),
    [("transpose_conv", "'weights'.* is int4, accepted is int8"), ("batch_matmul", "is int4")],
)
def test_operators_without_int4_weights_say_so(name, message):
    for seed in range(200):
        graph = GENERATORS[name](np.random.default_rng(seed))
        operand = {"transpose_conv": 1, "batch_matmul": 1}[name]
        index = graph.operators[0].inputs[operand]
        weights = graph.tensors[index]
        if weights.dtype == "int8" and weights.data is not None:
            break
    packed = replace(weights, dtype="int4", data=np.clip(weights.data, -8, 7))
    tensors = (*graph.tensors[:index], packed, *graph.tensors[index + 1 :])
    with pytest.raises(et.UnsupportedError, match=message):
        et.load(write_tflite(replace(graph, tensors=tensors)))
