"""Certificates of the shared models: time, share of decided channels, witnesses replayed in both wheels, tampering.

python benchmarks/certificates.py
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import edgetwin as et
from edgetwin.device.peers import Peer
from edgetwin.referee.single import operator_file
from edgetwin.referee.tables import replayed

SHARED = Path(os.environ.get("EDGETWIN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
WHEELS = {"tflm": "tflm", "xnnpack": "litert"}


def replay(model, certificate, peers):
    """Count witnesses and those that give the certificate's bytes in each arithmetic, and in its wheel."""
    counts = {"witnesses": 0, "ours": 0, **dict.fromkeys(peers, 0)}
    for verdict in certificate.operators:
        witnesses = verdict.witnesses
        if not witnesses:
            continue
        counts["witnesses"] += len(witnesses)
        names = (certificate.arithmetic, certificate.against)
        samples = [w.inputs for w in witnesses]
        made = replayed(model.graph, verdict.operator, names, samples)
        counts["ours"] += sum(tuple(int(side[i][w.at]) for side in made) == w.codes for i, w in enumerate(witnesses))
        data = operator_file(without_axes_of_scalars(model.graph), verdict.operator)
        for position, name in enumerate(names):
            if WHEELS.get(name) in peers:
                peer = peers[WHEELS[name]]
                answers = peer.run(data, samples, arena_bytes=1 << 23).outputs
                counts[peer.runtime] += sum(
                    int(answer[0][w.at]) == w.codes[position] for answer, w in zip(answers, witnesses, strict=True)
                )
    return counts


def without_axes_of_scalars(graph):
    """Scales for a whole tensor along its axis 0: LiteRT refuses an axis that a tensor lacks (person's biases)."""
    tensors = [
        replace(t, quantization=replace(t.quantization, quantized_dimension=0))
        if t.quantization is not None and t.quantization.quantized_dimension >= max(len(t.shape), 1)
        else t
        for t in graph.tensors
    ]
    return replace(graph, tensors=tuple(tensors))


def main():
    columns = "model", "against", "CPU s", "check, CPU s", "channels", "decided", "equal", "witnesses", "replayed"
    print("| " + " | ".join([*columns, "TFLite Micro", "LiteRT"]) + " |")
    print("| --- " * (len(columns) + 2) + "|")
    with Peer("tflm") as tflm, Peer("litert") as litert:
        for path in sorted((SHARED / "models").glob("*.tflite")):
            if path.stem.endswith("_f32"):
                continue
            model = et.load(path)
            for against in ("xnnpack", "single_rounding"):
                start = time.process_time()
                certificate = model.certify(against)
                seconds = time.process_time() - start
                content = json.loads(json.dumps(certificate.as_dict()))
                start = time.process_time()
                et.check_certificate(content, model.file_bytes)
                checked = time.process_time() - start
                channels = [c.verdict for o in certificate.operators for c in o.channels]
                counts = replay(model, certificate, {"tflm": tflm, "litert": litert})
                shown = [counts["tflm"], counts["litert"] if against == "xnnpack" else "-"]
                print(
                    f"| {path.stem} | {against} | {seconds:.1f} | {checked:.1f} | {len(channels)} | "
                    f"{100 * certificate.decided:.0f} % | {channels.count('equal')} | {counts['witnesses']} | "
                    f"{counts['ours']} | {shown[0]} | {shown[1]} |",
                    flush=True,
                )


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
