"""Networks in Keras, converted by TensorFlow: float32, int8 with and without scales for units, int16.

    python benchmarks/quantization_peer.py FOLDER

In an environment with TensorFlow 2.18 or later; FOLDER then goes to benchmarks/quantization.py --converted.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers as nn

SAMPLES, CALIBRATED = 300, 200


def gait():
    layers = []
    for filters, kernel in ((16, 5), (16, 15), (32, 5)):
        layers += [nn.Conv1D(filters, kernel, activation="relu", padding="same"), nn.MaxPooling1D(2)]
    return keras.Sequential([nn.Input((108, 6)), *layers, nn.Flatten(), nn.Dense(128, activation="relu"), nn.Dense(1)])


def residual():
    given = nn.Input((16, 16, 3))
    x = nn.ReLU()(nn.BatchNormalization()(nn.Conv2D(8, 3, padding="same")(given)))
    y = nn.BatchNormalization()(nn.Conv2D(8, 3, padding="same")(x))
    x = nn.DepthwiseConv2D(3, strides=2, padding="same")(nn.ReLU(6)(nn.Add()([x, y])))
    x = nn.GlobalAveragePooling2D()(nn.AveragePooling2D(2)(x))
    return keras.Model(given, nn.Dense(5, activation="softmax")(x))


def curves():
    given = nn.Input((12, 12, 2))
    a = nn.Conv2D(4, 3, padding="same", activation="relu")(given)
    b = nn.Conv2D(4, 5, padding="same", activation="sigmoid")(given)
    c = nn.Conv2D(3, 1, activation="tanh")(given)
    x = nn.Conv2D(6, 3)(nn.ZeroPadding2D(1)(nn.Concatenate()([a, b, c])))
    x = nn.LeakyReLU(negative_slope=0.1)(x)
    x = nn.Flatten()(nn.Multiply()([x, x]))
    return keras.Model(given, nn.Dense(3)(nn.Dense(16, activation="relu")(x)))


def branches():
    given = nn.Input((12, 12, 2))
    a = nn.Conv2D(4, 3, padding="same", activation="relu")(given)
    b = nn.Conv2D(4, 5, padding="same")(given)
    return keras.Model(given, nn.Dense(3)(nn.Flatten()(nn.MaxPooling2D(2)(nn.Concatenate()([a, b])))))


def dense():
    layers = [nn.Dense(20, activation="relu"), nn.Dense(10, activation="relu"), nn.Dense(3, activation="softmax")]
    return keras.Sequential([nn.Input((33,)), *layers])


def convert(model, x, folder, name):
    @tf.function(input_signature=[tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)])
    def call(values):
        return model(values, training=False)

    def converter():
        return tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])

    (folder / f"{name}_f32.tflite").write_bytes(converter().convert())
    words = {
        "per_tensor": (tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8),
        "per_channel": (tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8),
        "int16": (tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8, tf.int16),
    }
    for kind, (operators, dtype) in words.items():
        quantizer = converter()
        quantizer.optimizations = [tf.lite.Optimize.DEFAULT]
        quantizer.representative_dataset = lambda: ([window[None]] for window in x[:CALIBRATED])
        quantizer.target_spec.supported_ops = [operators]
        quantizer.inference_input_type = quantizer.inference_output_type = dtype
        quantizer._experimental_disable_per_channel_quantization_for_dense_layers = kind == "per_tensor"
        (folder / f"{name}_{kind}.tflite").write_bytes(quantizer.convert())
    np.savez(folder / f"{name}.npz", x=x)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    for make in (gait, residual, curves, branches, dense):
        model = make()
        for weights in model.weights:
            if any(word in weights.path for word in ("bias", "beta", "moving_mean")):
                weights.assign(rng.normal(0, 0.2, weights.shape))
            elif any(word in weights.path for word in ("gamma", "variance")):
                weights.assign(rng.uniform(0.5, 1.5, weights.shape))
        shape = (SAMPLES, *model.input_shape[1:])
        x = np.cumsum(rng.normal(0, 0.3, shape), axis=1) + rng.normal(0, 0.3, shape)
        convert(model, x.astype(np.float32), folder, make.__name__)


if __name__ == "__main__":
    main()
