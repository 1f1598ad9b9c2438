"""Recurrent networks of Keras 2 (tf_keras), whose LSTM TensorFlow's converter fuses; it does not take Keras 3's."""

from __future__ import annotations

import tf_keras
from oracles.converters_saved import listed, save_keras_2
from tf_keras import layers as nn

NETWORKS, network = listed()
save = save_keras_2


def _model(shape, build):
    x = tf_keras.Input(shape, batch_size=1)
    return tf_keras.Model(x, build(x))


@network
def lstm_fused():
    return _model((12, 4), lambda x: nn.Dense(3)(nn.LSTM(8)(x)))


@network
def lstm_stacked_sequences():
    def build(x):
        x = nn.LSTM(8, return_sequences=True)(x)
        x = nn.LSTM(6, return_sequences=True)(x)
        return nn.Dense(2)(x)

    return _model((10, 3), build)


@network
def lstm_unrolled():
    return _model((6, 4), lambda x: nn.Dense(3)(nn.LSTM(6, unroll=True)(x)))


@network
def lstm_bidirectional():
    return _model((8, 3), lambda x: nn.Dense(3)(nn.Bidirectional(nn.LSTM(5))(x)))


@network
def gru_unrolled():
    return _model((6, 4), lambda x: nn.Dense(3)(nn.GRU(6, unroll=True)(x)))


@network
def simple_rnn_unrolled():
    return _model((6, 4), lambda x: nn.Dense(3)(nn.SimpleRNN(6, unroll=True)(x)))
