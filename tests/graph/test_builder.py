"""Graphs built operator by operator: what is folded and fused computes the same, and LiteRT takes it."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.litert import assert_near

from edgetwin.errors import ModelError, ShapeError
from edgetwin.graph.builder import GraphBuilder
from edgetwin.io.tflite_write import write_tflite
from edgetwin.model import Model

RNG = np.random.default_rng(8)
IMAGE = (1, 7, 6, 3)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def model_of(builder, *outputs) -> Model:
    return Model(write_tflite(builder.graph(*outputs)))


def kinds(graph) -> list[str]:
    return [operator.name for operator in graph.operators]


def chain(b, x):
    """A one-dimensional network as the package's users build it."""
    y = b.conv_2d(b.expanded(x), normal(8, 1, 5, 6), normal(8), padding="same", name="conv")
    y = b.unary("relu", b.squeezed(y), name="relu")
    y = b.max_pool_2d(b.expanded(y), pool=(1, 2), stride=(1, 2), name="pool")
    y = b.reshape(b.squeezed(y), (1, 10 * 8), name="flatten")
    return b.softmax(b.fully_connected(y, normal(4, 80), normal(4), name="dense"))


def every_operator(b, x):
    """One of each of the builder's methods, on an image."""
    a = b.unary("relu6", b.conv_2d(x, normal(5, 3, 3, 3), stride=(2, 1), padding="same"))
    c = b.conv_2d(x, normal(5, 3, 3, 3), normal(5), stride=(2, 1), padding=((2, 0), (2, 0)))
    y = b.concatenation([b.binary("add", a, c), b.binary("mul", a, c)], 3)
    y = b.depthwise_conv_2d(y, normal(1, 2, 2, 20), normal(20), dilation=(2, 1))
    y = b.scale_shift(b.unary("tanh", y), normal(20), normal(20))
    y = b.transpose_conv(y, normal(6, 3, 2, 20), stride=(2, 2), padding="valid", name="up")
    y = b.max_pool_2d(y, pool=(3, 3), stride=(2, 2), padding=((1, 1), (1, 0)))
    y = b.average_pool_2d(y, pool=(2, 2), stride=(1, 1), padding=((1, 0), (1, 0)))
    y = b.strided_slice(b.transpose(y, (0, 2, 1, 3)), (0, 1, 0, 0), (1, 4, 2, 6))
    y = b.fully_connected(b.mean(y, (1,), keep_dims=False), normal(4, 6))
    return b.operator("leaky_relu", [b.reduce_max(y, (1,), keep_dims=True)], (1, 1, 4), {"alpha": 0.1}, name="leaky")


@pytest.mark.parametrize(("build", "shape"), [(chain, (1, 20, 6)), (every_operator, IMAGE)])
def test_litert_computes_the_same(litert, build, shape):
    builder = GraphBuilder()
    data = write_tflite(builder.graph(build(builder, builder.input("x", shape))))
    samples = [[normal(*shape)] for _ in range(3)]
    for sample, with_delegate, without in zip(samples, *litert.run(data, samples), strict=True):
        assert_near(Model(data).run(sample[0]), with_delegate[0], without[0])


def test_reshapes_that_cancel_are_not_written():
    builder = GraphBuilder()
    graph = builder.graph(chain(builder, builder.input("x", (1, 20, 6))))
    assert kinds(graph) == ["reshape", "conv_2d", "max_pool_2d", "reshape", "fully_connected", "softmax"]
    assert graph.operators[1].options["fused_activation_function"] == "relu"
    assert graph.tensors[graph.inputs[0]].name == "x"


