"""Networks as float32 models: the values of their definition, in our runtime and in both wheels."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.network_layers import forward, shaken
from oracles.random_networks import random_network

from edgetwin import nn
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite
from edgetwin.nn.float_graph import float_graph

CASES = int(os.environ.get("EDGETWIN_NN_CASES", "20"))
NETWORKS = {
    "gait": (
        (648,),
        [
            nn.Reshape((108, 6)),
            nn.Conv1D(8, 5, padding="same", activation="relu"),
            nn.MaxPool1D(2, padding="same"),
            nn.Conv1D(4, 15, padding="same", activation="relu"),
            nn.MaxPool1D(2),
            nn.Dropout(0.2),
            nn.Flatten(),
            nn.Dense(16, activation="relu"),
            nn.Dense(1),
        ],
    ),
    "batch norm": (
        (20, 3),
        [
            nn.Conv1D(6, 3, use_bias=False),
            nn.BatchNorm(),
            nn.ReLU6(),
            nn.DepthwiseConv1D(3, depth_multiplier=2, padding="same"),
            nn.Dropout(0.1),
            nn.BatchNorm(epsilon=0.01),
            nn.ReLU(),
            nn.GlobalAvgPool(),
            nn.Dense(5),
            nn.BatchNorm(),
            nn.Dense(4, activation="softmax"),
        ],
    ),
    "batch norm alone": (
        (12, 3),
        [nn.BatchNorm(), nn.ReLU(), nn.AvgPool1D(3, strides=2, padding="same"), nn.BatchNorm(), nn.Softmax()],
    ),
    "picture": (
        (9, 8, 2),
        [
            nn.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu6"),
            nn.DepthwiseConv2D(3, dilation_rate=(1, 2), padding="same"),
            nn.MaxPool2D(2, strides=1, padding="same"),
            nn.AvgPool2D((2, 3)),
            nn.GlobalAvgPool(),
            nn.Softmax(),
        ],
    ),
    "strides and dilation": (
        (31, 2),
        [nn.Conv1D(3, 4, strides=3, padding="same"), nn.Conv1D(3, 3, dilation_rate=2), nn.MaxPool1D(3, strides=2)],
    ),
    "dense": ((7,), [nn.Dense(9, use_bias=False), nn.ReLU6(), nn.Dense(3), nn.Softmax()]),
    "activation by itself": ((6, 2), [nn.MaxPool1D(2), nn.ReLU(), nn.Flatten(), nn.ReLU6(), nn.Reshape((2, 1, 3))]),
    "nothing": ((6, 2), [nn.Dropout(0.5)]),
    "only shapes": ((6, 2), [nn.Flatten(), nn.Reshape((3, 4)), nn.Reshape((2, 3, 2))]),
}


def made(name):
    shape, layers = NETWORKS[name]
    net = shaken(nn.Sequential(layers, input_shape=shape, seed=7))
    return net, np.random.default_rng(8).normal(0, 1.5, (5, *shape)).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_values_are_those_of_the_definition(name):
    net, x = made(name)
    model = net.to_model()
    assert model.inputs[0].shape == net.input_shape
    assert model.outputs[0].shape == net.output_shape
    assert_allclose(model.run(x), forward(net, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_both_wheels_load_it(name, tflm, litert):
    net, x = made(name)
    data = write_tflite(float_graph(net.stack, list(net.weights.values())).graph)
    ours = net.to_model().run(x)
    samples = [[sample[None]] for sample in x]
    assert_array_equal(np.concatenate([sample[0] for sample in tflm.run(data, samples).outputs]), ours)
    for answer in litert.run(data, samples):
        assert_allclose(np.concatenate([sample[0] for sample in answer]), ours, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_is_the_graph(name):
    net, _ = made(name)
    graph = float_graph(net.stack, list(net.weights.values())).graph
    data = write_tflite(graph)
    assert write_tflite(read_tflite(data)) == data
    names = [tensor.name for tensor in graph.tensors]
    assert len(set(names)) == len(names)


def operators(name):
    return [operator.name for operator in made(name)[0].to_model().graph.operators]


def test_what_is_fused_and_folded():
    assert operators("gait") == [
        "reshape", "conv_2d", "max_pool_2d", "conv_2d", "max_pool_2d", "reshape", "fully_connected", "fully_connected",
    ]  # fmt: skip
    assert operators("batch norm") == [
        "reshape", "conv_2d", "depthwise_conv_2d", "mean", "fully_connected", "fully_connected", "softmax",
    ]  # fmt: skip
    assert operators("only shapes") == ["reshape"]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_stage_has_its_tensor(name):
    """What quantization-aware training looks up: the output of each stage, fused ones have that of their operator."""
    net, _ = made(name)
    found = float_graph(net.stack, list(net.weights.values()))
    assert len(found.tensors) == len(net.stack.stages)
    for index, (stage, tensor) in enumerate(zip(net.stack.stages, found.tensors, strict=True)):
        size = int(np.prod(stage.shape))
        assert found.graph.tensors[tensor].size == size, (index, stage.kind)


@pytest.mark.parametrize("seed", range(CASES))
def test_random_networks(seed):
    """What trains, what is exported and what layers are by definition: one function."""
    net, x, _ = random_network(1000 + seed)
    expected = forward(net, x)
    bound = 1e-5 * max(np.abs(expected).max(), 1e-3)
    assert np.abs(net.predict(x) - expected).max() <= bound
    assert np.abs(net.to_model().run(x) - expected).max() <= bound
