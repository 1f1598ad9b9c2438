"""Keras networks of what comes between the layers: attention, activations, normalizations, slices, heads."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import layers as nn
from oracles.converters_saved import listed, save_keras

NETWORKS, network = listed()
save = save_keras


def _model(shape, build, batch=None):
    """A network of one input. Its batch is left open, as Keras does by itself, but where `batch` says a number."""
    x = keras.Input(shape, batch_size=batch)
    return keras.Model(x, build(x))


@network
def activations_rectified():
    def build(x):
        x = nn.PReLU(shared_axes=[1])(nn.Conv1D(6, 3, padding="same")(x))
        x = nn.LeakyReLU()(nn.Conv1D(6, 3, padding="same")(x))
        x = nn.ELU()(nn.Conv1D(6, 3, padding="same")(x))
        x = nn.ReLU(max_value=4.0, negative_slope=0.1, threshold=0.2)(nn.Conv1D(6, 3, padding="same")(x))
        return nn.Dense(3)(nn.GlobalAveragePooling1D()(x))

    return _model((16, 3), build)


@network
def activations_smooth():
    def build(x):
        for name in ("swish", "tanh", "sigmoid", "hard_sigmoid"):
            x = nn.Dense(8, activation=name)(x)
        return nn.Dense(3)(x)

    return _model((8,), build)


@network
def activation_gelu():
    return _model((8,), lambda x: nn.Dense(3)(nn.Dense(8, activation="gelu")(x)))


@network
def activation_selu():
    return _model((8,), lambda x: nn.Dense(3)(nn.Dense(8, activation="selu")(x)))


@network
def activation_softplus():
    return _model((8,), lambda x: nn.Dense(3)(nn.Dense(8, activation="softplus")(x)))


@network
def shapes():
    """What moves elements: permuted, cropped, padded, sliced, put together."""

    def build(x):
        x = nn.Permute((2, 1, 3))(nn.Cropping2D(((1, 0), (1, 1)))(x))
        x = nn.Reshape((6, 14))(nn.ZeroPadding2D(((0, 0), (1, 1)))(x))
        x = nn.Concatenate(axis=1)([x[:, ::2, :], x[:, 1:3, ::-1]])
        return nn.Dense(3)(nn.Subtract()([x, nn.GlobalAveragePooling1D(keepdims=True)(x)]))

    return _model((6, 8, 2), build, batch=1)


@network
def channel_shuffle():
    """Groups of channels, split and interleaved."""

    def build(x):
        a, b = nn.Lambda(lambda v: tuple(tf.split(v, 2, axis=-1)))(nn.Conv2D(8, 1)(x))
        y = nn.Concatenate()([a, nn.DepthwiseConv2D(3, padding="same")(b)])
        y = nn.Lambda(
            lambda v: tf.reshape(tf.transpose(tf.reshape(v, (1, 6, 6, 2, 4)), (0, 1, 2, 4, 3)), (1, 6, 6, 8))
        )(y)
        return nn.Conv2D(4, 3, groups=2)(y)

    return _model((6, 6, 3), build, batch=1)


@network
def pooling_heads():
    """Largest, smallest, mean and spread over time, compared and chosen."""

    def build(x):
        x = nn.Conv1D(6, 3)(x)
        parts = [
            nn.Lambda(lambda v: tf.reduce_max(v, 1))(x),
            nn.Lambda(lambda v: tf.reduce_min(v, 1))(x),
            nn.Lambda(lambda v: tf.reduce_sum(tf.abs(v), 1))(x),
            nn.Lambda(lambda v: tf.sqrt(tf.math.reduce_variance(v, 1) + 0.01))(x),
        ]
        y = nn.Concatenate()(parts)
        return nn.Maximum()([nn.Dense(4)(y), nn.Minimum()([nn.Dense(4)(y), nn.Dense(4)(y)])])

    return _model((14, 3), build)


@network
def unit_embedding():
    """A head of unit length, as metric learning uses it, and distances to centres."""

    def build(x):
        x = nn.UnitNormalization()(nn.Dense(8, activation="relu")(x))
        return nn.Lambda(lambda v: tf.math.squared_difference(v, tf.constant(np.linspace(-1, 1, 8), tf.float32)))(x)

    return _model((10,), build)


@network
def class_index():
    """The largest class as an index."""
    return _model((10,), lambda x: nn.Lambda(lambda v: tf.argmax(v, -1, tf.int32))(nn.Dense(7)(x)))


@network
def log_softmax_head():
    return _model((10,), lambda x: nn.Lambda(tf.nn.log_softmax)(nn.Dense(6, activation="relu6")(x)))


@network
def normalizations_that_stay():
    """Batch normalizations that no layer before them takes in: a product and a sum."""

    def build(x):
        x = nn.BatchNormalization()(x)
        x = nn.BatchNormalization()(nn.Conv1D(5, 3, activation="relu")(x))
        return nn.Dense(3)(nn.GlobalAveragePooling1D()(nn.BatchNormalization()(nn.Add()([x, x]))))

    return _model((12, 4), build)


@network
def slices():
    """Python's slices: steps, the last element, new axes, an ellipsis; stacks of parts."""

    def parts(x):
        y = tf.stack(tf.unstack(x[:, 1:7, ::2], axis=1)[:4], axis=1)
        z = tf.squeeze(x[:, tf.newaxis, -1, ..., :2], 1)
        return tf.concat([tf.reshape(y, (1, -1)), z, tf.gather(x, [3, 0, 5], axis=1)[..., 1]], -1)

    return _model((8, 4), lambda x: nn.Dense(3)(nn.Lambda(parts)(nn.Conv1D(4, 1)(x))), batch=1)


