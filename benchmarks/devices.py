"""Shared models, exported and built for emulated boards, against the host: final bytes and every operator's.

    EDGETWIN_SHARED=../shared python benchmarks/devices.py [--write] [--samples 50] [--models ...] [--cores ...]

Inputs are those of tests/oracles/inputs.py: most near real data, the rest extreme or random. Each is run three times on
the board, which must give the same bytes. `--write` replaces the section of RESULTS.md. With EDGETWIN_CMSIS_NN=CHECKOUT
exports that call Arm's kernels run, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from oracles.inputs import MODELS, samples  # noqa: E402
from oracles.models import model_bytes  # noqa: E402
from speed.tables import write_section  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.qemu_board import open_board  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN = "<!-- what benchmarks/devices.py writes -->"
END = "<!-- end of what benchmarks/devices.py writes -->"
CORES = ("cortex-m3", "cortex-m4", "cortex-m55", "riscv32")
CHECKOUT = os.environ.get("EDGETWIN_CMSIS_NN")
ARM_KERNELS = " with CMSIS-NN"
if CHECKOUT:
    CORES += tuple(f"{core}{ARM_KERNELS}" for core in ("cortex-m4", "cortex-m55"))


def cell(model, inputs, core):
    """Return a table's cell: differing final bytes, of operators, or why there are none."""
    began = time.monotonic()
    try:
        checkout = CHECKOUT if core.endswith(ARM_KERNELS) else None
        with open_board(core.removesuffix(ARM_KERNELS), model, timeout_s=300, cmsis_nn=checkout) as board:
            result = model.compare(*inputs, against=board)
    except et.EdgetwinError as error:
        return f"not run: {error}", False
    final, inner = (sum(d.differing for d in kind) for kind in (result.outputs, result.operators))
    elements = sum(d.elements for d in result.operators)
    print(f"  {core}: {final}, {inner} of {elements:,} in {time.monotonic() - began:.1f} s", file=sys.stderr)
    shown = f"{len(result.operators)} operators" + ("" if not result.note else f" ({result.note})")
    return f"{final}, {inner} of {elements:,} in {shown}", result.equal


def main():
    """Compare and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--cores", nargs="*", default=list(CORES), choices=CORES)
    arguments = parser.parse_args()
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    rows, equal = [], True
    for name in arguments.models:
        print(name, file=sys.stderr)
        model = et.load(model_bytes(shared, name))
        inputs = [
            samples(shared, name, model.graph.tensors[index], arguments.samples, seed=50).reshape(-1, *spec.shape)
            for index, spec in zip(model.graph.inputs, model.inputs, strict=True)
        ]
        cells = [cell(model, inputs, core) for core in arguments.cores]
        equal &= all(same for _, same in cells)
        rows.append(f"| {name} | {' | '.join(text for text, _ in cells)} |")
    table = "\n".join(
        [
            f"| differing bytes: final, of operators | {' | '.join(arguments.cores)} |",
            f"|---|{'---|' * len(arguments.cores)}",
            *rows,
        ]
    )
    print(table)
    if arguments.write:
        said = (
            f"`python benchmarks/devices.py --write`: exports built with -O2 and run under QEMU, {arguments.samples} "
            "inputs a model, each three\ntimes with the same bytes."
        )
        write_section(RESULTS, f"{said}\n\n{table}", BEGIN, END)
    sys.exit(0 if equal else 1)


if __name__ == "__main__":
    main()
