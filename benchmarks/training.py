"""A training step of the gait network beside Keras (TensorFlow) and PyTorch on the same CPU, as a Markdown table.

    EDGETWIN_FRAMEWORKS_PYTHON=frameworks/bin/python python benchmarks/training.py [--write] [--rounds 15]

Conv1D (same padding, ReLU) and MaxPool three times, Dense (ReLU), Dense(1); batches of 64 of 108 x 6, mean squared
error, Adam. Each framework runs in a process of its own with the same weights, data and threads; rounds are
interleaved: with two threads for the time, with one for the CPU's seconds, which other processes do not lengthen. The
losses of the first three steps must agree. `--write` replaces the section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benchmarks")]

from speed.tables import table, times, us, write_section  # noqa: E402

import edgetwin as et  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN = "<!-- training: written by benchmarks/training.py -->"
END = "<!-- end of what benchmarks/training.py writes -->"
#: Filters, kernel, units.
NETWORKS = ((16, 5, 128), (16, 15, 512), (32, 5, 512), (32, 15, 1024))
STEPS = 10
SAMPLES = 64 * STEPS
SIDES = ("edgetwin", "keras", "torch")


def weights_of(filters, kernel, units, path):
    """Write data and initial parameters."""
    rng = np.random.default_rng(0)
    arrays = {"numbers": np.array([filters, kernel, units])}
    shapes, channels = [], 6
    for _ in range(3):
        shapes += [(filters, kernel, channels), (filters,)]
        channels = filters
    shapes += [(units, 13 * filters), (units,), (1, units), (1,)]
    for i, shape in enumerate(shapes):
        scale = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0
        arrays[f"p{i}"] = rng.normal(0, scale, shape).astype(np.float32)
    arrays["x"] = rng.normal(0, 1, (SAMPLES, 108, 6)).astype(np.float32)
    arrays["y"] = rng.normal(0, 1, (SAMPLES, 1)).astype(np.float32)
    np.savez(path, **arrays)


class Child:
    """A framework in its process."""

    def __init__(self, name, path, threads):
        python = sys.executable if name == "edgetwin" else os.environ.get("EDGETWIN_FRAMEWORKS_PYTHON", sys.executable)
        script = ROOT / "benchmarks" / "training_child.py"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        # PyTorch's threads wait for each other without sleeping: beside other processes that costs it all its time.
        environment["GOMP_SPINCOUNT"] = "1000"
        if name != "edgetwin":
            environment.pop("PYTHONPATH")
        self._process = subprocess.Popen(
            [python, str(script), name, str(path), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.version = self._line()
        self.losses = [float(text) for text in self._line().split()]
        self.seconds, self.cpu_seconds = [], []

    def _line(self):
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a child ended with {self._process.wait()}")
        return line.strip()

    def measure(self, steps):
        """Append the seconds of one step, and the CPU's."""
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        seconds, cpu_seconds = (float(text) / steps for text in self._line().split())
        self.seconds.append(seconds)
        self.cpu_seconds.append(cpu_seconds)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def measured(network, rounds, threads):
    """Return the children, done."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        weights_of(*network, path)
        children = [Child(name, path, threads) for name in SIDES]
        for child in children[1:]:
            # Adam divides a gradient by its size: last bits of those near zero are whole steps.
            if not np.allclose(child.losses, children[0].losses, rtol=[1e-5, 1e-3, 1e-3]):
                sys.exit(f"{network}: losses {children[0].losses}, {child.version}: {child.losses}")
        for _ in range(rounds):
            for child in children:
                child.measure(STEPS)
        for child in children:
            child.close()
    return children


def main():
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--networks", type=int, nargs="*", default=range(len(NETWORKS)))
    arguments = parser.parse_args()
    rows = []
    for network in (NETWORKS[i] for i in arguments.networks):
        children, alone = (measured(network, arguments.rounds, threads) for threads in (2, 1))
        medians = [median(child.seconds) for child in children]
        kinds = (medians, [min(child.seconds) for child in children], [min(child.cpu_seconds) for child in alone])
        rows.append(
            [f"{network[0]} filters, kernel {network[1]}, dense {network[2]}", *map(us, medians)]
            + [" / ".join(times(seconds[side] / seconds[0]) for seconds in kinds) for side in (1, 2)]
        )
        print(rows[-1], file=sys.stderr)
    versions = " and ".join(child.version for child in children[1:])
    text = (
        f"Microseconds of one step with 2 threads at {et.archs()[-1]} beside {versions}: medians of\n"
        f"{arguments.rounds} rounds of {STEPS} steps each. Ratios of the medians / of the fastest rounds / of the "
        "CPU's time with 1 thread, which\nother processes do not lengthen.\n\n"
        + table(["network", "edgetwin", "Keras", "PyTorch", "Keras / edgetwin", "PyTorch / edgetwin"], rows)
    )
    print(text)
    if arguments.write:
        write_section(RESULTS, text, BEGIN, END)


if __name__ == "__main__":
    main()
