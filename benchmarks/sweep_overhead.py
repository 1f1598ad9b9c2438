"""What a trial costs under `edgetwin sweep` beyond its script's own run: the same scripts, alone and as trials.

    python benchmarks/sweep_overhead.py [--rounds 5] [--trials 10]

A script without packages, and one that starts wandb offline and logs 20 steps. Rounds alternate between both ways.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from edgetwin.integrations.sweep import run_sweep

PLAIN = """import sys
print('{"loss": %s}' % sys.argv[1].split("=")[1])
"""
WANDB = """import wandb
with wandb.init(project="bench", mode="offline") as run:
    for step in range(20):
        run.log({"loss": run.config.get("x", 0) + step})
"""
FLAGS = {"plain": ["-I", "-S"], "wandb": []}


def sweep_s(folder, name, trials):
    """Return seconds of a sweep's trials, one at a time."""
    words = ["${interpreter}", *FLAGS[name], "${program}", "${args}"]
    path = folder / "sweep.yaml"
    path.write_text(
        f"program: train_{name}.py\ncommand: {words}\nmethod: grid\nmetric: loss\n"
        f"parameters: {{x: {{values: {list(range(trials))}}}}}\n",
        encoding="utf-8",
    )
    with tempfile.TemporaryDirectory(dir=folder) as out:
        began = time.perf_counter()
        results = run_sweep(path, out)
        took = time.perf_counter() - began
    if [trial.state for trial in results.trials] != ["finished"] * trials:
        sys.exit(f"not finished: {[trial.reason for trial in results.trials]}")
    return took


def alone_s(folder, name, trials):
    """Return seconds of as many runs of the script itself."""
    environment = {**os.environ, "WANDB_DIR": str(folder), "WANDB_DATA_DIR": str(folder), "WANDB_SILENT": "true"}
    began = time.perf_counter()
    for x in range(trials):
        command = [sys.executable, *FLAGS[name], f"train_{name}.py", f"--x={x}"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=10)
    given = parser.parse_args()
    print("| script | alone | as a trial | overhead of a trial |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for script, text in (("plain", PLAIN), ("wandb", WANDB)):
            (folder / f"train_{script}.py").write_text(text, encoding="utf-8")
            alone, swept = [], []
            for _ in range(given.rounds):
                alone.append(alone_s(folder, script, given.trials) / given.trials)
                swept.append(sweep_s(folder, script, given.trials) / given.trials)
            over = median(b - a for a, b in zip(alone, swept, strict=True))
            print(f"| {script} | {median(alone):.3f} s | {median(swept):.3f} s | {over:.3f} s |")


if __name__ == "__main__":
    main()
