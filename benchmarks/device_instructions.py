"""Instructions of an inference on emulated cores, by operator kind: what they are a multiply-accumulate, too.

    EDGETWIN_SHARED=../shared python benchmarks/device_instructions.py [--write] [--models gait_int8 ...]

QEMU counts executed instructions (``-icount shift=0``), a core's SysTick reads that count around every kernel call, and
the outputs have to equal the host's. These are instructions, not cycles: no board was used. `--write` replaces the
marked section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from oracles.device_job import ModelOnDevice  # noqa: E402
from speed import tables  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.qemu import CORES, Job, build_runner, run_job  # noqa: E402
from edgetwin.graph.step import Step  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
SHARED = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
BEGIN = "<!-- instructions: written by benchmarks/device_instructions.py -->"
END = "<!-- end of what benchmarks/device_instructions.py writes -->"
MODELS = {
    "gait_int8": "gait",
    "kws_int8": "keyword spotting",
    "resnet8_int8": "ResNet-8",
    "ad01_int8": "autoencoder",
}
#: Column -> core, and whether kernels run by their folded forms where they have them.
COLUMNS = {
    "M3, plain": ("cortex-m3", False),
    "M4, plain": ("cortex-m4", False),
    "M3, folded": ("cortex-m3", True),
    "M4, SMLAD": ("cortex-m4", True),
    "M55, MVE": ("cortex-m55", True),
}
#: Products of an output from which on the figures asked for hold.
DEEP = 64


def macs_and_depth(step: Step) -> tuple[int, int]:
    """Multiply-accumulates of one sample, and products of an output."""
    p = {name: int(value) for name, value in step.params.items()}
    if step.kernel == "fully_connected_s8":
        return p["input_features"] * p["output_features"], p["input_features"]
    if step.kernel not in ("conv_2d_s8", "depthwise_conv_2d_s8"):
        return 0, 0
    depth = p["kernel_h"] * p["kernel_w"] * (p["input_c"] // p["groups"] if step.kernel == "conv_2d_s8" else 1)
    return p["output_h"] * p["output_w"] * p["output_c"] * depth, depth


def kind_of(step: Step) -> str:
    """The row of the table that a step belongs to."""
    macs, depth = macs_and_depth(step)
    name = step.kernel.removesuffix("_s8")
    if macs == 0 or name == "depthwise_conv_2d":
        return name
    if name == "conv_2d" and depth == step.params["input_c"]:
        name = "conv_2d 1 x 1"
    return f"{name}, depth {'>=' if depth >= DEEP else '<'} {DEEP}"


def instructions(model: et.Model, core: str, folded: bool, program: Path) -> list[float]:
    """Executed instructions of each step of one inference."""
    job = Job(folded=folded)
    on_device = ModelOnDevice(job, model)
    x = np.random.default_rng(0).integers(-128, 127, model.inputs[0].shape, np.int8, endpoint=True)
    output = on_device.add_run([x])
    ticks = job.measure()
    raw, counted = run_job(core, program, job, [output, ticks], timeout_s=600)
    if (on_device.decode(raw) != model.run(x).ravel()).any():
        sys.exit(f"{core}: the output differs from the host's")
    # With -icount shift=0 an instruction takes one nanosecond of the emulated clock.
    return [float(n) * 1e9 / CORES[core].clock_hz for n in np.frombuffer(counted, np.int32)]


def cell(count: float, macs: int) -> str:
    """Thousands of instructions and, of kernels that multiply, instructions a product."""
    return f"{count / 1e3:,.0f}" + (f" ({count / macs:.2f})" if macs else "")


def rows(names: list[str], programs: dict[str, Path]) -> Iterator[list[str]]:
    """The table's lines: kinds of operators by model, and each model's sum; then the kinds of all models."""
    everything: defaultdict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name in names:
        model = et.load(SHARED / "models" / f"{name}.tflite")
        kinds: defaultdict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for step in model.steps:
            for kind in (kind_of(step), "**all**"):
                kinds[kind]["macs"] += macs_and_depth(step)[0]
        for column, (core, folded) in COLUMNS.items():
            for step, count in zip(model.steps, instructions(model, core, folded, programs[core]), strict=True):
                for kind in (kind_of(step), "**all**"):
                    kinds[kind][column] += count
        for kind, sums in sorted(kinds.items()):
            yield [MODELS[name], kind, f"{sums['macs']:,.0f}", *(cell(sums[c], int(sums["macs"])) for c in COLUMNS)]
            for key, value in sums.items():
                everything[kind][key] += value
    for kind, sums in sorted(everything.items()):
        if sums["macs"] and kind != "**all**":
            yield ["all four", kind, f"{sums['macs']:,.0f}", *(cell(sums[c], int(sums["macs"])) for c in COLUMNS)]


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="these networks only")
    arguments = parser.parse_args()
    if arguments.write and arguments.models != list(MODELS):
        parser.error("--write takes all models")
    with tempfile.TemporaryDirectory() as folder:
        programs = {core: build_runner(core, folder) for core in sorted({core for core, _ in COLUMNS.values()})}
        header = ("model", "operators", "MAC", *(f"{column}, 10^3 (a MAC)" for column in COLUMNS))
        table = tables.table(header, list(rows(arguments.models, programs)))
    section = (
        "`python benchmarks/device_instructions.py --write`: executed instructions of one inference, counted by QEMU\n"
        "(`-icount shift=0`), GCC at -O2. **Instructions under an emulator, not cycles of a board.** Plain: the\n"
        "kernels that define the arithmetic. Folded: the input's zero point in the bias; by SMLAD on M4, by MVE on\n"
        f"M55. Outputs are the host's bytes.\n\n{table}"
    )
    print(section)
    if arguments.write:
        tables.write_section(RESULTS, section, BEGIN, END)


if __name__ == "__main__":
    main()