@network
def mirrored_edges():
    """Padded with its own reflection before a convolution."""

    def build(x):
        x = nn.Lambda(lambda v: tf.pad(v, [[0, 0], [2, 2], [0, 0]], "REFLECT"))(x)
        return nn.GlobalAveragePooling1D()(nn.Conv1D(4, 5, padding="valid")(x))

    return _model((12, 3), build)


@network
def image_functions():
    """Blocks of pixels moved into channels and back, a range that is cut off, a choice by sign."""

    def build(x):
        x = nn.Lambda(lambda v: tf.nn.space_to_depth(v, 2))(x)
        x = nn.Lambda(lambda v: tf.clip_by_value(v, -1.0, 2.0))(nn.Conv2D(8, 3, padding="same")(x))
        x = nn.Lambda(lambda v: tf.where(v > 0.3, v, v * v))(x)
        x = nn.Lambda(lambda v: tf.nn.depth_to_space(v, 2))(x)
        return nn.Conv2D(2, 3, strides=(3, 2), padding="same")(x)

    return _model((8, 8, 2), build)


@network
def signal_functions():
    """Numbers between the layers that stay float32: roots, rounding, waves."""

    def functions(x):
        y = tf.sqrt(tf.abs(x) + 0.1) + tf.floor(x * 2.0) * 0.5
        return tf.concat([y, tf.cos(x), tf.sin(x), tf.math.ceil(x)], -1)

    return _model((12, 4), lambda x: nn.Dense(3)(nn.Flatten()(nn.Lambda(functions)(nn.Conv1D(4, 3)(x)))), batch=1)


@network
def softmax_over_time():
    """Weights over time, that is over an axis which is not the last: attention as pooling."""

    def build(x):
        x = nn.Conv1D(6, 3, activation="relu")(x)
        weights = nn.Softmax(axis=1)(nn.Dense(1)(x))
        return nn.Dense(4)(nn.Lambda(lambda both: tf.reduce_sum(both[0] * both[1], 1))([x, weights]))

    return _model((16, 3), build, batch=1)


@network
def embedding():
    """Tokens in, a table of vectors: int32 input."""
    x = keras.Input((8,), dtype="int32", batch_size=1)
    y = nn.GlobalAveragePooling1D()(nn.Embedding(20, 6)(x))
    return keras.Model(x, nn.Dense(3)(y))


@network
def attention():
    """One head, written out: matrix products and a softmax."""

    def build(x):
        q, k, v = (nn.Dense(8)(x) for _ in range(3))
        scores = nn.Lambda(lambda both: tf.matmul(*both, transpose_b=True) * 0.35)([q, k])
        y = nn.Lambda(lambda both: tf.matmul(*both))([nn.Softmax()(scores), v])
        return nn.Dense(3)(nn.GlobalAveragePooling1D()(nn.Add()([x, nn.Dense(4)(y)])))

    return _model((10, 4), build, batch=1)


@network
def transformer_block():
    """Keras's own MultiHeadAttention and LayerNormalization, a feed-forward part."""

    def build(x):
        y = nn.MultiHeadAttention(2, 4)(x, x)
        x = nn.LayerNormalization()(nn.Add()([x, y]))
        y = nn.Dense(8)(nn.Dense(12, activation="relu")(x))
        x = nn.LayerNormalization()(nn.Add()([x, y]))
        return nn.Dense(3, activation="softmax")(nn.GlobalAveragePooling1D()(x))

    return _model((9, 8), build, batch=1)


@network
def layer_normalization():
    def build(x):
        x = nn.LayerNormalization()(nn.Dense(8)(x))
        x = nn.LayerNormalization(axis=(1, 2))(nn.Dense(6)(x))
        return nn.Dense(2)(nn.Flatten()(x))

    return _model((7, 5), build, batch=1)
