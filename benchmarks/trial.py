"""One whole trial of a sweep beside the same with Keras and LiteRT, each a process from start to end.

    EDGETWIN_FRAMEWORKS_PYTHON=frameworks/bin/python python benchmarks/trial.py [--write] [--rounds 5]

The gait network (three Conv1D of 16 filters and kernel 5 with pools, Dense(128), Dense(1)) on 5,000 simulated strides:
20 epochs in batches of 64, int8 by 200 of them, every stride through the int8 model, file saved. Processes alternate.
`--write` replaces the section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benchmarks")]

from speed.tables import table, write_section  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.usecases.gait import simulated_strides  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN = "<!-- trial: written by benchmarks/trial.py -->"
END = "<!-- end of what benchmarks/trial.py writes -->"
STRIDES = 5000
PARTS = ("import", "training", "quantization", "evaluation", "saving")


def write_strides(path):
    """Write simulated strides, channels of unit mean square and labels of deviation 1."""
    strides = simulated_strides(range(STRIDES // 30))
    if len(strides) < STRIDES:
        sys.exit(f"{len(strides)} strides, {STRIDES} wanted")
    windows, labels = strides.windows[:STRIDES], strides.label_cm[:STRIDES]
    scale = np.sqrt((windows.astype(np.float64) ** 2).mean((0, 1)))
    x = (windows / scale).astype(np.float32)
    np.savez(path, x=x, y=((labels - labels.mean()) / labels.std()).astype(np.float32))


def run(name, folder):
    """Return what a trial's process printed, and its seconds from start to end."""
    python = sys.executable if name == "edgetwin" else os.environ.get("EDGETWIN_FRAMEWORKS_PYTHON", sys.executable)
    environment = dict(os.environ)
    if name == "edgetwin":
        environment["PYTHONPATH"] = os.pathsep.join(part for part in sys.path if part)
    script = ROOT / "benchmarks" / "trial_child.py"
    began = time.perf_counter()
    done = subprocess.run(
        [python, str(script), name, str(folder / "strides.npz"), str(folder / f"{name}.tflite")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - began


def main():
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    seconds, answers = {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_strides(folder / "strides.npz")
        for _ in range(arguments.rounds):
            for name in ("edgetwin", "keras"):
                answer, took = run(name, folder)
                seconds.setdefault(name, []).append(took)
                answers.setdefault(name, []).append(answer)
                print(name, f"{took:.2f} s", answer, file=sys.stderr)
    rows = []
    for name, mine in answers.items():
        parts = [f"{median(answer['parts'][part] for answer in mine):.2f}" for part in PARTS]
        last = mine[-1]
        rows.append([last["version"], f"{median(seconds[name]):.2f}", *parts, f"{last['float32_mse']:.4f}"])
        rows[-1].append(f"{last['int8_mse']:.4f}")
    ratio = median(seconds["keras"]) / median(seconds["edgetwin"])
    text = (
        f"Seconds, medians of {arguments.rounds} processes each, in turn, at {et.archs()[-1]}. The whole trial is "
        f"**{ratio:.1f}x** faster. Errors on the\nstrides of training, of labels with deviation 1.\n\n"
        + table(["", "whole process", *PARTS, "MSE float32", "MSE int8"], rows)
    )
    print(text)
    if arguments.write:
        write_section(RESULTS, text, BEGIN, END)


if __name__ == "__main__":
    main()
