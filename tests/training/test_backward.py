"""`_core.TrainingNetwork`: every loss, and gradients at activations that are given instead of computed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles import training as oracle

from edgetwin._core import TrainingNetwork

DENSE = [("dense", {"units": 5}), ("relu", {}), ("dense", {"units": 3})]


def started(shape, layers, seed=0):
    net = TrainingNetwork(shape, layers)
    rng = np.random.default_rng(seed)
    for i, (_, name, of, _) in enumerate(net.parameters):
        values = rng.uniform(0.5, 1.5, of) if name in ("gamma", "moving_variance") else rng.normal(0, 0.5, of)
        net.set_parameter(i, values.astype(np.float32))
    return net


@pytest.mark.parametrize("weighted", [False, True], ids=["even", "weighted"])
@pytest.mark.parametrize("places", [(), (2, 3)], ids=["vector", "image"])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "cross_entropy"])
def test_losses(loss, places, weighted):
    """At the network's output, whose gradient that of a layer which adds a bias shows."""
    rng = np.random.default_rng(1)
    layers = [("dense", {"units": 4})] + ([("softmax", {})] if loss == "cross_entropy" else [])
    net = started((*places, 4), layers)
    net.set_parameter(0, np.eye(4, dtype=np.float32))
    x = rng.normal(0, 2, (6, *places, 4)).astype(np.float32)
    y = rng.integers(0, 4, (6, *places)) if loss == "cross_entropy" else rng.normal(0, 2, x.shape).astype(np.float32)
    weights = rng.uniform(0, 3, 6).astype(np.float32) if weighted else None
    options = {"delta": 0.7} if loss == "huber" else {}
    value, (_, bias) = net.gradients(x, y, loss=loss, loss_options=options, sample_weights=weights)
    parameters = [[net.parameter(i).astype(np.float64) for i in range(2)], []][: len(layers)]

    def at(shift):
        shifted = [[parameters[0][0], parameters[0][1] + shift], *parameters[1:]]
        output = oracle.activations(layers, shifted, x.astype(np.float64), False)[-1]
        return oracle.loss_of(output, y, loss, options, weights)

    assert_allclose(value, at(0), rtol=1e-6)
    expected = [(at(1e-6 * row) - at(-1e-6 * row)) / 2e-6 for row in np.eye(4)]
    assert_allclose(bias, expected, rtol=1e-4, atol=1e-6)


def test_cross_entropy_of_far_logits_is_exact():
    net = started((3,), [("dense", {"units": 3, "use_bias": False}), ("softmax", {})])
    net.set_parameter(0, np.eye(3, dtype=np.float32))
    x = np.array([[1e4, 0, -1e4]], np.float32)
    value, (gradient,) = net.gradients(x, np.array([2]), loss="cross_entropy")
    assert value == 2e4
    assert_array_equal(gradient, np.array([1, 0, -1], np.float32)[:, None] * x)


@pytest.mark.parametrize("name", ["conv", "dense"])
def test_own_activations_give_the_gradients_of_inference(name):
    rng = np.random.default_rng(2)
    shape, layers = {
        "dense": ((7,), DENSE),
        "conv": (
            (1, 20, 3),
            [
                ("conv_2d", {"filters": 6, "kernel": (1, 4), "padding": ((0, 0), (1, 2))}),
                ("batch_norm", {"momentum": 0.9, "epsilon": 1e-3}),
                ("relu", {"maximum": 6.0}),
                ("max_pool_2d", {"pool": (1, 2), "stride": (1, 2)}),
                ("dropout", {"rate": 0.5}),
                ("reshape", {"shape": (60,)}),
                ("dense", {"units": 3}),
            ],
        ),
    }[name]
    net = started(shape, layers)
    x, y = rng.normal(0, 1, (9, *shape)).astype(np.float32), rng.normal(0, 1, (9, 3)).astype(np.float32)
    _, expected = net.gradients(x, y, loss="mse", training=False)
    activations = net.activations(x)
    slope = (2 * (activations[-1] - y)) * np.float32(1 / y.size)
    everywhere = [np.ones_like(output, bool) for output in activations]
    for masks in (None, everywhere, [None] * len(layers)):
        for mine, theirs in zip(net.backward(x, activations, slope, masks=masks), expected, strict=True):
            assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
    cut = 2 if name == "conv" else 1
    everywhere[cut][...] = False
    whole = net.backward(x, activations, slope)
    for (layer, *_), mine, theirs in zip(
        net.parameters, net.backward(x, activations, slope, masks=everywhere), whole, strict=True
    ):
        assert_array_equal(mine, theirs if layer > cut else 0)


def test_given_activations_and_masks():
    """Against the chain rule written out, at activations that the network would not compute."""
    rng = np.random.default_rng(3)
    net = started((7,), DENSE)
    x = rng.normal(0, 1, (10, 7)).astype(np.float32)
    hidden, active = (rng.normal(0, 1, (10, 5)).astype(np.float32) for _ in range(2))
    slope = rng.normal(0, 1, (10, 3)).astype(np.float32)
    masks = [rng.random((10, 5)) < 0.5, None, rng.random((10, 3)) < 0.5]
    given = [hidden, active, np.zeros((10, 3), np.float32)]
    mine = net.backward(x, given, slope, masks=masks)
    last = slope * masks[2]
    first = last @ net.parameter(2) * (active > 0) * masks[0]
    for gradient, expected in zip(mine, [first.T @ x, first.sum(0), last.T @ active, last.sum(0)], strict=True):
        assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)
