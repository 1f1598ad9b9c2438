"""`edgetwin make-portable`: a model that gives the same bytes on every runtime, the rest, and the proofs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..data import load_samples
from ..evaluation import sample_codes
from ..model import load
from ..quantization import METHODS
from ..quantization import make_portable as portable_model
from ..report.files import output_folder, write_json
from .arguments import AsJson, ModelPath
from .exit_codes import EXIT_DIFFERS
from .tables import console, counted, print_files

__all__ = ["make_portable"]


def make_portable(
    model: ModelPath,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Windows that calibrate: .npz, .npy, .csv, .json; several times."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the models, certificates and metrics.json.")] = Path(
        "edgetwin-make-portable"
    ),
    method: Annotated[
        str, typer.Option(help=f"How a float32 model's ranges are found: {', '.join(METHODS)}.")
    ] = "min_max",
    percentile: Annotated[float, typer.Option(help="With --method percentile.")] = 99.99,
    dense_per_channel: Annotated[
        bool, typer.Option("--dense-per-channel", help="A scale for each unit of a float32 model's dense layers.")
    ] = False,
    samples: Annotated[int, typer.Option(min=1, help="Windows that calibrate, evenly from all files.")] = 500,
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a float32 or int8 model weights with which every runtime computes the same bytes, and prove that.

    Before an operator that runtimes compute in ways of their own the model is split: MODEL_portable.tflite is what
    comes before, MODEL_tail.tflite the rest, MODEL_whole.tflite both. An int8 model does without --data, and loses
    more.

    Exit codes: 0 proven; 1 not proven; 2 bad input.
    """
    loaded = load(model)
    windows, notes = None, []
    for path in data or ():
        # A file may hold the codes of another model beside the real values.
        read, said = sample_codes(loaded, replace(load_samples(path, inputs=inputs), labels=None, outputs=None))
        windows = read if windows is None else np.concatenate([windows, read])
        notes += said
    if windows is not None:
        windows = windows[np.unique(np.linspace(0, len(windows) - 1, min(samples, len(windows))).astype(np.int64))]
    options: dict[str, Any] = {"method": method, "percentile": percentile, "dense_per_channel": dense_per_channel}
    parts = portable_model(loaded, windows, **options)
    folder = output_folder(out)
    written = [folder / f"{model.stem}_portable.tflite"]
    parts.model.save(written[0])
    if parts.tail is not None:
        for made, what in ((parts.tail, "tail"), (parts.whole, "whole")):
            written.append(folder / f"{model.stem}_{what}.tflite")
            made.save(written[-1])
    proofs = parts.certify()
    for against, certificate in proofs.items():
        written.append(folder / f"certificate_{against}.json")
        certificate.save(written[-1])
    metrics = {
        "model": str(model),
        "data": [str(path) for path in data or ()],
        "calibration_samples": 0 if windows is None else len(windows),
        "options": options,
        "certified": {against: certificate.verdict for against, certificate in proofs.items()},
        "split": list(parts.split),
        "changes": list(parts.changes),
        "notes": notes,
    }
    written.append(write_json(folder / "metrics.json", metrics))
    if as_json:
        print(json.dumps(metrics, indent=2))
    else:
        screen = console()
        screen.print(str(parts), markup=False)
        for against, certificate in proofs.items():
            screen.print(f"against {against}: {certificate.verdict}", markup=False)
        screen.print("without calibration" if windows is None else f"calibrated on {counted(len(windows), 'window')}")
        for note in notes:
            screen.print(f"note: {note}", markup=False)
        print_files(folder, written)
    if not all(certificate.equal for certificate in proofs.values()):
        raise typer.Exit(EXIT_DIFFERS)
