"""Faults of kernels that test vectors find: calls with one thing wrong, beside as many and many more random inputs.

python benchmarks/mutants.py [faults a model]

A fault is found where an operator's output, whose CRC-32 the vectors hold, is another. Faults that are proven to change
nothing, whatever the model is given, do not count; those that nothing finds, and nothing proves, count as missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from mutation.drawing import calls, draw
from mutation.faults import finds
from mutation.proofs import element_bounds, proof

import edgetwin as et
from edgetwin.errors import EdgetwinError
from edgetwin.referee.single import traced

SHARED = Path(os.environ.get("EDGETWIN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
MODELS = ("gait_int8", "kws_int8", "ad01_int8", "resnet8_int8")
MANY = 10_000
CHUNK = 100


def drawn(model, count, rng):
    """Return as many distinct faults that are not proven to change nothing, and the proofs of the others by kind."""
    some, known = calls(model), element_bounds(model)
    one = traced(model, [np.stack([np.full(s.shape, c, s.dtype) for c in (1, 2)]) for s in model.inputs])
    keys, faults, proofs = set(), [], Counter()
    while len(faults) < count:
        fault = draw(some, rng)
        if fault is None or fault.key in keys:
            continue
        keys.add(fault.key)
        try:
            fault.outputs(model.graph, one)
        except EdgetwinError:  # a fault that no kernel computes
            continue
        reason = proof(fault, model.graph, known)
        if reason:
            proofs[fault.kind, reason] += 1
        else:
            faults.append(fault)
    return faults, proofs


def found_at(model, faults, inputs):
    """Return for each fault the first of the inputs, in order, that finds it; -1 where none does."""
    first = np.full(len(faults), -1)
    for start in range(0, len(inputs), CHUNK):
        left = np.flatnonzero(first < 0)
        if not left.size:
            break
        # With the sample before, whose memory may be there still.
        begin = max(start - 1, 0)
        tensors = traced(model, [inputs[begin : start + CHUNK]])
        for i in left:
            found = finds(model.graph, faults[i], tensors)
            if found.any():
                first[i] = begin + int(np.argmax(found))
    return first


def measure(name, count):
    model = et.load(SHARED / "models" / f"{name}.tflite")
    rng = np.random.default_rng([7, sum(name.encode())])
    faults, proofs = drawn(model, count, rng)
    began = time.process_time()
    vectors = model.test_vectors(64).inputs[0]
    took = time.process_time() - began
    by_vectors = found_at(model, faults, vectors) >= 0
    random = found_at(model, faults, rng.integers(-128, 128, (MANY, *model.inputs[0].shape)).astype(np.int8))
    by_all = random >= 0
    by_few = by_all & (random < len(vectors))
    never = ~(by_vectors | by_all)
    kinds = [fault.kind for fault in faults]
    shares = (f"{100 * np.mean(by):.1f} %" for by in (by_vectors, by_few, by_all))
    cells = [name, f"{took:.1f}", proofs.total(), *shares]
    missed = Counter(k for k, by, no in zip(kinds, by_vectors, never, strict=True) if not by and not no)
    unknown = Counter(k for k, no in zip(kinds, never, strict=True) if no)
    cells += [", ".join(f"{kind} {n}" for kind, n in sorted(some.items())) or "-" for some in (missed, unknown)]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return faults, by_vectors, never, proofs


COLUMNS = (
    "model", "test_vectors, CPU s", "proven to change nothing", "64 vectors", "64 random", f"{MANY:,} random",
    "missed by the vectors", "found by nothing",
)  # fmt: skip


def main():
    print("| " + " | ".join(COLUMNS) + " |")
    print("| --- " * len(COLUMNS) + "|")
    for name in MODELS:
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 200)


if __name__ == "__main__":
    main()
