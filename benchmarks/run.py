"""edgetwin beside TFLite Micro's wheel: one process, one thread, the same bytes, equality asserted first.

    EDGETWIN_SHARED=../shared python benchmarks/run.py [--smoke]

Rounds of both are interleaved; a cell is the median time of one sample in us, Python's call included.
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
from oracles.inputs import MODELS, samples  # noqa: E402

import edgetwin as et  # noqa: E402

BATCH = 64


def wheel(data):
    """One interpreter of the wheel, its input set and invoked by the returned function."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(data, arena_size=max(1 << 20, 12 * len(data)))

    def run(sample):
        interpreter.set_input(sample, 0)
        interpreter.invoke()
        return interpreter.get_output(0)

    return interpreter, run


def timed(call, repeats):
    """Seconds of one of `repeats` calls."""
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - began) / repeats


def row(shared, name, rounds, budget_s):
    """Medians of one model: ours single, ours in a batch, the wheel."""
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    model = et.load(data, num_threads=1)
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], BATCH)
    interpreter, invoke = wheel(data)
    batch = np.ascontiguousarray(x.reshape(BATCH, *model.inputs[0].shape))
    for sample, ours in zip(x, model.run(batch), strict=True):
        interpreter.reset()
        np.testing.assert_array_equal(invoke(sample).reshape(-1), ours.reshape(-1))
    one, theirs = batch[0], x[0]
    calls = (lambda: model.run(one), lambda: model.run(batch), lambda: invoke(theirs))
    repeats = [max(1, int(budget_s / max(timed(call, 1), 1e-7))) for call in calls]
    times = [[] for _ in calls]
    for _ in range(rounds):
        for i, call in enumerate(calls):
            times[i].append(timed(call, repeats[i]))
    single, batched, peer = (float(np.median(t)) * 1e6 for t in times)
    return single, batched / BATCH, peer


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="each body once: for rot, not for speed")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    rounds, budget_s = (1, 0.0) if arguments.smoke else (9, 0.05)
    print(f"{versions()}, one thread\n")
    print("| model | edgetwin, 1 sample (us) | edgetwin, batch of 64 | tflite-micro | ratio, 1 sample | ratio, batch |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in MODELS:
        if name == "kwscr8_small_biases":
            continue
        single, batched, peer = row(shared, name, rounds, budget_s)
        print(
            f"| {name} | {single:.2f} | {batched:.2f} | {peer:.2f} | {peer / single:.1f} | {peer / batched:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
