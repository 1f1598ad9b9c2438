"""`_core.TrainingNetwork` against float64 in plain numpy: outputs, losses, and gradients by central differences."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles import training as oracle

import edgetwin as et
from edgetwin._core import TrainingNetwork

#: name -> (input shape, layers)
NETWORKS = {
    "conv_1d": ((1, 23, 3), [("conv_2d", {"filters": 5, "kernel": (1, 4)})]),
    "conv_same": ((1, 30, 2), [("conv_2d", {"filters": 17, "kernel": (1, 5), "padding": ((0, 0), (2, 2))})]),
    "conv_no_bias": ((6, 5, 3), [("conv_2d", {"filters": 4, "kernel": (3, 3), "use_bias": False})]),
    "conv_stride_uneven_padding": (
        (9, 8, 3),
        [("conv_2d", {"filters": 6, "kernel": (3, 4), "stride": (2, 3), "padding": ((1, 2), (0, 3))})],
    ),
    "conv_dilation": (
        (9, 11, 2),
        [("conv_2d", {"filters": 3, "kernel": (2, 3), "dilation": (3, 2), "padding": ((2, 1), (3, 4))})],
    ),
    "conv_rows_left_over": ((7, 6, 1), [("conv_2d", {"filters": 2, "kernel": (2, 2), "stride": (3, 4)})]),
    "conv_1x1": ((4, 4, 20), [("conv_2d", {"filters": 33, "kernel": (1, 1)})]),
    "depthwise": ((6, 7, 5), [("depthwise_conv_2d", {"kernel": (3, 3), "padding": ((1, 1), (1, 1))})]),
    "depthwise_multiplier": (
        (7, 9, 3),
        [
            (
                "depthwise_conv_2d",
                {"multiplier": 2, "kernel": (2, 3), "stride": (2, 1), "dilation": (1, 2), "padding": ((0, 1), (1, 0))},
            )
        ],
    ),
    "dense": ((70,), [("dense", {"units": 37})]),
    "dense_no_bias": ((5,), [("dense", {"units": 1, "use_bias": False})]),
    "dense_on_last_axis": ((3, 4, 6), [("dense", {"units": 5})]),
    "max_pool": ((8, 9, 3), [("max_pool_2d", {"pool": (2, 3), "stride": (2, 3)})]),
    "max_pool_overlapping_padded": (
        (6, 7, 2),
        [("max_pool_2d", {"pool": (3, 3), "stride": (1, 2), "padding": ((1, 1), (1, 2))})],
    ),
    "average_pool_padded": (
        (6, 7, 2),
        [("average_pool_2d", {"pool": (3, 2), "stride": (2, 2), "padding": ((1, 2), (0, 1))})],
    ),
    "batch_norm": ((4, 5, 6), [("batch_norm", {"momentum": 0.9, "epsilon": 1e-3})]),
    "relu": ((50,), [("relu", {})]),
    "relu_6": ((50,), [("relu", {"maximum": 0.5})]),
    "softmax": ((7,), [("softmax", {})]),
    "reshape": ((12,), [("reshape", {"shape": (2, 3, 2)})]),
    "gait": (
        (1, 36, 6),
        [
            ("conv_2d", {"filters": 16, "kernel": (1, 5), "padding": ((0, 0), (2, 2))}),
            ("relu", {}),
            ("max_pool_2d", {"pool": (1, 2), "stride": (1, 2)}),
            ("conv_2d", {"filters": 8, "kernel": (1, 5), "use_bias": False}),
            ("batch_norm", {"momentum": 0.9, "epsilon": 1e-3}),
            ("relu", {"maximum": 6.0}),
            ("reshape", {"shape": (112,)}),
            ("dense", {"units": 20}),
            ("relu", {}),
            ("dense", {"units": 1}),
        ],
    ),
    "classes": (
        (10, 8, 2),
        [
            ("depthwise_conv_2d", {"multiplier": 3, "kernel": (3, 3)}),
            ("batch_norm", {"momentum": 0.9, "epsilon": 1e-3}),
            ("relu", {}),
            ("average_pool_2d", {"pool": (8, 6), "stride": (1, 1)}),
            ("reshape", {"shape": (6,)}),
            ("dense", {"units": 4}),
            ("softmax", {}),
        ],
    ),
}
LEARNING = [
    name
    for name, (_, layers) in NETWORKS.items()
    if {"filters", "units", "epsilon"} & {k for _, o in layers for k in o} or "depth" in name
]
SAMPLES = 11


def filled(shape, layers, rng):
    """A network with random parameters, and its parameters in float64 by layer."""
    net = TrainingNetwork(shape, layers)
    parameters = [[] for _ in layers]
    for i, (layer, kind, of, _) in enumerate(net.parameters):
        fan = max(1, int(np.prod(of[1:])))
        values = rng.uniform(0.5, 1.5, of) if kind in ("gamma", "moving_variance") else rng.normal(0, fan**-0.5, of)
        net.set_parameter(i, values.astype(np.float32))
        assert_array_equal(net.parameter(i), values.astype(np.float32))
        parameters[layer].append(net.parameter(i).astype(np.float64))
    return net, parameters


def targets(name, net, rng):
    shape = net.output_shapes[-1]
    if name == "classes":
        return "cross_entropy", rng.integers(0, shape[-1], (SAMPLES, *shape[:-1]))
    return "mse", rng.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)


@pytest.fixture(params=et.archs())
def level(request):
    with et.arch(request.param):
        yield request.param


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_activations(name, level):
    rng = np.random.default_rng(1)
    shape, layers = NETWORKS[name]
    net, parameters = filled(shape, layers, rng)
    x = rng.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    for training in (False, True):
        expected = oracle.activations(layers, parameters, x.astype(np.float64), training)
        assert [output.shape[1:] for output in expected] == list(net.output_shapes)
        assert_allclose(net.forward(x, training=training), expected[-1], rtol=1e-5, atol=1e-5)
        if not training:
            for mine, theirs in zip(net.activations(x), expected, strict=True):
                assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def numeric(layers, parameters, x, at, loss):
    """The derivative along one element, by central differences."""
    array, place = at
    before, step = array[place], 1e-6
    values = []
    for sign in (1, -1):
        array[place] = before + sign * step
        values.append(loss(oracle.activations(layers, parameters, x, True)[-1]))
    array[place] = before
    return (values[0] - values[1]) / (2 * step)


def assert_gradients(net, layers, parameters, x, mine, loss, rng):
    """Four elements of every parameter's gradient."""
    by_layer = [0] * len(layers)
    for (layer, name, shape, trainable), gradient in zip(net.parameters, mine, strict=True):
        array = parameters[layer][by_layer[layer]]
        by_layer[layer] += 1
        assert gradient.shape == shape
        assert gradient.dtype == np.float32
        if not trainable:
            assert_array_equal(gradient, 0)
            continue
        for _ in range(4):
            place = tuple(rng.integers(0, length) for length in shape)
            expected = numeric(layers, parameters, x, (array, place), loss)
            assert_allclose(gradient[place], expected, rtol=2e-4, atol=2e-6, err_msg=f"layer {layer}: {name}")


