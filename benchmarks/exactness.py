"""The full comparison with the pinned TFLite Micro wheel, as a Markdown table.

EDGETWIN_SHARED=../shared python benchmarks/exactness.py

Every input goes through the best SIMD level of this CPU, the first of each model through all of them.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402
from oracles.exactness import OTHER_LEVELS_INPUTS, compare  # noqa: E402
from oracles.inputs import MODELS  # noqa: E402
from oracles.tflm import Tflm  # noqa: E402

import edgetwin as et  # noqa: E402


def cpu_name() -> str:
    """The CPU's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions() -> str:
    """Date, versions and CPU, for the line above a table."""
    wheels = ", ".join(f"{name} {version(name)}" for name in ("numpy", "tflite-micro"))
    return f"{date.today()}, edgetwin {et.__version__}, {wheels}, Python {platform.python_version()}, {cpu_name()}"


def main() -> int:
    """Print the table; exit 1 if a byte differs."""
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    oracle = Tflm()
    print(f"{versions()}, {OTHER_LEVELS_INPUTS} inputs each on {', '.join(et.archs()[:-1])}, all on {et.archs()[-1]}\n")
    print("| model | inputs | operators | output bytes | operator bytes | differing bytes | distinct outputs |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = 0
    for name, count in MODELS.items():
        r = compare(shared, oracle, name, count)
        differing = r.differing_outputs + sum(r.differing_operators.values())
        failed += differing
        print(
            f"| {name} | {r.inputs:,} | {r.operators} | {r.output_bytes:,} | {r.operator_bytes:,} | {differing} | "
            f"{r.distinct:,} |",
            flush=True,
        )
    oracle.close()
    return int(failed > 0)


if __name__ == "__main__":
    np.seterr(all="raise")
    sys.exit(main())
