"""Gradients of native training against PyTorch's in float64, for every kind of layer and every loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et
from edgetwin._core import TrainingNetwork

torch = framework("torch")
F = torch.nn.functional

#: Relative to a parameter's largest gradient.
BOUND = 1e-5
SAMPLES = 9
NORM = {"momentum": 0.9, "epsilon": 1e-3}
UNEVEN = {"padding": ((1, 2), (0, 3)), "stride": (2, 3)}
#: name -> (input shape, layers); a dense layer before what has no parameters makes its own gradient visible.
NETWORKS = {
    "conv_1d": ((1, 23, 3), [("conv_2d", {"filters": 5, "kernel": (1, 4)})]),
    "conv_uneven": ((9, 8, 3), [("conv_2d", {"filters": 6, "kernel": (3, 4), **UNEVEN})]),
    "conv_dilated": ((9, 11, 2), [("conv_2d", {"filters": 3, "kernel": (2, 3), "dilation": (3, 2)})]),
    "conv_no_bias": ((6, 5, 3), [("conv_2d", {"filters": 4, "kernel": (3, 3), "use_bias": False})]),
    "depthwise": ((7, 9, 3), [("depthwise_conv_2d", {"multiplier": 2, "kernel": (3, 4), **UNEVEN})]),
    "depthwise_dilated": ((7, 9, 3), [("depthwise_conv_2d", {"kernel": (2, 3), "dilation": (2, 1)})]),
    "dense": ((3, 20), [("dense", {"units": 7}), ("dense", {"units": 5, "use_bias": False})]),
    "max_pool": (
        (6, 7, 2),
        [("dense", {"units": 4}), ("max_pool_2d", {"pool": (3, 3), "stride": (1, 2), "padding": ((1, 1), (1, 2))})],
    ),
    "average_pool": (
        (6, 7, 2),
        [("dense", {"units": 4}), ("average_pool_2d", {"pool": (3, 2), "stride": (2, 2), "padding": ((1, 2), (0, 1))})],
    ),
    "batch_norm": ((4, 5, 6), [("conv_2d", {"filters": 5, "kernel": (2, 2), "use_bias": False}), ("batch_norm", NORM)]),
    "relu": ((20,), [("dense", {"units": 30}), ("relu", {})]),
    "relu_6": ((20,), [("dense", {"units": 30}), ("relu", {"maximum": 0.5})]),
    "softmax": ((20,), [("dense", {"units": 6}), ("softmax", {})]),
    "reshape": ((12,), [("dense", {"units": 12}), ("reshape", {"shape": (2, 3, 2)}), ("dense", {"units": 3})]),
    "dropout": ((40,), [("dropout", {"rate": 0.4}), ("dense", {"units": 6}), ("relu", {})]),
}
LOSSES = {"mse": {}, "mae": {}, "huber": {"delta": 0.7}, "cross_entropy": {}}


def channels_first(x):
    return x.movedim(-1, 1)


def padded(x, options, value=0.0):
    (top, bottom), (left, right) = options.get("padding", ((0, 0), (0, 0)))
    return F.pad(channels_first(x), (left, right, top, bottom), value=value)


def convolved(x, options, weights, bias, groups):
    form = {"stride": options.get("stride", (1, 1)), "dilation": options.get("dilation", (1, 1)), "groups": groups}
    return F.conv2d(padded(x, options), weights, bias[0] if bias else None, **form).movedim(1, -1)


def layer(kind, options, own, x, mask):
    """One layer of PyTorch's, on channels last."""
    if kind == "conv_2d":
        return convolved(x, options, own[0].permute(0, 3, 1, 2), own[1:], 1)
    if kind == "depthwise_conv_2d":
        return convolved(x, options, own[0].permute(3, 0, 1, 2), own[1:], x.shape[-1])
    if kind == "dense":
        return F.linear(x, *own)
    if kind == "max_pool_2d":
        return F.max_pool2d(padded(x, options, -math.inf), options["pool"], options["stride"]).movedim(1, -1)
    if kind == "average_pool_2d":
        sums = F.avg_pool2d(padded(x, options), options["pool"], options["stride"])
        return (sums / F.avg_pool2d(padded(torch.ones_like(x), options), options["pool"], options["stride"])).movedim(
            1, -1
        )
    if kind == "batch_norm":
        return F.batch_norm(channels_first(x), None, None, own[0], own[1], True, eps=options["epsilon"]).movedim(1, -1)
    if kind == "relu":
        return x.clamp(0, options.get("maximum"))
    if kind == "dropout":
        return x * mask
    return F.softmax(x, -1) if kind == "softmax" else x.reshape(len(x), *options["shape"])


def loss_of(loss, options, output, y, weights):
    if loss == "cross_entropy":
        each = F.nll_loss(output.log(), y, reduction="none")
    elif loss == "huber":
        each = F.huber_loss(output, y, reduction="none", delta=options["delta"])
    else:
        each = {"mse": F.mse_loss, "mae": F.l1_loss}[loss](output, y, reduction="none")
    return (each.reshape(len(y), -1).mean(1) * weights).mean()


def both_gradients(name, loss):
    """Ours, and PyTorch's by parameter; None where a parameter is not trained."""
    shape, layers = NETWORKS[name]
    rng = np.random.default_rng(8)
    net = TrainingNetwork(shape, layers)
    values = [rng.normal(0.2, 0.5, of).astype(np.float32) for _, _, of, _ in net.parameters]
    for index, array in enumerate(values):
        net.set_parameter(index, array)
    x = rng.normal(size=(SAMPLES, *shape)).astype(np.float32)
    out = net.output_shapes[-1]
    y = rng.integers(0, out[-1], SAMPLES) if loss == "cross_entropy" else rng.normal(size=(SAMPLES, *out)).astype("f4")
    weights = rng.uniform(0.2, 2, SAMPLES).astype(np.float32)
    options = {"loss": loss, "loss_options": LOSSES[loss], "sample_weights": weights, "training": True, "seed": 3}
    value, ours = net.gradients(x, y, **options)
    # What dropout leaves is seen where it stands alone; it goes by seed, place and element.
    ones = np.ones_like(x)
    mask = (
        TrainingNetwork(shape, layers[:1]).forward(ones, training=True, seed=3) if layers[0][0] == "dropout" else ones
    )
    theirs = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in values]
    output = torch.tensor(x, dtype=torch.float64)
    for index, (kind, own_options) in enumerate(layers):
        own = [each for each, (place, *_) in zip(theirs, net.parameters, strict=True) if place == index]
        output = layer(kind, own_options, own, output, torch.tensor(mask, dtype=torch.float64))
    target = torch.tensor(y) if loss == "cross_entropy" else torch.tensor(y, dtype=torch.float64)
    expected = loss_of(loss, LOSSES[loss], output, target, torch.tensor(weights, dtype=torch.float64))
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-5)
    trained = [trainable for *_, trainable in net.parameters]
    return ours, [each.grad.numpy() if kept else None for each, kept in zip(theirs, trained, strict=True)]


def assert_equal_gradients(name, loss):
    for mine, theirs in zip(*both_gradients(name, loss), strict=True):
        if theirs is None:
            assert not mine.any()
            continue
        assert np.abs(theirs).max() > 0
        assert np.abs(mine - theirs).max() <= BOUND * np.abs(theirs).max()


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize("name", NETWORKS)
def test_layers(name, level):
    with et.arch(level):
        assert_equal_gradients(name, "mse")


@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss):
    assert_equal_gradients("softmax" if loss == "cross_entropy" else "relu", loss)