@pytest.mark.parametrize(
    ("layer", "weights"),
    [
        ("conv_2d", (4, 2, 2, 3)),
        ("depthwise_conv_2d", (1, 2, 2, 6)),
        ("transpose_conv", (4, 2, 2, 3)),
        ("dense", (4, 3)),
    ],
)
@pytest.mark.parametrize("with_bias", [False, True])
def test_batch_norm_is_folded(layer, weights, with_bias):
    """Into weights and bias; a second reader of the layer's output keeps it apart, with the same values."""
    values = normal(*weights)
    channels = weights[3] if layer == "depthwise_conv_2d" else weights[0]
    bias, scale, shift = normal(channels) if with_bias else None, normal(channels), normal(channels)
    results, forms = [], []
    for read_twice in (False, True):
        builder = GraphBuilder()
        x = builder.input("x", IMAGE)
        if layer == "dense":
            y = builder.fully_connected(x, values, bias)
        elif layer == "transpose_conv":
            y = builder.transpose_conv(x, values, bias, stride=(1, 1), padding="valid", name="up")
        else:
            y = getattr(builder, layer)(x, values, bias)
        z = builder.unary("relu", builder.scale_shift(y, scale, shift))
        graph = builder.graph(z, *([y] if read_twice else []))
        forms.append(len(graph.operators))
        outputs = Model(write_tflite(graph)).run(np.linspace(-1, 1, 126, dtype=np.float32).reshape(IMAGE))
        results.append(outputs[0] if read_twice else outputs)
    assert forms == [1, 3]
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5, atol=1e-5)
    assert results[0].max() > 0


def test_activation_of_what_is_read_twice_stays():
    builder = GraphBuilder()
    y = builder.conv_2d(builder.input("x", IMAGE), normal(3, 1, 1, 3))
    graph = builder.graph(builder.binary("add", builder.unary("relu", y), y))
    assert kinds(graph) == ["conv_2d", "relu", "add"]


@pytest.mark.parametrize(
    ("padding", "stride", "expected"),
    [
        (((1, 1), (1, 1)), (1, 1), ["conv_2d"]),
        (((1, 1), (0, 1)), (2, 2), ["conv_2d"]),
        (((1, 1), (1, 1)), (2, 2), ["pad", "conv_2d"]),
        (((0, 0), (0, 0)), (2, 2), ["conv_2d"]),
        (((0, 0), (0, 1)), (3, 3), ["conv_2d"]),
    ],
)
def test_padding_is_an_operator_only_where_it_must_be(padding, stride, expected):
    """Numbers that are TFLite's own "same", or that no window reaches, cost nothing."""
    weights, x = normal(2, 3, 3, 3), normal(*IMAGE)
    results = []
    for padded in (False, True):
        builder = GraphBuilder()
        y = builder.input("x", IMAGE)
        if padded:
            y = builder.pad(y, [(0, 0), *padding, (0, 0)])
        graph = builder.graph(builder.conv_2d(y, weights, stride=stride, padding="valid" if padded else padding))
        if not padded:
            assert kinds(graph) == expected
        results.append(Model(write_tflite(graph)).run(x))
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5, atol=1e-6)


def test_padding_never_wins_a_maximum():
    builder = GraphBuilder()
    y = builder.max_pool_2d(builder.input("x", IMAGE), pool=(3, 3), stride=(2, 2), padding=((1, 1), (1, 1)))
    result = model_of(builder, y).run(np.full(IMAGE, -5, np.float32))
    np.testing.assert_array_equal(result, -5)


def test_what_no_output_needs_is_left_out():
    builder = GraphBuilder()
    x = builder.input("x", IMAGE)
    builder.unary("tanh", x, name="idle")
    graph = builder.graph(builder.unary("tanh", x, name="y"))
    assert [tensor.name for tensor in graph.tensors] == ["x", "y"]


def test_names_are_made_unique():
    builder = GraphBuilder()
    y = builder.unary("tanh", builder.unary("tanh", builder.input("x", IMAGE), name="x"), name="x")
    assert [tensor.name for tensor in builder.graph(y).tensors] == ["x", "x_1", "x_2"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda b, x: b.conv_2d(x, normal(2, 9, 1, 3)), "window of .9, 1. does not fit into .7, 6."),
        (lambda b, x: b.reshape(x, (1, 5)), "do not fit into"),
        (lambda b, x: b.binary("add", x, b.constant("c", normal(5))), "do not broadcast"),
    ],
    ids=["window", "reshape", "broadcast"],
)
def test_shapes_that_do_not_fit(build, message):
    builder = GraphBuilder()
    with pytest.raises(ShapeError, match=message):
        build(builder, builder.input("x", IMAGE))


def test_a_model_does_something():
    builder = GraphBuilder()
    with pytest.raises(ModelError, match="'x' is made by no operator"):
        builder.graph(builder.input("x", IMAGE))
