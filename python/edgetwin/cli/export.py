"""`edgetwin export`: a model as source code for firmware."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..model import load
from .arguments import AsJson, ModelPath
from .tables import console

__all__ = ["export"]


def export(
    model: ModelPath,
    out: Annotated[Path, typer.Option("--out", help="Folder: new, empty, or an export to replace.")] = Path(
        "edgetwin-export"
    ),
    target: Annotated[
        str, typer.Option(help="cpp: C++17 with CMake and make; arduino: a library; wasm: a module and a page.")
    ] = "cpp",
    name: Annotated[str | None, typer.Option(help="Namespace and file name; by default the file's.")] = None,
    arena_bytes: Annotated[int | None, typer.Option(min=0, help="The most RAM that the arena may take.")] = None,
    labels: Annotated[str | None, typer.Option(help="Names of classes, parted by commas.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of real outputs.")] = "",
    rate_hz: Annotated[float, typer.Option(help="Samples of the sensor a second.")] = 100.0,
    kernels: Annotated[
        str, typer.Option(help="fast: DSP and vector code; small: less RAM and flash; cmsis-nn: Arm's.")
    ] = "fast",
    cmsis_nn: Annotated[Path | None, typer.Option(help="A checkout of CMSIS-NN, for its kernels.")] = None,
    refuse_departures: Annotated[
        bool, typer.Option(help="Refuse layers that CMSIS-NN computes wrongly on a Cortex-M55.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a model as source code: one call per operator, weights in flash, no interpreter, no heap."""
    folder = load(model).export(
        out,
        target,
        name=model.stem if name is None else name,
        arena_bytes=arena_bytes,
        labels=None if labels is None else [label.strip() for label in labels.split(",")],
        unit=unit,
        rate_hz=rate_hz,
        kernels=kernels,
        cmsis_nn=cmsis_nn,
        refuse_departures=refuse_departures,
    )
    facts = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    if as_json:
        print(json.dumps({"folder": str(folder), **facts}, indent=2))
        return
    rows = [
        ("model", f"{facts['name']}, hash {facts['model']}"),
        ("constants", f"{facts['constant_bytes']:,} bytes of flash"),
        ("arena", f"{facts['arena_bytes']:,} bytes of RAM, {facts['scratch_bytes']:,} of them scratch"),
        ("inputs, outputs", f"{facts['input_bytes']:,} + {facts['output_bytes']:,} bytes of RAM, the caller's"),
        ("state", f"{facts['state_bytes']:,} bytes of RAM"),
    ]
    for label, text in rows:
        console().print(f"{label:<16} {text}", markup=False)
    console().print(f"written to {out}: {len(facts['files'])} files; README.md says how to use them", markup=False)
