"""Speed of windows to int8 beside numpy's way and beside memcpy, as a Markdown table.

    python benchmarks/windows.py [--smoke]

One thread, whose CPU time is measured; rounds are interleaved, figures are medians. The bytes are compared first: they
may differ from numpy's at ties only, which numpy rounds to even.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from time import thread_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from numpy.lib.stride_tricks import as_strided  # noqa: E402
from speed import machine  # noqa: E402

from edgetwin.signal import windows_to_int8  # noqa: E402

AXES, LENGTH, HOPS, SCALE, ZERO_POINT = 6, 108, (108, 6), np.float32(0.03), 3


def numpy_windows(x, hop):
    """Gather as a view, divide, round, clip, narrow."""
    count = (len(x) - LENGTH) // hop + 1
    windows = as_strided(x, (count, LENGTH, AXES), (hop * x.strides[0], *x.strides))
    codes = np.clip(np.round(np.divide(windows, SCALE)) + ZERO_POINT, -128, 127)
    return codes.astype(np.int8).reshape(count, -1)


def row(x, hop, rounds):
    """Levels' table row: times, the ratio to numpy, and the traffic beside memcpy's."""
    out = windows_to_int8(x, LENGTH, hop, SCALE, ZERO_POINT)
    different = np.flatnonzero((out != numpy_windows(x, hop)).any(1))
    for start in different * hop:
        ratio = x[start : start + LENGTH] / SCALE
        if not (np.abs(ratio - np.trunc(ratio)) == 0.5).any():
            sys.exit(f"hop {hop}: codes of the window at sample {start} differ from numpy's without a tie")
    target = np.empty_like(x)
    bodies = {
        "ours": lambda: windows_to_int8(x, LENGTH, hop, SCALE, ZERO_POINT, out),
        "memcpy": lambda: np.copyto(target, x),
        "numpy": lambda: numpy_windows(x, hop),
    }
    seconds = {name: [] for name in bodies}
    for number in range(rounds + 1):
        for name, body in bodies.items():
            began = thread_time()
            body()
            if number:  # the first one warms up
                seconds[name].append(thread_time() - began)
    ours, memcpy, theirs = (median(seconds[name]) for name in ("ours", "memcpy", "numpy"))
    traffic = (x.nbytes + out.nbytes) / ours / (2 * x.nbytes / memcpy)
    return f"| {hop} | {ours * 1e3:.2f} | {theirs * 1e3:.1f} | {theirs / ours:.1f}x | {traffic:.0%} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one round of a short signal: whether it runs")
    arguments = parser.parse_args()
    samples = 20_000 if arguments.smoke else 1_000_000
    x = np.random.default_rng(0).normal(0, 1, (samples, AXES)).astype(np.float32)
    print(
        f"`python benchmarks/windows.py`, CPU time, one thread, {samples} samples of {AXES} axes, windows of {LENGTH}."
    )
    print("\n".join(machine.described()))
    print("\n| hop | ms | numpy, ms | ratio | bytes a second, of memcpy's |\n| --- | --- | --- | --- | --- |")
    for hop in HOPS:
        print(row(x, hop, 1 if arguments.smoke else 9))


if __name__ == "__main__":
    main()
