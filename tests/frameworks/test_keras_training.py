"""Keras' networks trained on exact integers: forward is the exported model's, backward goes straight through."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et

keras = framework("keras")
layers = keras.layers

#: Keras' own, about how it reads its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def gait():
    return keras.Sequential(
        [
            keras.Input((20, 6)),
            layers.Conv1D(8, 5, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(4, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.4),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def residual():
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu6")(x)
    z = layers.DepthwiseConv2D(3, padding="same")(y)
    z = keras.Sequential([keras.Input((4, 4, 6)), layers.Conv2D(6, 1, activation="relu")])(z)
    y = layers.GlobalAveragePooling2D()(layers.Concatenate()([layers.Add()([y, z]), z]))
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


NETWORKS = {"gait": gait, "residual": residual}


def made(name, **options):
    keras.utils.set_random_seed(8)
    network = NETWORKS[name]()
    x = np.random.default_rng(8).normal(size=(32, *network.inputs[0].shape[1:])).astype(np.float32)
    return network, et.convert.keras.quantization_aware(network, x, **options), x


def arrays(variables):
    return [keras.ops.convert_to_numpy(each).copy() for each in variables]


@pytest.mark.parametrize(
    ("name", "options"), [("gait", {}), ("gait", {"weights": "int4"}), ("residual", {"activations": "int16"})], ids=str
)
def test_exported_outputs_are_those_of_the_last_forward(name, options, tmp_path):
    """After steps that changed weights and ranges, byte for byte, the saved file's as well."""
    network, wrapped, x = made(name, **options)
    before, ranges = arrays(network.trainable_variables), arrays([wrapped.ranges])[0]
    wrapped.compile(keras.optimizers.Adam(1e-2), "mse")
    wrapped.fit(x, np.zeros((32, network.outputs[0].shape[1]), np.float32), epochs=2, batch_size=16, verbose=0)
    assert all((new != old).any() for new, old in zip(arrays(network.trainable_variables), before, strict=True))
    assert (arrays([wrapped.ranges])[0] != ranges).any()
    last = keras.ops.convert_to_numpy(wrapped(x, training=True))
    model = wrapped.to_model()
    model.save(tmp_path / "trained.tflite")
    for each in (model, et.load(tmp_path / "trained.tflite")):
        source, target = each.inputs[0], each.outputs[0]
        codes = each.run(et.kernels.quantize(x, source.scale, source.zero_point, dtype=source.dtype.name))
        np.testing.assert_array_equal(codes, np.round(last / target.scale) + target.zero_point)
        np.testing.assert_array_equal(each.predict(x), last)
    assert np.unique(codes).size > 10


def test_gradients_are_those_of_the_float_network():
    """Steps of plain descent point the same way; both networks have neither dropout nor normalizations."""
    steps = []
    y = np.random.default_rng(1).random((32, 3)).astype(np.float32)
    for exact in (True, False):
        network, wrapped, x = made("residual", activations="int16")
        trained = wrapped if exact else network
        before = arrays(network.trainable_variables)
        trained.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
        trained.train_on_batch(x, y)
        steps.append([new - old for new, old in zip(arrays(network.trainable_variables), before, strict=True)])
    mine, theirs = (np.concatenate([each.ravel() for each in step]) for step in steps)
    assert np.vdot(mine, theirs) / np.linalg.norm(mine) / np.linalg.norm(theirs) > 0.98
    assert 0.95 < np.linalg.norm(mine) / np.linalg.norm(theirs) < 1.05
    assert all(each.any() for each in steps[0])


def test_ranges_move_in_training_only():
    _, wrapped, x = made("gait", momentum=0.5)
    kept = arrays([wrapped.ranges])[0]
    for training in (False, False, True):
        wrapped(3 * x, training=training)
        np.testing.assert_array_equal(arrays([wrapped.ranges])[0], kept)
    wrapped(3 * x, training=True)
    np.testing.assert_allclose(arrays([wrapped.ranges])[0][0], 0.5 * kept[0] + 0.5 * 3 * kept[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda n, x: et.convert.keras.quantization_aware(n, x, momentum=-1), et.QuantizationError, "momentum is -1"),
        (lambda n, x: et.convert.keras.quantization_aware(n, x.astype(float)), et.DataError, "accepted is float32"),
        (lambda n, x: et.convert.keras.quantization_aware(n, x[:, :3]), et.ShapeError, "accepted is .'n', 6"),
        (lambda n, x: et.convert.keras.quantization_aware(n, [x, x]), et.ShapeError, "2 inputs came"),
        (
            lambda n, x: et.convert.keras.quantization_aware(n, x).compile(loss="mse", run_eagerly=False),
            et.UnsupportedError,
            "run_eagerly=True",
        ),
        (
            lambda n, x: et.convert.keras.quantization_aware(keras.Sequential([n, layers.Activation("gelu")]), x),
            et.UnsupportedError,
            "gelu",
        ),
    ],
    ids=["momentum", "float64", "shape", "inputs", "graph", "gelu"],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make(
            keras.Sequential([keras.Input((6,)), layers.Dense(2)]),
            np.random.default_rng(8).normal(size=(9, 6)).astype(np.float32),
        )


def test_backend_that_traces(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(et.UnsupportedError, match="Keras on jax"):
        made("gait")
