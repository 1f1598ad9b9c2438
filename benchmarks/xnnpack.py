"""arithmetic="xnnpack" beside LiteRT with its default delegate, one thread, as a Markdown table.

`person` is the shared model with its biases' scales along axis 0, which LiteRT demands.

EDGETWIN_SHARED=../shared python benchmarks/xnnpack.py [--smoke]
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from exactness import versions  # noqa: E402
from oracles.inputs import MODELS  # noqa: E402
from oracles.litert import Refused, compare_shared  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.peers import Peer  # noqa: E402

INPUTS = 2000
SMOKE_INPUTS = 5
#: LiteRT takes the int8 time weights and state of its SVDF as int16 and dies.
REFUSED = ("kwscr8", "kwscr8_small_biases")


def row(shared: Path, peer: Peer, name: str, count: int) -> tuple[str, int]:
    """One model's cells, and how many bytes differ; or, of those that are refused, who does and why."""
    try:
        size, differing, distinct = compare_shared(shared, peer, name, count)
    except (et.UnsupportedError, Refused) as error:
        if name not in REFUSED:
            raise
        return f"| {name} | | | | | {error} |", 0
    return f"| {name} | {count:,} | {size:,} | {differing} | {distinct:,} | |", differing


def main() -> int:
    """Print the table; exit 1 if a byte differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help=f"{SMOKE_INPUTS} inputs a model")
    count = SMOKE_INPUTS if parser.parse_args().smoke else INPUTS
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    print(f"{versions()}, ai-edge-litert {version('ai-edge-litert')}\n")
    print("| model | inputs | output bytes | differing bytes | distinct outputs | refused |")
    print("| --- | --- | --- | --- | --- | --- |")
    failed = 0
    with Peer("litert") as peer:
        for name in MODELS:
            line, differing = row(shared, peer, name, count)
            failed += differing
            print(line, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    np.seterr(all="raise")
    sys.exit(main())
