"""Quantization after training: bytes beside the wheels, the gait model's error, TensorFlow's converter, as tables.

    EDGETWIN_SHARED=../shared python benchmarks/quantization.py [--smoke] [--converted FOLDER]

FOLDER is what benchmarks/quantization_peer.py wrote.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from exactness import versions  # noqa: E402
from oracles.networks import EXACT_IN_LITERT, SCHEMES, quantized_network  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.peers import Peer  # noqa: E402

SAMPLES = 8
#: What a converted file's name says -> what `et.quantize` is told. The converter's int16 has a scale for each unit.
CONVERTED = {
    "per_tensor": {},
    "per_channel": {"dense_per_channel": True},
    "int16": {"activations": "int16", "dense_per_channel": True},
}
#: Windows of a converted network that calibrated it; the rest tell its error.
CALIBRATED = 200


def networks(count):
    """Print a row a scheme and wheel; return how many bytes differ."""
    print("| scheme | wheel | networks | inputs | output bytes | distinct outputs | differing bytes |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = 0
    with Peer("tflm") as wheel, Peer("litert") as litert:
        for name, scheme in SCHEMES.items():
            for peer, title in ((wheel, "TFLite Micro"), (litert, "LiteRT")):
                if peer is litert and name not in EXACT_IN_LITERT:
                    continue
                size = wrong = 0
                seen = set()
                for seed in range(count):
                    model, given = quantized_network(seed, SAMPLES, scheme)
                    answer = peer.run(model._data, [[x[None]] for x in given])
                    ours = (model if peer is wheel else model.with_arithmetic("xnnpack")).run(given)
                    theirs = np.stack([output for (output,) in answer.outputs]).reshape(ours.shape)
                    size += ours.nbytes
                    wrong += np.count_nonzero(ours.view(np.uint8) != theirs.view(np.uint8))
                    seen |= {(seed, row.tobytes()) for row in ours}
                failed += wrong
                print(f"| {name} | {title} | {count:,} | {count * SAMPLES:,} | {size:,} | {len(seen):,} | {wrong} |")
    return failed


def gait(shared):
    """Print the error of the published gait model on 205 real strides, calibrated on every other one."""
    model = et.load(shared / "models" / "gait_f32.tflite")
    files = [np.load(path) for path in sorted((shared / "golden" / "gait").glob("*.npz"))]
    x = np.concatenate([file["strides"].reshape(len(file["strides"]), -1) for file in files]).astype(np.float32)
    labels = np.concatenate([file["label_cm"].reshape(-1) for file in files])
    real = model.run(x)[:, 0]
    mse = np.square(real - labels).mean()
    print("\n| options | MSE (cm2) | over float32's | mean shift (cm) | file bytes |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| float32 | {mse:.2f} | 1 | 0 | {len(model._data):,} |")
    published = et.load(shared / "models" / "gait_int8.tflite")
    made = {"published int8 model": published} | {
        ", ".join(f"{key}={value}" for key, value in options.items()) or "int8": et.quantize(model, x[::2], **options)
        for options in (
            {},
            {"dense_per_channel": True},
            {"bias_correction": True},
            {"method": "percentile"},
            {"method": "mse"},
            {"activations": "int16"},
            {"weights": "int4"},
            {"weights": "int4", "bias_correction": True},
        )
    }
    for name, quantized in made.items():
        answer = quantized.predict(x)[:, 0]
        error = np.square(answer - labels).mean()
        shift = (answer - real).mean()
        print(f"| {name} | {error:.2f} | {error / mse:.3f} | {shift:+.3f} | {len(quantized._data):,} |")
    began = time.perf_counter()
    et.quantize(model, x[::2])
    print(f"\n{1e3 * (time.perf_counter() - began):.0f} ms to calibrate on {len(x[::2])} strides and quantize")


def decibels(real, answer):
    real = real.astype(np.float64)
    return 10 * np.log10(np.square(real).sum() / np.square(real - answer).sum())


def converted(folder):
    """Print noise beside that of TensorFlow's converter, and how many quantizations and codes are the same."""
    print("\n| network | " + " | ".join(f"{name}: ours / converter (dB)" for name in CONVERTED) + " |")
    print("| --- |" + " --- |" * len(CONVERTED))
    tensors = near = codes = unlike = 0
    for path in sorted(folder.glob("*.npz")):
        x = np.load(path)["x"]
        model = et.load(folder / f"{path.stem}_f32.tflite")
        real = model.run(x[CALIBRATED:])
        cells = []
        for name, options in CONVERTED.items():
            theirs = et.load(folder / f"{path.stem}_{name}.tflite")
            ours = et.quantize(model, x[:CALIBRATED], **options)
            cells.append(" / ".join(f"{decibels(real, m.predict(x[CALIBRATED:])):.2f}" for m in (ours, theirs)))
            named = {tensor.name: tensor for tensor in theirs.graph.tensors}
            for tensor in ours.graph.tensors:
                other = named.get(tensor.name)
                if other is None or other.quantization is None or tensor.quantization is None:
                    continue
                a, b = tensor.quantization, other.quantization
                alike = a.scale.shape == b.scale.shape and (a.zero_point == b.zero_point).all()
                tensors += 1
                near += bool(alike and np.abs(a.scale / b.scale - 1).max() < 1e-6)
                if tensor.data is not None and other.data is not None and tensor.data.shape == other.data.shape:
                    codes += tensor.data.size
                    unlike += np.count_nonzero(tensor.data != other.data)
        print(f"| {path.stem} | " + " | ".join(cells) + " |")
    print(
        f"\n{near} of {tensors} scales and zero points are the same (scales within 1e-6); {unlike} of {codes:,} codes"
    )
    print("of weights and biases are not.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="few networks")
    parser.add_argument("--converted", type=Path, help="folder that quantization_peer.py wrote")
    arguments = parser.parse_args()
    failed = networks(4 if arguments.smoke else 1000)
    gait(Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared")))
    if arguments.converted is not None:
        converted(arguments.converted)
    print(f"\n{versions()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
