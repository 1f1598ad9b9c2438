"""Layers: shapes between them, names, first weights, and what they refuse."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin import nn
from edgetwin.errors import DataError, ShapeError, TrainingError

SHAPES = [
    (nn.Conv1D(4, 5), (20, 3), (16, 4)),
    (nn.Conv1D(4, 5, padding="same"), (20, 3), (20, 4)),
    (nn.Conv1D(4, 5, strides=3, padding="same"), (20, 3), (7, 4)),
    (nn.Conv1D(4, 5, strides=3), (20, 3), (6, 4)),
    (nn.Conv1D(4, 3, dilation_rate=4), (20, 3), (12, 4)),
    (nn.Conv2D(4, 3), (8, 9, 2), (6, 7, 4)),
    (nn.Conv2D(4, (3, 1), strides=(2, 1), padding="same"), (9, 8, 2), (5, 8, 4)),
    (nn.DepthwiseConv1D(3, depth_multiplier=2), (10, 3), (8, 6)),
    (nn.DepthwiseConv2D((3, 5), strides=2), (9, 9, 3), (4, 3, 3)),
    (nn.MaxPool1D(2), (7, 3), (3, 3)),
    (nn.MaxPool1D(2, padding="same"), (7, 3), (4, 3)),
    (nn.MaxPool2D((2, 3), strides=1), (5, 5, 1), (4, 3, 1)),
    (nn.AvgPool1D(3, strides=2), (7, 3), (3, 3)),
    (nn.AvgPool2D(2), (4, 6, 3), (2, 3, 3)),
    (nn.GlobalAvgPool(), (7, 3), (3,)),
    (nn.GlobalAvgPool(), (4, 5, 6), (6,)),
    (nn.Dense(7), (5,), (7,)),
    (nn.Flatten(), (4, 3), (12,)),
    (nn.Reshape((4, -1)), (12,), (4, 3)),
    (nn.BatchNorm(), (4, 3), (4, 3)),
    (nn.Dropout(0.5), (4, 3), (4, 3)),
    (nn.ReLU(), (4,), (4,)),
    (nn.Softmax(), (4,), (4,)),
]


@pytest.mark.parametrize(("layer", "shape", "output"), SHAPES, ids=lambda value: str(value)[:60])
def test_output_shape(layer, shape, output):
    assert nn.Sequential([layer], input_shape=shape).output_shape == output


def test_names_are_those_of_keras():
    net = nn.Sequential([nn.Conv1D(2, 1), nn.Conv1D(2, 1), nn.Dense(1, name="conv1d_2"), nn.Conv1D(2, 1)])
    assert repr(net) == "<edgetwin.nn.Sequential not built: conv1d, conv1d_1, conv1d_2, conv1d_3>"


def test_first_weights_are_glorots():
    net = nn.Sequential([nn.Conv1D(64, 5), nn.Flatten(), nn.Dense(100, activation="relu")], input_shape=(50, 6), seed=3)
    values = net.weights
    assert list(values) == ["conv1d/weights", "conv1d/bias", "dense/weights", "dense/bias"]
    assert {value.dtype for value in values.values()} == {np.dtype(np.float32)}
    for name, fans in (("conv1d/weights", 5 * (6 + 64)), ("dense/weights", 46 * 64 + 100)):
        limit = np.sqrt(6 / fans)
        assert np.abs(values[name]).max() <= limit
        assert values[name].std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
    assert not values["conv1d/bias"].any()
    assert not values["dense/bias"].any()


def test_first_weights_follow_the_seed():
    make = lambda seed: nn.Sequential([nn.Dense(3), nn.Dense(2)], input_shape=(4,), seed=seed)  # noqa: E731
    assert_array_equal(make(5).weights["dense_1/weights"], make(5).weights["dense_1/weights"])
    assert (make(5).weights["dense/weights"] != make(6).weights["dense/weights"]).any()


def test_input_layer_builds():
    assert nn.Sequential([nn.Input((20, 3)), nn.Conv1D(4, 3)]).output_shape == (18, 4)


def test_summary_says_shapes_and_parameters():
    net = nn.Sequential([nn.Conv1D(4, 5, name="first"), nn.Flatten()], input_shape=(20, 3))
    lines = str(net).splitlines()
    assert lines[3].split() == ["first", "(Conv1D)", "(16,", "4)", "64"]
    assert lines[-1] == "64 parameters"
    assert "?" in str(nn.Sequential([nn.Flatten()]))


@pytest.mark.parametrize(
    "twin_of", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["copy", "pickle"]
)
def test_copies_are_their_own(twin_of):
    net = nn.Sequential([nn.Dense(2)], input_shape=(3,))
    twin = twin_of(net)
    twin.set_weights({name: value + 1 for name, value in twin.weights.items()})
    assert (twin.weights["dense/bias"] == 1).all()
    assert (net.weights["dense/bias"] == 0).all()


REFUSED = {
    "filters": (lambda: nn.Conv1D(0, 3), "Conv1D: filters: 0, accepted is an integer >= 1"),
    "kernel": (lambda: nn.Conv1D(2, 2.5), "Conv1D: kernel_size: 2.5"),
    "kernel pair": (lambda: nn.Conv2D(2, (3, 3, 3)), "an integer >= 1 or 2 of them"),
    "padding": (lambda: nn.Conv1D(2, 3, padding="causal"), "padding 'causal', accepted are valid, same"),
    "activation": (lambda: nn.Dense(2, activation="tanh"), "Dense: activation 'tanh', accepted are None, linear, relu"),
    "rate": (lambda: nn.Dropout(1.0), r"Dropout: rate: 1.0, accepted is a number in \[0, 1\)"),
    "momentum": (lambda: nn.BatchNorm(momentum=2), "BatchNorm: momentum"),
    "name": (lambda: nn.Dense(2, name="a/b"), "name 'a/b'"),
    "class": (lambda: nn.Sequential([nn.Flatten]), "layer 0.*write it with brackets"),
    "no layers": (lambda: nn.Sequential([]), "none that computes"),
    "one layer": (lambda: nn.Sequential(nn.Flatten()), "accepted is a list of layers"),
    "names twice": (lambda: nn.Sequential([nn.ReLU(name="a"), nn.ReLU(name="a")]), "two are called 'a'"),
    "late input": (lambda: nn.Sequential([nn.ReLU(), nn.Input((3,))]), "layer 1: Input is the first"),
    "seed": (lambda: nn.Sequential([nn.ReLU()], seed=-1), "seed: -1"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_layers(make, message):
    with pytest.raises(DataError, match=message):
        make()


MISFITS = {
    "dense on time": ([nn.Conv1D(2, 3), nn.Dense(2)], (9, 2), r"dense: input \(7, 2\).*put Flatten"),
    "conv on a row": (
        [nn.Flatten(), nn.Conv1D(2, 3)],
        (9, 2),
        r"conv1d: input \(18,\), accepted is \(time, channels\)",
    ),
    "picture": ([nn.MaxPool2D()], (9, 2), "max_pooling2d: input"),
    "window": ([nn.Conv1D(2, 3), nn.Conv1D(2, 5)], (6, 2), "conv1d_1: a window of 5 on an axis of 4"),
    "reshape": ([nn.Reshape((5, -1))], (9, 2), "reshape: input .* has 18 values"),
    "mean of a row": ([nn.GlobalAvgPool()], (9,), "global_average_pooling"),
    "batch axis": ([nn.ReLU()], (1, 4, 4, 3), "without a batch axis"),
    "empty": ([nn.ReLU()], (0,), "accepted are"),
    "Input": ([nn.Input((3,)), nn.ReLU()], (4,), r"input: \(3,\), the samples are \(4,\)"),
}


@pytest.mark.parametrize(("layers", "shape", "message"), MISFITS.values(), ids=MISFITS)
def test_misfits_name_the_layer(layers, shape, message):
    with pytest.raises(ShapeError, match=message):
        nn.Sequential(layers, input_shape=shape)


def test_not_built():
    with pytest.raises(TrainingError, match="no input shape yet"):
        nn.Sequential([nn.Flatten()]).to_model()


def test_built_for_another_shape():
    with pytest.raises(ShapeError, match=r"samples of shape \(4,\), the network takes \(3,\)"):
        nn.Sequential([nn.Dense(1)], input_shape=(3,)).build(4)
