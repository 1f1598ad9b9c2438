"""Keras' networks, converted: equal outputs, what is not converted named."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et

keras = framework("keras")
layers = keras.layers

#: Keras' own, about how it reads its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(8)


def residual():
    """A convolution over pictures, separable blocks, a sum, a joint and a nested network."""
    inner = keras.Sequential([keras.Input((6, 5, 8)), layers.Conv2D(8, 1), layers.BatchNormalization(), layers.ReLU(6)])
    x = keras.Input((12, 10, 3), name="picture")
    y = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(layers.Rescaling(1 / 2, 0.1)(x))
    y = layers.Activation("relu")(layers.BatchNormalization()(y))
    z = layers.SeparableConv2D(8, 3, padding="same", depth_multiplier=2, activation="tanh")(y)
    y = layers.Concatenate()([layers.Add()([y, z]), inner(layers.Multiply()([y, 2 * z - 0.5])), inner(y)])
    y = layers.DepthwiseConv2D(3, dilation_rate=(1, 1), strides=2, padding="valid", activation="silu")(y)
    y = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu6")(y)
    y = layers.MaxPooling2D(2, padding="same")(layers.ZeroPadding2D(((1, 0), (0, 2)))(y))
    y = layers.Dropout(0.3)(layers.Flatten()(layers.Cropping2D(((0, 1), (1, 0)))(y)))
    return keras.Model(x, [layers.Dense(4, activation="softmax")(y), layers.GlobalMaxPooling2D()(z)])


def over_time():
    x = keras.Input((30, 6))
    y = layers.Conv1D(8, 5, padding="causal", dilation_rate=2, activation="relu")(x)
    y = layers.AveragePooling1D(3, strides=1, padding="same")(y)
    y = layers.DepthwiseConv1D(3, depth_multiplier=2)(y)
    y = layers.LeakyReLU(negative_slope=0.1)(layers.SeparableConv1D(6, 3)(y))
    y = layers.PReLU(shared_axes=[1], alpha_initializer="uniform")(layers.Permute((2, 1))(y))
    y = layers.Conv1DTranspose(4, 4, strides=2)(layers.Permute((2, 1))(y))
    y = layers.Average()([y, layers.SpatialDropout1D(0.1)(layers.ELU()(y))])
    return keras.Model(x, layers.Dense(3)(layers.GlobalAveragePooling1D()(y)))


def gait():
    """The shape of the published stride-length network."""
    return keras.Sequential(
        [
            keras.Input((108, 6)),
            layers.Conv1D(16, 5, activation="relu", padding="same"),
            layers.MaxPooling1D(2, padding="same"),
            layers.Conv1D(32, 5, activation="relu", padding="same"),
            layers.MaxPooling1D(2, padding="same"),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )


def several_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((2, 2), name="b")
    y = layers.Maximum()([a, layers.Reshape((4,))(b)])
    return keras.Model([a, b], keras.ops.sigmoid(y) + layers.Normalization(mean=0.5, variance=2.0)(a))


NETWORKS = {"residual": residual, "over_time": over_time, "gait": gait, "several_inputs": several_inputs}


def made(name):
    """A network with normalizations that do something."""
    keras.utils.set_random_seed(8)
    network = NETWORKS[name]()
    for variable in network.variables:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(RNG.uniform(0.5, 2, variable.shape))
        elif variable.name in ("beta", "moving_mean", "bias"):
            variable.assign(RNG.normal(size=variable.shape))
    return network


def as_list(outputs):
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_equal(name):
    network = made(name)
    model = et.from_keras(network)
    readings = [RNG.normal(size=(3, *each.shape[1:])).astype(np.float32) for each in network.inputs]
    expected = as_list(network(readings if len(readings) > 1 else readings[0], training=False))
    ours = as_list(model.run(*readings))
    for mine, theirs in zip(ours, map(keras.ops.convert_to_numpy, expected), strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5 * max(1, np.abs(theirs).max()))
        assert theirs.std() > 1e-3


def test_gait_network_is_what_the_converter_of_tensorflow_writes():
    model = et.from_keras(made("gait"))
    kinds = [operator.name for operator in model.graph.operators]
    block = ["conv_2d", "max_pool_2d"]
    assert kinds == ["reshape", *block, *block, "reshape", "fully_connected", "fully_connected"]
    fused = [operator.options.get("fused_activation_function", "none") for operator in model.graph.operators]
    assert [place for place, kind in enumerate(fused) if kind == "relu"] == [1, 3, 6]


def test_names_of_inputs_are_kept():
    assert [spec.name for spec in et.from_keras(made("several_inputs")).inputs] == ["a", "b"]


def sequential(*parts, shape=(12, 6)):
    return keras.Sequential([keras.Input(shape), *parts])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sequential(layers.LSTM(4, name="memory")), r"layer 'memory' \(LSTM\).*TensorFlow's converter"),
        (lambda: sequential(layers.LayerNormalization()), "BatchNormalization, which costs nothing"),
        (lambda: sequential(layers.Masking()), "Masking.*accepted are Dense, Conv1D"),
        (lambda: sequential(layers.Dense(4, activation="selu")), "activation 'selu' is not converted"),
        (lambda: sequential(layers.BatchNormalization(axis=1)), "axis 1 is not converted, accepted is the last"),
        (lambda: sequential(layers.ReLU(max_value=3)), "max_value 6 or none"),
        (lambda: sequential(layers.Dense(4, dtype="float16")), "computes in float16"),
        (lambda: sequential(layers.Conv1D(4, 3), shape=(None, 6)), "sizes that are known"),
        (lambda: keras.Sequential([layers.Dense(4)]), "is not built: begin it with keras.Input"),
        (lambda: layers.Dense(4), "takes a keras.Model, not Dense"),
    ],
    ids=["lstm", "layer_norm", "masking", "selu", "axis", "relu", "float16", "length", "unbuilt", "layer"],
)
def test_what_is_not_converted_is_named(make, message):
    with pytest.raises(et.UnsupportedError, match=message):
        et.from_keras(make())


def test_subclassed_model():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(et.UnsupportedError, match=r"\(Own\) is subclassed, accepted are Sequential and functional"):
        et.from_keras(Own())


def test_weights_that_are_not_finite():
    network = sequential(layers.Dense(3))
    network.layers[0].kernel.assign(np.full((6, 3), np.nan))
    with pytest.raises(et.DataError, match=r"from_keras\(sequential.*NaN or infinity"):
        et.from_keras(network)
