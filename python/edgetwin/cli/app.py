"""Commands: each reads arguments, calls the library, prints a table or JSON."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from ..build_info import __version__
from ..data import Samples, demo_model, load_samples
from ..data.files import LABEL_KEYS
from ..errors import DataError
from ..graph.m55 import m55_warnings
from ..model import Model, load
from ..report.evaluation import Evaluation, evaluate_samples, pooled, sample_codes, write_evaluation
from ..report.files import output_folder, save_arrays, save_figure, write_atomic, write_json
from ..types import ARITHMETICS, RUNTIMES
from .agent import agent
from .arguments import AsJson, ModelPath
from .exit_codes import EXIT_BAD_INPUT, EXIT_DIFFERS, UsageError
from .explore import data_app
from .export import export
from .profile import profile_model
from .run import run_model
from .tables import console, counted, print_comparison, print_evaluations, print_files, print_model, progress
from .tripod import FEET_HELP, tripod_evaluations
from .verify import verify

__all__ = ["app"]

#: A name of labels that ends in one of these tells their unit.
UNITS = ("mm", "cm", "m", "km", "s", "ms", "deg", "rad", "g", "kg", "n", "hz", "bpm", "percent", "kmh", "ms2")

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The bit-exact twin of a microcontroller's int8 inference, on the host.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(data_app, name="data", short_help="Look at folders of recordings, and convert them.")
app.command(short_help="Write a model as source code for firmware.")(export)
app.command(short_help="Does a device compute every byte that the model computes?")(verify)
app.command(short_help="A header that makes other firmware answer checks.")(agent)

AGAINST = (
    f"An installed runtime ({', '.join(RUNTIMES)}), an arithmetic "
    f"({', '.join(name for name in ARITHMETICS if name not in RUNTIMES)}) or another .tflite file."
)


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


@app.command(short_help="Show operators, shapes, costs, quantization and warnings.")
def inspect(
    model: ModelPath,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the model, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a model: operators, shapes, costs, quantization, and what other cores would compute otherwise."""
    loaded = load(model)
    if plot is not None:
        save_figure(loaded.plot(model.name), plot)
    warnings = m55_warnings(loaded.graph, loaded.steps)
    if not as_json:
        print_model(console(), str(model), loaded, warnings)
        return
    content = {
        "model": str(model),
        "file_bytes": model.stat().st_size,
        **loaded.profile().as_dict(),
        "tensors": [
            {"kind": kind, **asdict(spec), "dtype": spec.dtype.name}
            for kind, specs in (("input", loaded.inputs), ("output", loaded.outputs))
            for spec in specs
        ],
        "warnings": warnings,
    }
    print(json.dumps(content, indent=2))


