"""Keras networks of convolutions and dense layers, as people build them for microcontrollers."""

from __future__ import annotations

import keras
import tensorflow as tf
from keras import layers as nn
from oracles.converters_saved import listed, save_keras

NETWORKS, network = listed()
save = save_keras


def _model(shape, build, batch=None):
    """A network of one input. Its batch is left open, as Keras does by itself, but where `batch` says a number."""
    x = keras.Input(shape, batch_size=batch)
    return keras.Model(x, build(x))


def hard_swish(x):
    return x * tf.nn.relu6(x + 3.0) * (1.0 / 6.0)


@network
def conv1d_classifier():
    def build(x):
        for filters in (8, 12):
            x = nn.Conv1D(filters, 5, padding="same")(x)
            x = nn.BatchNormalization()(x)
            x = nn.ReLU()(x)
            x = nn.MaxPooling1D(2)(x)
        return nn.Dense(5, activation="softmax")(nn.GlobalAveragePooling1D()(x))

    return _model((40, 3), build)


@network
def conv1d_flat_input():
    """A flat vector of features, reshaped inside, as Edge Impulse's classifiers take it."""

    def build(x):
        x = nn.Reshape((36, 6))(x)
        x = nn.Conv1D(8, 3, padding="same", activation="relu")(x)
        x = nn.AveragePooling1D(2, padding="same")(x)
        x = nn.Conv1D(16, 3, strides=2, padding="valid", activation="relu")(x)
        x = nn.Dropout(0.2)(nn.Flatten()(x))
        return nn.Dense(1)(x)

    return _model((216,), build)


@network
def temporal_convolutions():
    """Causal, dilated convolutions with residual connections."""

    def build(x):
        x = nn.Conv1D(8, 1)(x)
        for dilation in (1, 2, 4):
            y = nn.Conv1D(8, 3, dilation_rate=dilation, padding="causal", activation="relu")(x)
            y = nn.Conv1D(8, 1)(y)
            x = nn.ReLU()(nn.Add()([x, y]))
        return nn.Dense(4)(nn.Flatten()(x[:, -1:, :]))

    return _model((32, 4), build, batch=1)


@network
def dilated_conv1d_same():
    def build(x):
        for dilation in (2, 3):
            x = nn.Conv1D(6, 3, dilation_rate=dilation, padding="same", activation="relu")(x)
        x = nn.Conv1D(6, 3, dilation_rate=2, padding="valid")(x)
        return nn.GlobalMaxPooling1D()(x)

    return _model((33, 3), build, batch=1)


@network
def dilated_conv2d():
    def build(x):
        x = nn.Conv2D(6, 3, dilation_rate=2, padding="same", activation="relu")(x)
        x = nn.DepthwiseConv2D(3, dilation_rate=2, padding="valid")(x)
        return nn.Dense(3)(nn.GlobalAveragePooling2D()(x))

    return _model((12, 10, 2), build, batch=1)


@network
def depthwise_and_separable_1d():
    def build(x):
        x = nn.DepthwiseConv1D(5, padding="same", depth_multiplier=2)(x)
        x = nn.ReLU()(nn.BatchNormalization()(x))
        x = nn.SeparableConv1D(10, 3, padding="same", activation="relu")(x)
        x = nn.SeparableConv1D(6, 3, strides=2, padding="valid")(x)
        return nn.Dense(4, activation="sigmoid")(nn.GlobalAveragePooling1D()(x))

    return _model((30, 4), build)


@network
def keyword_spotter():
    """Depthwise separable convolutions over a spectrogram."""

    def build(x):
        x = nn.Conv2D(8, (5, 3), strides=(2, 1), padding="same")(x)
        x = nn.ReLU()(nn.BatchNormalization()(x))
        for _ in range(2):
            x = nn.DepthwiseConv2D(3, padding="same")(x)
            x = nn.ReLU(6.0)(nn.BatchNormalization()(x))
            x = nn.Conv2D(8, 1)(x)
            x = nn.ReLU()(nn.BatchNormalization()(x))
        x = nn.SeparableConv2D(12, 3, activation="relu")(x)
        x = nn.AveragePooling2D(2)(x)
        return nn.Dense(6, activation="softmax")(nn.Flatten()(x))

    return _model((18, 10, 1), build)


@network
def residual_2d():
    def build(x):
        x = nn.Conv2D(8, 3, padding="same", activation="relu")(x)
        for stride in (1, 2):
            y = nn.Conv2D(8, 3, strides=stride, padding="same")(x)
            y = nn.ReLU()(nn.BatchNormalization()(y))
            y = nn.BatchNormalization()(nn.Conv2D(8, 3, padding="same")(y))
            if stride > 1:
                x = nn.Conv2D(8, 1, strides=stride)(x)
            x = nn.ReLU()(nn.Add()([x, y]))
        return nn.Dense(5, activation="softmax")(nn.GlobalAveragePooling2D()(x))

    return _model((12, 12, 3), build)


