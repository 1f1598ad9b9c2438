"""`edgetwin run`: a model on samples from a file, on speech, or on a sensor's samples as they come."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ..data import load_samples
from ..evaluation import evaluate_samples
from ..model import load
from ..report.files import output_folder, save_arrays, write_atomic, write_json
from .arguments import AsJson, ModelPath
from .audio import AudioOptions, run_audio
from .exit_codes import UsageError
from .live import LiveOptions, run_live
from .tables import console, counted, print_files, print_outputs

__all__ = ["run_model"]

_FRAME_HOP = 320


def run_model(
    context: typer.Context,
    model: ModelPath,
    data: Annotated[
        Path | None, typer.Argument(metavar="[INPUT]", help=".npy, .npz, .csv or Edge Impulse .json; none with --wav")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for outputs.npz.")] = Path("edgetwin-run"),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    wav: Annotated[Path | None, typer.Option(help="Speech for a classifier of words: 16 kHz, one channel.")] = None,
    front_end: Annotated[Path | None, typer.Option(help="With --wav: the model that makes features.")] = None,
    labels: Annotated[
        str | None, typer.Option(help="Names of the classes, comma between them; with --wav silence first.")
    ] = None,
    hop: Annotated[
        int | None,
        typer.Option(min=1, help="Samples from frame to frame (--wav: 320), window to window (--live: half a window)."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="With --wav: frames from decision to decision.")] = 1,
    average_ms: Annotated[int, typer.Option(min=1, help="With --wav: scores are averaged over this time.")] = 1000,
    threshold: Annotated[
        int, typer.Option(min=0, max=255, help="With --wav: mean score above which a word is heard.")
    ] = 200,
    suppression_ms: Annotated[int, typer.Option(min=0, help="With --wav: a word is not heard again within it.")] = 1500,
    minimum_count: Annotated[int, typer.Option(min=1, help="With --wav: scores that a mean needs.")] = 3,
    live: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="serial:PORT[@BAUD], or a recording played in real time.")
    ] = None,
    axes: Annotated[int | None, typer.Option(min=1, help="With --live: values of a sample.")] = None,
    average: Annotated[int, typer.Option(min=1, help="With --live: windows that outputs are averaged over.")] = 1,
    debounce: Annotated[int, typer.Option(min=1, help="With --live: windows in a row that a label must lead in.")] = 1,
    speed: Annotated[float, typer.Option(min=0, help="With --live FILE: 1 is real time, 0 as fast as it goes.")] = 1.0,
    windows: Annotated[int | None, typer.Option(min=1, help="With --live: end after as many windows.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a model on samples and write its exact integer outputs and their real values.

    With --wav and --front-end the samples are speech: features of each frame, a window of them for the classifier that
    slides with every frame, and what counts as heard in the mean of its scores, in integers throughout.

    With --live the samples come from a sensor on a serial port, a line each, or from a recording as if it were one:
    each window's outputs are printed as it ends.
    """
    if live is not None and data is None and wav is None and front_end is None:
        live_options = LiveOptions(labels, hop, axes, average, debounce, speed, windows)
        run_live(model, live, live_options, as_json=as_json)
        return
    if live is not None:
        raise UsageError("--live goes without INPUT, --wav and --front-end", context)
    if wav is not None and front_end is not None and data is None:
        options = AudioOptions(labels, hop or _FRAME_HOP, every, average_ms, threshold, suppression_ms, minimum_count)
        run_audio(model, wav, front_end, out, options, as_json=as_json)
        return
    if wav is not None or front_end is not None or data is None:
        missing = "Missing argument 'INPUT': samples, or --wav and --front-end together"
        raise UsageError(missing if data is None else "INPUT goes without --wav and --front-end", context)
    loaded = load(model)
    samples = load_samples(data, inputs=inputs)
    evaluation = evaluate_samples(loaded, replace(samples, labels=None, outputs=None))
    codes = evaluation.outputs
    folder = output_folder(out)
    arrays = {"codes": codes, "real": evaluation.predictions.reshape(codes.shape)}
    path = write_atomic(folder / "outputs.npz", lambda file: save_arrays(file, arrays))
    metrics = {
        "model": str(model),
        "input": str(data),
        "samples": len(codes),
        "seconds": evaluation.run_s,
        "distinct_outputs": len(np.unique(codes.reshape(len(codes), -1), axis=0)),
        "notes": evaluation.notes,
    }
    written = [path, write_json(folder / "metrics.json", metrics)]
    if as_json:
        print(json.dumps(metrics | {"outputs": str(path)}, indent=2))
        return
    out_console = console()
    print_outputs(out_console, evaluation, loaded.outputs[0])
    out_console.print(f"{counted(len(codes), 'sample')} in {evaluation.run_s * 1e3:.2f} ms")
    print_files(folder, written)
