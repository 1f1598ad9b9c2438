"""One whole trial of a sweep, in edgetwin or in Keras and LiteRT: train, quantize, evaluate in int8, save.

    python benchmarks/trial_child.py edgetwin|keras STRIDES.npz OUT.tflite

STRIDES.npz holds x (n, 108, 6) and y (n,), scaled. Prints JSON: the seconds of its parts, both errors, versions.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}

import numpy as np

EPOCHS, BATCH, RATE = 20, 64, 1e-3
FILTERS, KERNEL, UNITS = 16, 5, 128
CALIBRATION = 200


class Clock:
    """Seconds between its calls."""

    def __init__(self):
        self.parts, self._last = {}, time.perf_counter()

    def done(self, part):
        now = time.perf_counter()
        self.parts[part], self._last = now - self._last, now


def edgetwin_trial(x, y, out, clock):
    import edgetwin as et
    from edgetwin import nn

    clock.done("import")
    layers = []
    for _ in range(3):
        layers += [nn.Conv1D(FILTERS, KERNEL, padding="same", activation="relu"), nn.MaxPool1D(2)]
    net = nn.Sequential([*layers, nn.Flatten(), nn.Dense(UNITS, activation="relu"), nn.Dense(1)], input_shape=(108, 6))
    net.fit(x, y[:, None], epochs=EPOCHS, batch_size=BATCH, optimizer=nn.Adam(RATE), verbose=0)
    clock.done("training")
    real = net.to_model()
    shape = real.inputs[0].shape
    model = et.quantize(real, x[:CALIBRATION].reshape(-1, *shape))
    clock.done("quantization")
    predicted = model.predict(x.reshape(-1, *shape)).reshape(-1)
    clock.done("evaluation")
    model.save(out)
    clock.done("saving")
    return net.predict(x).reshape(-1), predicted, f"edgetwin {et.__version__}"


def keras_trial(x, y, out, clock):
    import keras
    import tensorflow as tf

    clock.done("import")
    layers = [keras.Input((108, 6))]
    for _ in range(3):
        layers += [
            keras.layers.Conv1D(FILTERS, KERNEL, padding="same", activation="relu"),
            keras.layers.MaxPooling1D(2),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(UNITS, activation="relu"), keras.layers.Dense(1)]
    net = keras.Sequential(layers)
    net.compile(optimizer=keras.optimizers.Adam(RATE), loss="mse")
    net.fit(x, y, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    clock.done("training")
    converter = tf.lite.TFLiteConverter.from_keras_model(net)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([window[None]] for window in x[:CALIBRATION])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    content = converter.convert()
    clock.done("quantization")
    interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = source["quantization"]
    codes = np.clip(np.round(x / np.float32(scale)) + zero, -128, 127).astype(np.int8)
    outputs = np.empty(len(x), np.float32)
    for i, window in enumerate(codes):
        interpreter.set_tensor(source["index"], window[None])
        interpreter.invoke()
        outputs[i] = interpreter.get_tensor(target["index"])[0, 0]
    scale, zero = target["quantization"]
    clock.done("evaluation")
    with open(out, "wb") as file:
        file.write(content)
    clock.done("saving")
    real = net.predict(x, verbose=0).reshape(-1)
    return real, (outputs - zero) * scale, f"Keras {keras.__version__}, TensorFlow {tf.__version__}"


def main():
    """Run the trial that the arguments name."""
    name, strides, out = sys.argv[1:]
    clock = Clock()
    data = np.load(strides)
    x, y = data["x"], data["y"]
    trial = {"edgetwin": edgetwin_trial, "keras": keras_trial}[name]
    real, predicted, version = trial(x, y, out, clock)
    errors = [float(((values - y) ** 2).mean()) for values in (real, predicted)]
    print(json.dumps({"version": version, "parts": clock.parts, "float32_mse": errors[0], "int8_mse": errors[1]}))


if __name__ == "__main__":
    main()