@app.command(short_help="Estimate flash, RAM and latency on a target.")
def profile(
    model: ModelPath,
    target: Annotated[str, typer.Option(help="core[@MHz][:runtime]: cortex-m4f@80:cmsis-nn.")] = "cortex-m4f",
    flash: Annotated[int | None, typer.Option(help="Bytes of flash that constants may take.")] = None,
    ram: Annotated[int | None, typer.Option(help="Bytes of RAM that the arena and state may take.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Milliseconds that an inference may take.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model costs on a microcontroller. Latencies are estimates from published measurements.

    Ends with 1 where a budget is exceeded, and says what to change.
    """
    if not profile_model(model, target, flash, ram, latency_ms, as_json=as_json):
        raise typer.Exit(EXIT_DIFFERS)


app.command(name="run", short_help="Run a model on samples and write its exact outputs.")(run_model)


def _finish(
    folder: Path,
    name: str,
    model: Model,
    evaluations: list[Evaluation],
    *,
    quantity: str,
    unit: str,
    as_json: bool,
    before: Sequence[Path] = (),
) -> None:
    """Write and print the results of a model called `name`; `before` are the files that were written already."""
    words = {"arithmetic": model.arithmetic, "quantity": quantity, "unit": unit}
    written = write_evaluation(folder, name, evaluations, **words)
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
    else:
        print_evaluations(console(), evaluations, unit)
        print_files(folder, [*before, *written])
    if any(e.differing for e in evaluations):
        raise typer.Exit(EXIT_DIFFERS)


@app.command(short_help="Metrics, pictures, and bytes that differ from recorded ones.")
def evaluate(
    model: ModelPath,
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="DATA...", help=".npz with inputs, labels, recorded outputs")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for metrics.json and pictures.")] = Path(
        "edgetwin-evaluate"
    ),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in the files.")] = None,
    labels: Annotated[str | None, typer.Option(help="Name of the labels.")] = None,
    outputs: Annotated[str | None, typer.Option(help="Name of recorded integer outputs to compare with.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of labels; taken from a name such as label_cm.")] = None,
    quantity: Annotated[
        str | None, typer.Option(help="What labels measure; taken from a name such as stride_length_cm.")
    ] = None,
    tripod: Annotated[
        Path | None, typer.Option(metavar="ROOT", help="In place of DATA: raw files of the TRIPOD data set.")
    ] = None,
    feet: Annotated[list[str] | None, typer.Option("--foot", help=f"With --tripod. {FEET_HELP} RF by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model as the board will compute it: metrics, pictures, and bytes that differ from recorded ones.

    With --tripod the published gait pipeline, and its causal form that a board can compute, make strides of raw files.
    """
    if tripod is not None:
        given = {"DATA": data, "--inputs": inputs, "--labels": labels, "--outputs": outputs}
        wrong = next((name for name, value in given.items() if value), None)
        if wrong:
            raise DataError(f"{wrong} and --tripod: inputs and labels come from one of them")
        loaded = load(model)
        evaluations = tripod_evaluations(loaded, tripod, feet or ["RF"])
        quantity, unit = quantity or "stride length", "cm" if unit is None else unit
        _finish(output_folder(out), model.stem, loaded, evaluations, quantity=quantity, unit=unit, as_json=as_json)
        return
    if not data:
        raise UsageError("Missing argument 'DATA...': files, or --tripod ROOT")
    if feet:
        raise DataError("--foot chooses recordings of --tripod ROOT")
    loaded = load(model)
    every = [load_samples(path, inputs=inputs, labels=labels, outputs=outputs) for path in data]
    if all(s.labels is None and s.outputs is None for s in every):
        raise DataError(
            f"{data[0]}: neither labels nor recorded outputs to evaluate against; `edgetwin run` needs none"
        )
    evaluations = [evaluate_samples(loaded, samples) for samples in progress(every, "evaluating files")]
    if len(evaluations) > 1:
        names = _names(data)
        evaluations = [replace(e, name=name) for e, name in zip(evaluations, names, strict=True)]
        evaluations.append(pooled(evaluations))
    unit = _unit(every) if unit is None else unit
    if quantity is None:
        quantity = _quantity(every, loaded.outputs[0].name, unit)
    _finish(output_folder(out), model.stem, loaded, evaluations, quantity=quantity, unit=unit, as_json=as_json)


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


def _quantity(every: list[Samples], output: str, unit: str) -> str:
    """Return what is measured, as the labels' or else the output's name tells: `stride_length_cm` a stride length."""
    suffix = f"_{unit}" if unit else ""
    names = [samples.label_key for samples in every] + ([output] if suffix and output.endswith(suffix) else [])
    stems = (name.removesuffix(suffix) for name in names)
    general = {"", *(key.removesuffix("_cm") for key in LABEL_KEYS)}
    return next((stem.replace("_", " ") for stem in stems if stem not in general), "value")


@app.command(short_help="Where another runtime, arithmetic or model parts from this one, and why.")
def compare(
    model: ModelPath,
    data: Annotated[Path, typer.Argument(metavar="INPUT", help=".npy, .npz, .csv or Edge Impulse .json")],
    against: Annotated[str, typer.Option(help=AGAINST)],
    out: Annotated[Path, typer.Option("--out", help="Folder for metrics.json and a picture.")] = Path(
        "edgetwin-compare"
    ),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare, operator by operator: the first that differs, how many elements do and by how much, and why."""
    from ..report.plots import differences

    loaded = load(model)
    codes, notes = sample_codes(loaded, load_samples(data, inputs=inputs))
    result = loaded.compare(codes, against=against)
    folder = output_folder(out)
    metrics = {"model": str(model), "input": str(data), **result.as_dict(), "notes": notes}
    written = [write_json(folder / "metrics.json", metrics)]
    if result.operators:
        written.append(
            save_figure(differences(result, title=f"{model.stem} against {against}"), folder / "operators.png")
        )
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
    else:
        print_comparison(console(), result)
        print_files(folder, written)
    if not result.equal:
        raise typer.Exit(EXIT_DIFFERS)


@app.command(short_help="The main job on simulated walking, from signal to pictures.")
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for results.")] = Path("edgetwin-demo"),
    people: Annotated[int, typer.Option(min=1, max=200, help="Simulated people, each of one walk.")] = 12,
    as_json: AsJson = False,
) -> None:
    """Run the main job on simulated walking: recordings, stride windows, an int8 model, exact outputs, metrics."""
    from ..signal import simulate_strides

    folder = output_folder(out)
    model_bytes = demo_model()
    model = load(model_bytes)
    windows, label_cm = simulate_strides(progress(range(people), "simulating walks"))
    arrays = {"windows": windows.reshape(len(windows), -1), "label_cm": label_cm}
    strides_path = write_atomic(folder / "strides.npz", lambda file: save_arrays(file, arrays))
    model_path = write_atomic(folder / "demo_stride_int8.tflite", lambda file: file.write(model_bytes))
    evaluation = evaluate_samples(model, load_samples(strides_path))
    if not as_json:
        console().print(
            f"{counted(people, 'simulated walk')}, {counted(len(windows), 'stride')}; the int8 conv1d model ran on "
            f"all of them in {evaluation.run_s * 1e3:.2f} ms, with the bytes that TFLite Micro and CMSIS-NN give on a "
            f"board."
        )
    before = [strides_path, model_path]
    words = {"quantity": "stride length", "unit": "cm"}
    _finish(folder, model_path.stem, model, [evaluation], **words, as_json=as_json, before=before)
    if not as_json:
        command = shlex.join(["edgetwin", "evaluate", str(model_path), str(strides_path)])
        console().print(f"the same again: {command}", markup=False)
