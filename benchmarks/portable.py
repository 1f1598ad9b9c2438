"""Portable models beside ordinary ones: bytes that differ between runtimes, proofs, and what it costs, as tables.

    EDGETWIN_SHARED=../shared python benchmarks/portable.py [--inputs 100000] [--models gait_int8 ...]

Inputs are near real data (of gait: recorded strides, most of them louder or quieter and noisy), a third extremes and
noise over the whole range. An ordinary model gets 2,000 of them: that is enough to see it differ.
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
from oracles.inputs import samples  # noqa: E402
from speed.peers import onnx_runtime  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.peers import Peer  # noqa: E402

PEERS = {
    "tflm": "TFLite Micro",
    "litert": "LiteRT",
    "litert_without_delegate": "LiteRT, no delegate",
    "litert_reference": "LiteRT, BUILTIN_REF",
}
ARITHMETICS = ("single_rounding", "xnnpack")
MODELS = ("gait_int8", "kws_int8", "ad01_int8", "resnet8_int8")
ORDINARY, CALIBRATION, CHUNK = 2000, 500, 1000


def peer_outputs(peer, model, codes):
    for start in range(0, len(codes), CHUNK):
        answer = peer.run(model.file_bytes, [[x[None]] for x in codes[start : start + CHUNK]])
        yield np.stack([outputs[0] for outputs in answer.outputs])


def onnx_outputs(model, codes):
    whole = onnx_runtime(model.graph, 1).whole
    shape = model.graph.tensors[model.graph.inputs[0]].shape
    for start in range(0, len(codes), CHUNK):
        yield np.stack([whole([x.reshape(shape)])[0] for x in codes[start : start + CHUNK]])


def differing(model, codes, outputs):
    """Bytes that differ from ours, and samples in which any does."""
    counts = np.zeros(2, np.int64)
    for start, theirs in zip(range(0, len(codes), CHUNK), outputs, strict=True):
        ours = model.run(codes[start : start + CHUNK])
        wrong = (ours != theirs.reshape(ours.shape)).reshape(len(ours), -1)
        counts += wrong.sum(), wrong.any(axis=1).sum()
    return counts


def everywhere(model, codes, peers):
    """By runtime or arithmetic: bytes and samples that differ from arithmetic tflm."""
    found = {PEERS[name]: differing(model, codes, peer_outputs(peer, model, codes)) for name, peer in peers.items()}
    found["ONNX Runtime, QDQ"] = differing(model, codes, onnx_outputs(model, codes))
    for name in ARITHMETICS:
        other = model.with_arithmetic(name)
        outputs = (other.run(codes[start : start + CHUNK]) for start in range(0, len(codes), CHUNK))
        found[f"`{name}`"] = differing(model, codes, outputs)
    return found


def body(model, parts):
    """The ordinary model up to where the portable one ends."""
    from edgetwin.io.tflite_write import write_tflite
    from edgetwin.quantization.portable.draft import part

    names = [spec.name for spec in parts.model.outputs]
    graph = model.graph
    ends = [i for i, tensor in enumerate(graph.tensors) if tensor.name in names]
    needed, kept = set(ends), []
    for index in reversed(range(len(graph.operators))):
        if needed.intersection(graph.operators[index].outputs):
            kept.append(index)
            needed.update(graph.operators[index].inputs)
    return et.Model(write_tflite(part(graph, kept[::-1], graph.inputs, ends)))


def strides(shared):
    """Print what portable weights cost the gait model on real strides."""
    files = [np.load(path) for path in sorted((shared / "golden" / "gait").glob("*.npz"))]
    x = [file["strides"].reshape(len(file["strides"]), -1).astype(np.float32) for file in files]
    labels = [file["label_cm"].reshape(-1) for file in files]
    every = np.concatenate(x)
    real, published = (et.load(shared / "models" / f"gait_{name}.tflite") for name in ("f32", "int8"))
    made = {
        "float32": real,
        "published int8": published,
        "the same, portable": et.make_portable(published, every[::2]).model,
        "the same, portable without calibration": et.make_portable(published).model,
        "et.quantize": et.quantize(real, every[::2]),
        "et.quantize, portable": et.quantize(real, every[::2], portable=True),
    }
    print("\n| gait model | SD, own pace (cm) | SD, 20 % faster (cm) | strides of 205 that XNNPACK changes |")
    print("| --- | --- | --- | --- |")
    for name, model in made.items():
        spreads = [np.std(model.predict(a)[:, 0] - b, ddof=1) for a, b in zip(x, labels, strict=True)]
        changed = "-"
        if model is not real:
            codes = et.kernels.quantize(every, model.inputs[0].scale, model.inputs[0].zero_point)
            changed = np.count_nonzero(model.run(codes) != model.with_arithmetic("xnnpack").run(codes))
        print(f"| {name} | {spreads[0]:.2f} | {spreads[1]:.2f} | {changed} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="of each portable model")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    arguments = parser.parse_args()
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    failed = 0
    print("| model | inputs | distinct outputs | runtime | differing bytes | inputs with any |")
    print("| --- | --- | --- | --- | --- | --- |")
    costs, peers = [], {name: Peer(name) for name in PEERS}
    for name in arguments.models:
        model = et.load(shared / "models" / f"{name}.tflite")
        source = model.graph.tensors[model.graph.inputs[0]]
        calibration, codes = (
            samples(shared, name, source, count, seed).reshape(count, *model.inputs[0].shape)
            for count, seed in ((CALIBRATION, 1), (arguments.inputs, 0))
        )
        began = time.process_time()
        parts = et.make_portable(model, calibration)
        seconds = time.process_time() - began
        proofs = {against: made.verdict for against, made in parts.certify().items()}
        few = codes[:: max(len(codes) // ORDINARY, 1)][:ORDINARY]
        for title, one, given in ((name, body(model, parts), few), (f"{name}, portable", parts.model, codes)):
            distinct = len(np.unique(one.run(given).reshape(len(given), -1), axis=0))
            for runtime, (wrong, inputs) in everywhere(one, given, peers).items():
                print(f"| {title} | {len(given):,} | {distinct:,} | {runtime} | {wrong:,} | {inputs:,} |", flush=True)
                failed += wrong * (one is parts.model)
        ours, before = parts.whole.run(few).astype(int), model.run(few).astype(int)
        steps, size = np.abs(ours - before), [len(one.graph.operators) for one in (parts.model, parts.whole)]
        same = np.mean(ours.reshape(len(few), -1).argmax(1) == before.reshape(len(few), -1).argmax(1))
        proven = ", ".join(f"{against}: {verdict}" for against, verdict in proofs.items())
        costs.append(
            f"| {name} | {size[0]} of {size[1]} | {proven} | {seconds:.1f} | "
            f"{steps.mean():.2f} | {steps.max()} | {100 * same:.1f} % |"
        )
        failed += any(verdict != "equal" for verdict in proofs.values())
    for peer in peers.values():
        peer.close()
    print("\n| model | operators | certified | CPU s | mean change (steps) | largest | same largest output |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(costs))
    strides(shared)
    print(f"\n{versions()}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
