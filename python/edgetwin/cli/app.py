"""Commands: each reads arguments, calls the library, prints a table or JSON."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..build_info import __version__
from ..data import Samples, demo_model, load_samples
from ..errors import DataError, EdgetwinError
from ..graph.m55 import m55_warnings
from ..metrics import Agreement, Classification
from ..model import Model, load
from ..report.evaluation import Evaluation, evaluate_samples, pooled, write_evaluation
from ..report.files import output_folder, save_arrays, write_atomic, write_json

__all__ = ["app", "run"]

EXIT_DIFFERS = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 141

#: typer does not name the base of all its usage errors (nor always takes it from the click that is installed).
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
#: A name of labels that ends in one of these tells their unit.
UNITS = ("mm", "cm", "m", "km", "s", "ms", "deg", "rad", "g", "kg", "n", "hz", "bpm", "percent", "kmh", "ms2")

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The bit-exact twin of a microcontroller's int8 inference, on the host.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]


def run() -> None:
    """Run the command line; whatever goes wrong is one line on stderr."""
    # Names of files and tensors may hold what the terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(standalone_mode=False, prog_name="edgetwin") or 0
        sys.stdout.flush()
    except EdgetwinError as error:
        _complain(str(error))
        status = EXIT_BAD_INPUT
    except _UsageError as error:
        # `str` leaves out which parameter.
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "edgetwin"
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        _complain(f"{message.rstrip('.')} (`{command} --help` tells more)")
        status = EXIT_BAD_INPUT
    except (typer.Abort, KeyboardInterrupt):
        _complain("interrupted")
        status = EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of our output has gone (`edgetwin ... | head`); rich and click turn that into an exit with 1.
        _silence()
        status = EXIT_NO_READER
    except OSError as error:
        # Files are read and written through EdgetwinErrors: what is left is standard output.
        _silence()
        _complain(f"cannot write to standard output: {error.strerror or error}")
        status = EXIT_BAD_INPUT
    sys.exit(status)


def _complain(text: str) -> None:
    print(f"edgetwin: {' '.join(text.split())}", file=sys.stderr)


def _silence() -> None:
    # Python flushes standard output once more at exit.
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _console() -> Console:
    # A pipe gets whole lines: a table is never cut to a guessed width, a line never broken.
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False, soft_wrap=True)


def _version(show: bool) -> None:
    if show:
        print(f"edgetwin {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)


def _tensor_rows(model: Model) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "name": spec.name,
            "dtype": spec.dtype.name,
            "shape": list(spec.shape),
            "scale": spec.scale,
            "zero_point": spec.zero_point,
        }
        for kind, specs in (("input", model.inputs), ("output", model.outputs))
        for spec in specs
    ]


@app.command()
def inspect(model: ModelPath, as_json: AsJson = False) -> None:
    """Show a model: operators, shapes, costs, quantization, and what other cores would compute otherwise."""
    loaded = load(model)
    profile = loaded.profile()
    tensors = _tensor_rows(loaded)
    warnings = m55_warnings(loaded.steps)
    if as_json:
        content = {
            "model": str(model),
            "file_bytes": model.stat().st_size,
            "macs": profile.macs,
            "flash_bytes": profile.flash_bytes,
            "arena_bytes": profile.arena_bytes,
            "host_arena_bytes": profile.host_arena_bytes,
            "state_bytes": profile.state_bytes,
            "tensors": tensors,
            "operators": [dict(zip(profile.header, row, strict=True)) for row in profile.rows],
            "warnings": warnings,
        }
        print(json.dumps(content, indent=2))
        return
    console = _console()
    table = Table(title=Text(str(model)), title_justify="left", box=None, header_style="bold")
    for name in profile.header:
        number = name in ("#", "MACs", "bytes")
        table.add_column(
            name, justify="right" if number else "left", no_wrap=number or name == "operator", overflow="fold"
        )
    for row in profile.rows:
        table.add_row(*map(Text, row))
    console.print(table)
    console.print()
    for tensor in tensors:
        quantization = (
            "not quantized"
            if tensor["scale"] is None
            else f"scale {tensor['scale']:.8g}, zero point {tensor['zero_point']}"
        )
        shape = "x".join(map(str, tensor["shape"])) or "scalar"
        console.print(f"{tensor['kind']:6}  {tensor['name']}  {tensor['dtype']} {shape}  {quantization}", markup=False)
    console.print(profile.summary)
    for warning in warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)


@app.command(name="run")
def run_model(
    model: ModelPath,
    data: Annotated[Path, typer.Argument(metavar="INPUT", help=".npy, .npz, .csv or Edge Impulse .json")],
    out: Annotated[Path, typer.Option("--out", help="Folder for outputs.npz.")] = Path("edgetwin-run"),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a model on samples and write its exact integer outputs and their real values."""
    loaded = load(model)
    samples = load_samples(data, inputs=inputs)
    began = time.perf_counter()
    evaluation = evaluate_samples(loaded, replace(samples, labels=None, outputs=None))
    codes = evaluation.outputs
    seconds = time.perf_counter() - began
    folder = output_folder(out)
    arrays = {"codes": codes, "real": evaluation.predictions.reshape(codes.shape)}
    path = write_atomic(folder / "outputs.npz", lambda file: save_arrays(file, arrays))
    metrics = {
        "model": str(model),
        "input": str(data),
        "samples": len(codes),
        "seconds": seconds,
        "distinct_outputs": len(np.unique(codes.reshape(len(codes), -1), axis=0)),
        "notes": evaluation.notes,
    }
    write_json(folder / "metrics.json", metrics)
    if as_json:
        print(json.dumps(metrics | {"outputs": str(path)}, indent=2))
        return
    console = _console()
    table = Table(box=None, header_style="bold")
    table.add_column("sample", justify="right")
    table.add_column("integers")
    table.add_column(Text(f"real ({loaded.outputs[0].name})"))
    shown = min(len(codes), 10)
    for i in range(shown):
        row, real = codes[i].reshape(-1), evaluation.predictions[i].reshape(-1)
        more = " ..." if row.size > 8 else ""
        table.add_row(str(i), " ".join(map(str, row[:8])) + more, " ".join(f"{v:.4g}" for v in real[:8]) + more)
    console.print(table)
    if shown < len(codes):
        console.print(f"... and {len(codes) - shown} more")
    for note in evaluation.notes:
        console.print(f"note: {note}", markup=False)
    console.print(f"{len(codes)} samples in {seconds * 1e3:.1f} ms -> {path}", markup=False)