@pytest.mark.parametrize("name", LEARNING)
def test_gradients_of_parameters(name, level):
    rng = np.random.default_rng(2)
    shape, layers = NETWORKS[name]
    net, parameters = filled(shape, layers, rng)
    loss, y = targets(name, net, rng)
    x = rng.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    value, mine = net.gradients(x, y, loss=loss)
    wide = x.astype(np.float64)

    def expected(output):
        return oracle.loss_of(output, y, loss, {}, None)

    assert_allclose(value, expected(oracle.activations(layers, parameters, wide, True)[-1]), rtol=1e-5)
    assert_gradients(net, layers, parameters, wide, mine, expected, rng)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_through_a_layer(name, level):
    """Before the layers stands a dense layer, whose gradient comes through them."""
    rng = np.random.default_rng(3)
    shape, layers = NETWORKS[name]
    layers = [("dense", {"units": shape[-1]}), *layers]
    net, parameters = filled(shape, layers, rng)
    loss, y = targets(name, net, rng)
    x = rng.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    weights = rng.uniform(0, 2, SAMPLES).astype(np.float32)
    value, mine = net.gradients(x, y, loss=loss, sample_weights=weights)
    wide = x.astype(np.float64)

    def expected(output):
        return oracle.loss_of(output, y, loss, {}, weights)

    assert_allclose(value, expected(oracle.activations(layers, parameters, wide, True)[-1]), rtol=1e-5)
    assert_gradients(net, layers, parameters, wide, mine, expected, rng)
