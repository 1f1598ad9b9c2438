"""`edgetwin quantize`: an int8 model of a float32 one, and what that costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..data import load_samples
from ..evaluation import sample_codes
from ..model import Model, load
from ..quantization import METHODS, QuantizationReport, quantization_report
from ..quantization import quantize as quantized_model
from ..quantization.samples import float_model
from ..report.files import output_folder, save_figure, write_json
from ..types import Array
from .arguments import AsJson, ModelPath
from .exit_codes import UsageError
from .tables import console, counted, print_files, print_wide

__all__ = ["quantize"]


def quantize(
    model: ModelPath,
    calibration: Annotated[
        list[Path], typer.Option("--calibration", help="Windows in real units: .npz, .npy, .csv, .json; several times.")
    ],
    test: Annotated[
        list[Path] | None, typer.Option("--test", help="Windows that the figures are of; else those of --calibration.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the model, metrics.json and a picture; or FILE.tflite alone.")
    ] = Path("edgetwin-quantize"),
    method: Annotated[str, typer.Option(help=f"How ranges are found: {', '.join(METHODS)}.")] = "min_max",
    percentile: Annotated[float, typer.Option(help="With --method percentile.")] = 99.99,
    weights: Annotated[str, typer.Option(help="int8 or int4.")] = "int8",
    activations: Annotated[str, typer.Option(help="int8 or int16 (with int8 weights).")] = "int8",
    dense_per_channel: Annotated[
        bool, typer.Option("--dense-per-channel", help="A scale for each unit of dense layers.")
    ] = False,
    float_inputs: Annotated[bool, typer.Option("--float-inputs", help="Inputs stay float32.")] = False,
    float_outputs: Annotated[bool, typer.Option("--float-outputs", help="Outputs stay float32.")] = False,
    bias_correction: Annotated[
        bool, typer.Option("--bias-correction", help="Take the mean error of every layer out of its bias.")
    ] = False,
    portable: Annotated[
        bool, typer.Option("--portable", help="The same bytes on every runtime; see make-portable.")
    ] = False,
    samples: Annotated[int, typer.Option(min=1, help="Windows that calibrate, evenly from all files.")] = 500,
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Quantize a float32 model after training, and show what each operator's quantization costs."""
    loaded = float_model(load(model))
    if len(loaded.inputs) != 1:
        raise UsageError(f"{model} has {len(loaded.inputs)} inputs, files hold windows for one: use et.quantize")
    windows, notes = _windows(loaded, calibration, inputs)
    chosen = windows[np.unique(np.linspace(0, len(windows) - 1, min(samples, len(windows))).astype(np.int64))]
    options: dict[str, Any] = {
        "method": method,
        "percentile": percentile,
        "weights": weights,
        "activations": activations,
        "dense_per_channel": dense_per_channel,
        "inputs": "float32" if float_inputs else None,
        "outputs": "float32" if float_outputs else None,
        "bias_correction": bias_correction,
        "portable": portable,
    }
    made = quantized_model(loaded, chosen, **options)
    if test:
        windows, more = _windows(loaded, test, inputs)
        notes += more
    report = quantization_report(loaded, made, windows)
    metrics = {
        "model": str(model),
        "calibration": [str(path) for path in calibration],
        "calibration_samples": len(chosen),
        "test": [str(path) for path in test or calibration],
        "options": options,
        **report.to_dict(),
        "notes": [*notes, *report.notes],
    }
    folder, written = _write(
        out, f"{model.stem}_{activations if weights == 'int8' else weights}", made, report, metrics
    )
    if as_json:
        print(json.dumps(metrics, indent=2))
        return
    _print(report, notes, len(chosen))
    print_files(folder, written)


def _windows(model: Model, paths: Sequence[Path], inputs: str | None) -> tuple[Array, list[str]]:
    """Return the windows of all files in real units, and what was reshaped."""
    parts, notes = [], []
    for path in paths:
        # A file may hold the codes of another model beside the real values.
        array, said = sample_codes(model, replace(load_samples(path, inputs=inputs), labels=None, outputs=None))
        parts.append(array)
        notes += said
    return np.concatenate(parts), notes


def _write(
    out: Path, name: str, model: Model, report: QuantizationReport, metrics: dict[str, Any]
) -> tuple[Path, list[Path]]:
    if out.suffix == ".tflite":
        model.save(out)
        return out.parent, [out]
    from ..report.plots import quantization_errors

    folder = output_folder(out)
    path = folder / f"{name}.tflite"
    model.save(path)
    picture = save_figure(quantization_errors(report, title=name), folder / "operators.png")
    return folder, [path, write_json(folder / "metrics.json", metrics), picture]


def _print(report: QuantizationReport, notes: Sequence[str], calibrated: int) -> None:
    out = console()
    print_wide(out, report.header, report.rows)
    out.print(report.summary, markup=False)
    out.print(f"calibrated on {counted(calibrated, 'window')}, compared on {counted(report.samples, 'window')}")
    for note in (*notes, *report.notes):
        out.print(f"note: {note}", markup=False)