@network
def mobilenet_v2_block():
    """Inverted residuals: relu6, linear bottlenecks, padding before strides."""

    def build(x):
        x = nn.ReLU(6.0)(nn.BatchNormalization()(nn.Conv2D(6, 3, strides=2, padding="same", use_bias=False)(x)))
        for stride, filters in ((1, 6), (2, 8)):
            y = nn.Conv2D(18, 1, use_bias=False)(x)
            y = nn.ReLU(6.0)(nn.BatchNormalization()(y))
            if stride > 1:
                y = nn.ZeroPadding2D(((0, 1), (0, 1)))(y)
            y = nn.DepthwiseConv2D(3, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False)(y)
            y = nn.ReLU(6.0)(nn.BatchNormalization()(y))
            y = nn.BatchNormalization()(nn.Conv2D(filters, 1, use_bias=False)(y))
            x = nn.Add()([x, y]) if stride == 1 else y
        return nn.Dense(4)(nn.GlobalAveragePooling2D()(x))

    return _model((16, 16, 3), build)


@network
def squeeze_excite():
    """MobileNetV3's parts: hard swish, hard sigmoid, a product that broadcasts."""

    def build(x):
        x = nn.Activation(hard_swish)(nn.Conv2D(8, 3, padding="same")(x))
        s = nn.GlobalAveragePooling2D(keepdims=True)(x)
        s = nn.Conv2D(4, 1, activation="relu")(s)
        s = nn.Conv2D(8, 1)(s)
        s = nn.Activation("hard_sigmoid")(s)
        x = nn.Multiply()([x, s])
        return nn.Dense(4)(nn.GlobalAveragePooling2D()(x))

    return _model((10, 8, 2), build)


@network
def pools_and_groups():
    """Pools that overlap and that pad, grouped and multiplied channels, windows that are not square."""

    def build(x):
        x = nn.Conv2D(8, (1, 5), strides=(1, 2), padding="same", groups=2, activation="relu")(x)
        x = nn.MaxPooling2D(3, strides=2, padding="same")(x)
        x = nn.DepthwiseConv2D((3, 2), depth_multiplier=2, padding="same", activation="relu6")(x)
        x = nn.AveragePooling2D((2, 3), strides=1, padding="same")(x)
        a, b = nn.GlobalMaxPooling2D()(x), nn.GlobalAveragePooling2D()(x)
        return nn.Dense(4, use_bias=False)(nn.Concatenate()([a, b]))

    return _model((14, 13, 4), build)


@network
def u_net():
    """Transpose convolution, both ways of resizing, skips by concatenation."""

    def build(x):
        a = nn.Conv2D(6, 3, padding="same", activation="relu")(x)
        b = nn.Conv2D(8, 3, padding="same", activation="relu")(nn.MaxPooling2D(2)(a))
        c = nn.Conv2D(8, 3, padding="same", activation="relu")(nn.MaxPooling2D(2)(b))
        y = nn.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu")(c)
        y = nn.Lambda(lambda v: tf.image.resize(v, (8, 8)))(nn.Concatenate()([y, b]))
        y = nn.Concatenate()([nn.Conv2D(6, 1)(y), a])
        y = nn.Lambda(lambda v: tf.image.resize(v, (16, 16), "nearest"))(y)
        return nn.Conv2D(2, 1, activation="sigmoid")(y)

    return _model((8, 8, 2), build)


@network
def autoencoder_1d():
    def build(x):
        y = nn.Conv1D(8, 4, strides=2, padding="same", activation="relu")(x)
        y = nn.Conv1D(4, 4, strides=2, padding="same", activation="relu")(y)
        y = nn.Conv1DTranspose(8, 4, strides=2, padding="same", activation="relu")(y)
        y = nn.Conv1DTranspose(4, 4, strides=2, padding="same", activation="relu")(y)
        return nn.Conv1D(2, 3, padding="same", activation="tanh")(y)

    return _model((24, 2), build, batch=1)


@network
def dense_autoencoder():
    def build(x):
        for units in (24, 6, 24):
            x = nn.ReLU()(nn.BatchNormalization()(nn.Dense(units)(x)))
        return nn.Dense(40)(x)

    return _model((40,), build)


@network
def two_sensors_two_heads():
    """Two inputs, two outputs: a branch for a signal, one for features."""
    signal, features = keras.Input((20, 3), name="signal"), keras.Input((6,), name="features")
    x = nn.GlobalAveragePooling1D()(nn.Conv1D(6, 5, activation="relu")(signal))
    x = nn.Concatenate()([x, nn.Dense(5, activation="relu")(features)])
    x = nn.Dense(8, activation="relu")(x)
    return keras.Model([signal, features], [nn.Dense(4, activation="softmax", name="kind")(x), nn.Dense(1)(x)])


@network
def open_batch_dilated():
    """The file gives a tensor between space_to_batch_nd and batch_to_space_nd one sample, where there are two."""
    return _model((33, 3), lambda x: nn.GlobalMaxPooling1D()(nn.Conv1D(6, 3, dilation_rate=2)(x)))


@network
def open_batch_sequence():
    """A dense layer over a sequence computes its sizes when it runs."""
    return _model((10, 4), lambda x: nn.GlobalAveragePooling1D()(nn.Dense(8)(x)))


@network
def upsampling_layer():
    """Keras's layer repeats its input."""
    return _model((8, 2), lambda x: nn.Conv1D(2, 3)(nn.UpSampling1D(2)(x)), batch=1)
