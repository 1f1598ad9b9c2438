"""The child process in which converters run: python converters_convert.py FOLDER FILE[:NETWORK]...

Writes, for every network and form, ``<file>.<network>.<form>.tflite``, or ``.txt`` with the converter's refusal,
and for every network ``.npz`` with samples of its inputs in real units. Needs TensorFlow, and nothing of edgetwin.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
# onnx2tf calls its simplifier as a program of the same environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import tensorflow as tf
from oracles.converters import CALIBRATED, FORMS, SAMPLES


def samples(shape, dtype, rng) -> np.ndarray:
    """Signals of different levels, loudness and speed; tokens for integers."""
    if np.issubdtype(dtype, np.integer):
        return rng.integers(0, 20, (SAMPLES, *shape)).astype(dtype)
    axis = 1 + int(np.argmax(shape))
    time_axis = np.linspace(0, 1, shape[axis - 1]).reshape([-1 if i == axis else 1 for i in range(len(shape) + 1)])
    one = [SAMPLES, *(1 if i + 1 == axis else size for i, size in enumerate(shape))]
    flat = [SAMPLES] + [1] * len(shape)
    turns = rng.uniform(0.3, 6, one) * time_axis + rng.uniform(0, 1, one)
    real = rng.normal(0, 1, one) * np.sin(2 * np.pi * turns) + rng.normal(0, 0.5, flat)
    return ((real + rng.normal(0, 0.3, (SAMPLES, *shape))) * rng.uniform(0.2, 1.5, flat)).astype(dtype)


def converted(folder, form, inputs) -> bytes:
    """The model file of a SavedModel, calibrated with the first samples of `inputs` (by name)."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    sets = tf.lite.OpsSet
    if form == "float32":
        return converter.convert()
    wide = form == "int16x8"
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        {name: array[i] for name, array in inputs.items()} for i in range(CALIBRATED)
    )
    converter.target_spec.supported_ops = [
        sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 if wide else sets.TFLITE_BUILTINS_INT8
    ]
    if all(array.dtype == np.float32 for array in inputs.values()):
        dtype = {"int8": tf.int8, "int8_uint8": tf.uint8, "int16x8": tf.int16}.get(form, tf.float32)
        converter.inference_input_type = converter.inference_output_type = dtype
    return converter.convert()


def convert(stem, save, folder) -> None:
    """Write every form of a network that `save` writes as a SavedModel."""
    rng = np.random.default_rng(sum(stem.encode()))
    with tempfile.TemporaryDirectory() as saved:
        save(rng, saved)
        signature = tf.saved_model.load(saved).signatures["serving_default"].structured_input_signature[1]
        inputs = {
            key: samples((1, *spec.shape[1:]), np.dtype(spec.dtype.as_numpy_dtype), rng)
            for key, spec in signature.items()
        }
        np.savez(folder / f"{stem}.npz", **inputs)
        for form in FORMS:
            path = folder / f"{stem}.{form}.tflite"
            try:
                path.write_bytes(converted(saved, form, inputs))
            except Exception as error:  # noqa: BLE001 - it raises what it likes; the tests know which are expected
                path.with_suffix(".txt").write_text(f"{type(error).__name__}: {error}")


def main(folder, *files) -> None:
    """Convert all networks of each file, or the one named after a colon."""
    warnings.simplefilter("ignore")
    for file, _, only in (name.partition(":") for name in files):
        module = importlib.import_module(f"oracles.converters_{file}")
        for name, build in module.NETWORKS.items():
            if only in ("", name):
                began = time.perf_counter()
                convert(f"{file}.{name}", partial(module.save, build), Path(folder))
                print(f"{file}: {name}: {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
