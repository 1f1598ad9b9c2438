"""Faults of kernels that test vectors find: calls with one thing wrong, beside as many and many more random inputs.

python benchmarks/mutants.py [mutants a model]

A fault is found where an operator's output, whose CRC-32 the vectors hold, is another. Of mutants that neither the
vectors nor the random inputs find nothing is known, most likely they compute the same: they are counted apart.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import edgetwin as et
from edgetwin.errors import EdgetwinError
from edgetwin.referee.single import step_outputs, traced

SHARED = Path(os.environ.get("EDGETWIN_SHARED", Path(__file__).resolve().parents[2] / "shared"))
MODELS = ("gait_int8", "kws_int8", "ad01_int8", "resnet8_int8")
MANY = 1000


def changed(step, rng):
    """Return a step with one fault and what it is; None where the drawn fault does not apply."""
    p, c = dict(step.params), dict(step.constants)
    kinds = ["rounding", "input zero point", "output zero point", "upper clamp", "lower clamp", "padding"]
    if c.get("weights") is not None:
        kinds += [
            "swapped channels",
            "tap off by one",
            "lost tap",
            "bias missing",
            "bias swapped",
            "shift",
            "multiplier",
        ]
    kind = str(rng.choice(kinds))
    sign = int(rng.choice([-1, 1]))
    if kind == "rounding":
        p["rounding"] = 1 - p.get("rounding", 2)
    elif kind in ("input zero point", "output zero point", "upper clamp", "lower clamp"):
        names = {"upper clamp": "activation_max", "lower clamp": "activation_min"}
        name = names.get(kind, kind.replace(" ", "_"))
        if name not in p:
            return None
        # A zero point left out, or one that is off by one; a clamp off by one, inwards.
        inwards = {"upper clamp": -1, "lower clamp": 1}.get(kind, sign)
        p[name] = 0 if "zero" in kind and rng.random() < 0.5 else p[name] + inwards
    elif kind == "padding":
        name = str(rng.choice(["pad_top", "pad_left"]))
        if name not in p:
            return None
        p[name] = max(p[name] + sign, 0)
    elif kind in ("swapped channels", "tap off by one", "lost tap"):
        w = c["weights"].copy()
        axis = 3 if "depthwise" in step.kernel else 0
        if kind == "swapped channels":
            a, b = rng.choice(w.shape[axis], 2, replace=False) if w.shape[axis] > 1 else (0, 0)
            w = w.swapaxes(0, axis)
            w[[a, b]] = w[[b, a]]
            w = w.swapaxes(0, axis)
        elif kind == "tap off by one":
            w = np.roll(w, sign, axis=1 if w.ndim == 2 else int(rng.choice([1, 2])))
        else:
            w.flat[rng.integers(w.size)] = 0
        c["weights"] = np.ascontiguousarray(w)
    elif kind in ("bias missing", "bias swapped"):
        if c.get("bias") is None:
            return None
        c["bias"] = np.zeros_like(c["bias"]) if kind == "bias missing" else np.roll(c["bias"], 1)
    else:
        values = c[kind].copy()
        at = rng.integers(values.size)
        # A shift too far, or a multiplier of which 16 bits are kept.
        values[at] = values[at] + sign if kind == "shift" else values[at] & ~0xFFFF
        c[kind] = values
    same = p == dict(step.params) and all(np.array_equal(c[name], value) for name, value in step.constants.items())
    return None if same else (kind, replace(step, params=p, constants=c))


def finds(graph, step, tensors):
    """Return for each sample whether a step's output is another."""
    right = tensors[step.outputs[0]]
    made = step_outputs(graph, step, [tensors[i] for i in step.inputs])
    return (made != right).reshape(len(right), -1).any(axis=1)


def measure(name, count):
    model = et.load(SHARED / "models" / f"{name}.tflite")
    rng = np.random.default_rng([7, sum(name.encode())])
    spec = model.inputs[0]
    random = rng.integers(-128, 128, (MANY, *spec.shape)).astype(np.int8)
    sets = [traced(model, [x]) for x in (model.test_vectors(64).inputs[0], random)]
    steps = [step for step in model.steps if "activation_max" in step.params]
    found, made = [], 0
    while made < count:
        drawn = changed(steps[rng.integers(len(steps))], rng)
        if drawn is None:
            continue
        kind, step = drawn
        try:
            by_sample = [finds(model.graph, step, tensors) for tensors in sets]
        except EdgetwinError:  # a fault that no kernel computes
            continue
        made += 1
        found.append((kind, by_sample[0].any(), by_sample[1][:64].any(), by_sample[1].any()))
    real = [row for row in found if any(row[1:])]
    shares = [100 * np.mean([row[i] for row in real]) for i in (1, 2, 3)]
    missed = sorted({row[0] for row in real if not row[1]})
    said = ", ".join(missed) or "-"
    cells = [name, made, len(real), *(f"{share:.1f} %" for share in shares), said]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    print(
        f"| model | mutants | found by any | 64 vectors | 64 random | {MANY:,} random | kinds that the vectors missed |"
    )
    print("| --- " * 7 + "|")
    for name in MODELS:
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 200)


if __name__ == "__main__":
    main()
