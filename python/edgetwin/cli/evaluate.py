"""`edgetwin evaluate`: metrics with intervals, pictures, bytes that differ from recorded ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from ..data import Samples, load_samples
from ..data.files import LABEL_KEYS
from ..errors import DataError
from ..evaluation import Evaluation, evaluate_samples, pooled, studied
from ..model import Model, load
from ..report.evaluation import write_evaluation
from ..report.files import output_folder
from ..report.report import Report
from .arguments import AsJson, ModelPath, ReportPath
from .exit_codes import EXIT_DIFFERS, UsageError
from .reports import add_samples, evaluated_report, typed
from .studies import print_studies
from .tables import console, print_evaluations, print_files, progress
from .tripod import FEET_HELP, tripod_evaluations

__all__ = ["Found", "evaluate", "evaluation_report", "finish", "from_files"]

#: A name of labels that ends in one of these tells their unit.
UNITS = ("mm", "cm", "m", "km", "s", "ms", "deg", "rad", "g", "kg", "n", "hz", "bpm", "percent", "kmh", "ms2")


def finish(
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
    words = {"arithmetic": model.arithmetic_version, "quantity": quantity, "unit": unit}
    written = write_evaluation(folder, name, evaluations, **words)
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
    else:
        print_evaluations(console(), evaluations, unit)
        print_studies(console(), evaluations, unit)
        print_files(folder, [*before, *written])
    if any(e.differing for e in evaluations):
        raise typer.Exit(EXIT_DIFFERS)


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
    subjects: Annotated[
        str | None, typer.Option(help="Name of whose each sample is; subjects or subject where there is one.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE.tflite", help="Its float32 twin: what quantization alone costs.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=0, max=1_000_000, help="Of the bootstrap; 0 for no intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    report: ReportPath = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model as the board will compute it: metrics, pictures, and bytes that differ from recorded ones.

    Figures have bootstrap intervals, over subjects where the files name them. With --tripod the published gait
    pipeline, and its causal form that a board can compute, make strides of raw files.
    """
    options = {"resamples": resamples, "seed": seed}
    if tripod is not None:
        given = {"DATA": data, "--inputs": inputs, "--labels": labels, "--outputs": outputs, "--subjects": subjects}
        wrong = next((name for name, value in given.items() if value), None)
        if wrong:
            raise DataError(f"{wrong} and --tripod: inputs and labels come from one of them")
        loaded, twin = load(model), None if against is None else load(against)
        evaluations = tripod_evaluations(loaded, tripod, feet or ["RF"])
        references = None if twin is None else tripod_evaluations(twin, tripod, feet or ["RF"])
        evaluations = _studied(evaluations, references, options)
        words = {"quantity": quantity or "stride length", "unit": "cm" if unit is None else unit}
        folder = output_folder(out)
        written = []
        if report is not None:
            page = evaluated_report(model.stem, evaluations, **words)
            page.evaluation(*evaluations, **words)
            page.reproduce(seed=seed, commands=[typed()], model=loaded)
            written.append(page.save(report))
        finish(folder, model.stem, loaded, evaluations, **words, as_json=as_json, before=written)
        return
    if not data:
        raise UsageError("Missing argument 'DATA...': files, or --tripod ROOT")
    if feet:
        raise DataError("--foot chooses recordings of --tripod ROOT")
    loaded, twin = load(model), None if against is None else load(against)
    names = {"inputs": inputs, "labels": labels, "outputs": outputs, "subjects": subjects}
    found = from_files(loaded, twin, data, names, options, quantity=quantity, unit=unit)
    folder = output_folder(out)
    written = []
    if report is not None:
        page = evaluation_report(model.stem, loaded, found)
        page.reproduce(seed=seed, commands=[typed()], model=loaded)
        written.append(page.save(report))
    words = {"quantity": found.quantity, "unit": found.unit}
    finish(folder, model.stem, loaded, found.evaluations, **words, as_json=as_json, before=written)


@dataclass(frozen=True)
class Found:
    """Evaluations of files, and what their labels measure."""

    samples: list[Samples]
    evaluations: list[Evaluation]
    quantity: str
    unit: str


def from_files(
    model: Model,
    twin: Model | None,
    data: Sequence[Path],
    names: dict[str, str | None],
    options: dict[str, int],
    *,
    quantity: str | None,
    unit: str | None,
) -> Found:
    """Evaluate a model, and its twin where there is one, on files; `names` are those of their arrays.

    Raises
    ------
    DataError : files that cannot be read, do not fit or hold nothing to evaluate against
    """
    every = [load_samples(path, **names) for path in data]
    if all(s.labels is None and s.outputs is None for s in every):
        raise DataError(
            f"{data[0]}: neither labels nor recorded outputs to evaluate against; `edgetwin run` needs none"
        )
    evaluations = _evaluations(model, every, data)
    # What is recorded are the model's own outputs, not its twin's.
    alone = [replace(samples, outputs=None) for samples in every]
    references = None if twin is None else _evaluations(twin, alone, data)
    evaluations = _studied(evaluations, references, options)
    unit = _unit(every) if unit is None else unit
    return Found(every, evaluations, quantity or _quantity(every, model.outputs[0].name, unit), unit)


def evaluation_report(name: str, model: Model, found: Found) -> Report:
    """Return the page of evaluations: data, windows, figures and pictures."""
    report = evaluated_report(name, found.evaluations, found.quantity, found.unit)
    for samples in found.samples:
        add_samples(report, model, samples, found.unit)
    report.evaluation(*found.evaluations, quantity=found.quantity, unit=found.unit)
    return report


def _evaluations(model: Model, every: Sequence[Samples], paths: Sequence[Path]) -> list[Evaluation]:
    """Return the evaluation of each file, and where there are several of all together."""
    evaluations = [evaluate_samples(model, samples) for samples in progress(every, "evaluating files")]
    if len(evaluations) == 1:
        return evaluations
    named = [replace(e, name=name) for e, name in zip(evaluations, _names(paths), strict=True)]
    return [*named, pooled(named)]


def _studied(
    evaluations: Sequence[Evaluation], references: Sequence[Evaluation] | None, options: dict[str, int]
) -> list[Evaluation]:
    others: Sequence[Evaluation | None] = references or [None] * len(evaluations)
    return [studied(one, other, **options) for one, other in zip(evaluations, others, strict=True)]


def _names(paths: Sequence[Path]) -> list[str]:
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