def _print_wide(console: Console, names: list[str], rows: list[list[str]]) -> None:
    """Print a table, turned on its side where the terminal is too narrow for it: a figure is never cut."""
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(Text(name), justify="left" if name == names[0] else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum > console.width:
        table = Table(box=None, header_style="bold")
        for name in [names[0], *(row[0] for row in rows)]:
            table.add_column(Text(name), justify="left" if name == names[0] else "right", overflow="fold")
        for figure in zip(names[1:], *(row[1:] for row in rows), strict=True):
            table.add_row(*map(Text, figure))
    console.print(table)


def _print_evaluations(evaluations: list[Evaluation], unit: str) -> None:
    console = _console()
    # One model gives results of one kind; files without labels have none.
    kinds = {type(e.result) for e in evaluations if e.result is not None}
    names = ["data", "n"]
    if Agreement in kinds:
        in_unit = f" ({unit})" if unit else ""
        squared = f" ({unit}2)" if unit else ""
        names += ["m", f"b{in_unit}", f"MSE{squared}", f"bias / SD{in_unit}", f"limits of agreement{in_unit}"]
        names += [f"MDC{in_unit}"]
    elif kinds:
        names += ["accuracy", "recall of each class"]
    names += ["differing bytes"]
    rows = []
    for e in evaluations:
        cells = [e.name, str(len(e.predictions))]
        if isinstance(e.result, Agreement):
            r = e.result
            cells += [f"{r.m:.3f}", f"{r.b:.2f}", f"{r.mse:.2f}", f"{r.bias:.2f} / {r.sd:.2f}"]
            cells += [f"{r.loa_low:.2f} to {r.loa_high:.2f}", f"{r.mdc:.2f}"]
        elif isinstance(e.result, Classification):
            cells += [f"{e.result.accuracy:.4f}", " ".join(f"{v:.3f}" for v in e.result.recall)]
        cells += ["-"] * (len(names) - 1 - len(cells))
        cells.append(f"{e.differing} of {e.compared}" if e.compared else "none recorded")
        rows.append(cells)
    _print_wide(console, names, rows)
    for e in evaluations:
        for note in e.notes:
            console.print(f"note: {note}", markup=False)


def _finish(folder: Path, name: str, evaluations: list[Evaluation], quantity: str, unit: str, as_json: bool) -> None:
    written = write_evaluation(folder, name, evaluations, quantity=quantity, unit=unit)
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
    else:
        _print_evaluations(evaluations, unit)
        _console().print(f"{len(written)} files in {folder}: {', '.join(p.name for p in written)}", markup=False)
    if any(e.differing for e in evaluations):
        raise typer.Exit(EXIT_DIFFERS)


@app.command()
def evaluate(
    model: ModelPath,
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help=".npz with inputs, labels, recorded outputs")],
    out: Annotated[Path, typer.Option("--out", help="Folder for metrics.json and pictures.")] = Path(
        "edgetwin-evaluate"
    ),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in the files.")] = None,
    labels: Annotated[str | None, typer.Option(help="Name of the labels.")] = None,
    outputs: Annotated[str | None, typer.Option(help="Name of recorded integer outputs to compare with.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of labels; taken from a name such as label_cm.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model as the board will compute it: metrics, pictures, and bytes that differ from recorded ones."""
    loaded = load(model)
    every = [load_samples(path, inputs=inputs, labels=labels, outputs=outputs) for path in data]
    if all(s.labels is None and s.outputs is None for s in every):
        raise DataError(
            f"{data[0]}: neither labels nor recorded outputs to evaluate against; `edgetwin run` needs none"
        )
    evaluations = [evaluate_samples(loaded, samples) for samples in every]
    if len(evaluations) > 1:
        names = _names(data)
        evaluations = [replace(e, name=name) for e, name in zip(evaluations, names, strict=True)]
        evaluations.append(pooled(evaluations))
    chosen = _unit(every) if unit is None else unit
    quantity = "stride length" if chosen == "cm" else "value"
    _finish(output_folder(out), model.stem, evaluations, quantity, chosen, as_json)


def _names(paths: list[Path]) -> list[str]:
    """Return a name for each file's results and pictures: its stem, numbered where that is taken."""
    names = ["all"]
    for path in paths:
        alike = (f"{path.stem}-{number}" for number in itertools.count(2))
        names.append(next(name for name in itertools.chain([path.stem], alike) if name not in names))
    return names[1:]


def _unit(every: list[Samples]) -> str:
    """Return the unit that the labels' names tell, empty where they tell none."""
    units = {key.rsplit("_", 1)[1] if "_" in key else "" for key in (s.label_key for s in every if s.label_key)}
    if len(units) > 1:
        raise DataError(f"labels named {', '.join(sorted({s.label_key for s in every}))} do not go together in one run")
    return next((name for name in units if name in UNITS), "")


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for results.")] = Path("edgetwin-demo"),
    people: Annotated[int, typer.Option(min=1, max=200, help="Simulated people.")] = 12,
    as_json: AsJson = False,
) -> None:
    """Run the main job on simulated walking: recordings, stride windows, an int8 model, exact outputs, metrics."""
    from ..signal import simulate_strides

    folder = output_folder(out)
    model_bytes = demo_model()
    model = load(model_bytes)
    windows, label_cm = simulate_strides(range(people))
    arrays = {"windows": windows.reshape(len(windows), -1), "label_cm": label_cm}
    strides_path = write_atomic(folder / "strides.npz", lambda file: save_arrays(file, arrays))
    write_atomic(folder / "demo_stride_int8.tflite", lambda file: file.write(model_bytes))
    began = time.perf_counter()
    evaluation = evaluate_samples(model, load_samples(strides_path))
    seconds = time.perf_counter() - began
    if not as_json:
        console = _console()
        console.print(
            f"{people} simulated people, {len(windows)} strides; the int8 conv1d model ran on all of them in "
            f"{seconds * 1e3:.1f} ms, with the bytes that TFLite Micro and CMSIS-NN give on a board."
        )
    _finish(folder, "demo_stride_int8", [evaluation], "stride length", "cm", as_json)
    if not as_json:
        console.print(
            f"the same again: edgetwin evaluate {folder}/demo_stride_int8.tflite {strides_path}", markup=False
        )
