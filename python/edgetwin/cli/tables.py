"""What the commands print for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence, Sized
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.measure import Measurement
from rich.progress import track
from rich.table import Table
from rich.text import Text

from ..evaluation import Evaluation
from ..found import FoundModel
from ..metrics import Agreement, Classification
from ..model import Model
from ..profile import Profile
from ..referee.compare import Comparison
from ..types import TensorSpec

__all__ = [
    "console",
    "counted",
    "print_comparison",
    "print_evaluations",
    "print_files",
    "print_found",
    "print_model",
    "print_outputs",
    "print_profile",
    "print_wide",
    "progress",
    "set_quiet",
    "shows_progress",
    "tell",
]

Item = TypeVar("Item")

_WORTH_A_BAR = 3
_SHOWN_SAMPLES = 10
_SHOWN_ELEMENTS = 8
_NOTHING = "-"


class _State:
    """Of this process: whether `--quiet` was given."""

    quiet = False


def set_quiet(value: bool) -> bool:
    """Print nothing for people from here on, or do."""
    _State.quiet = value
    return value


def console() -> Console:
    """Return a console on standard output, which prints nothing after `--quiet`."""
    # A pipe gets whole lines: a table is never cut to a guessed width, a line never broken.
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False, soft_wrap=True, quiet=_State.quiet)


def shows_progress() -> bool:
    """Return whether bars are drawn: on a terminal, and not after `--quiet`."""
    return sys.stderr.isatty() and not _State.quiet


def tell(text: str) -> None:
    """Print a line about work that goes on, on standard error."""
    if not _State.quiet:
        print(text, file=sys.stderr)


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return the items, with a bar on a terminal's standard error while they are worked on.

    Parameters
    ----------
    items : iterable
    what : str
        What is done with them.
    total : int, optional
        How many there are; needed where `items` cannot tell.

    Returns
    -------
    iterable of the items
    """
    count = len(items) if isinstance(items, Sized) else total or 0
    hidden = count < _WORTH_A_BAR or not shows_progress()
    return track(items, what, total=count, console=Console(stderr=True), transient=True, disable=hidden)


def print_found(out: Console, title: str, found: Sequence[FoundModel]) -> None:
    """Print the models inside a file.

    Parameters
    ----------
    out : Console
    title : str
    found : sequence of FoundModel
    """
    table = Table(title=title)
    for column in ("name", "bytes", "hash", "runs"):
        table.add_column(column, justify="right" if column == "bytes" else "left")
    for model in found:
        table.add_row(*(Text(part) for part in (model.name, f"{model.size}", model.hash, model.unsupported or "yes")))
    out.print(table)


def print_model(out: Console, title: str, model: Model, warnings: Sequence[str]) -> None:
    """Print operators, inputs and outputs, costs and warnings.

    Parameters
    ----------
    out : Console
    title : str
    model : Model
    warnings : sequence of str
    """
    profile = model.profile()
    print_profile(out, title, profile)
    for kind, specs in (("input", model.inputs), ("output", model.outputs)):
        for spec in specs:
            shape = "x".join(map(str, spec.shape)) or "scalar"
            quantization = (
                "not quantized" if spec.scale is None else f"scale {spec.scale:.8g}, zero point {spec.zero_point}"
            )
            out.print(f"{kind:6}  {spec.name}  {spec.dtype.name} {shape}  {quantization}", markup=False)
    out.print(profile.summary)
    for warning in warnings:
        out.print(f"warning: {warning}", style="yellow", markup=False)


def print_profile(out: Console, title: str, profile: Profile) -> None:
    """Print the operators of a profile and what each costs.

    Parameters
    ----------
    out : Console
    title : str
    profile : Profile
    """
    table = Table(title=Text(title), title_justify="left", box=None, header_style="bold")
    for column, name in enumerate(profile.header):
        number = column in profile.number_columns
        table.add_column(
            name, justify="right" if number else "left", no_wrap=number or name == "operator", overflow="fold"
        )
    for row in profile.rows:
        table.add_row(*map(Text, row))
    out.print(table)
    out.print()


def _formatted(value: float, spec: TensorSpec) -> str:
    """Return a real output with as many digits as tell its codes apart."""
    if spec.scale is None:
        return f"{value:.6g}"
    return f"{value:.{max(0, 1 - math.floor(math.log10(spec.scale)))}f}"


def print_outputs(out: Console, evaluation: Evaluation, spec: TensorSpec) -> None:
    """Print the first outputs as they are and in real units, and of several elements which one is the largest.

    Parameters
    ----------
    out : Console
    evaluation : Evaluation
    spec : TensorSpec
        Of the model's output.
    """
    rows = evaluation.outputs.reshape(len(evaluation.outputs), -1)
    several, real = rows.shape[1] > 1, spec.dtype.kind != "f"
    table = Table(box=None, header_style="bold")
    table.add_column("sample", justify="right")
    table.add_column(Text(f"{spec.dtype.name} ({spec.name})"))
    if real:
        table.add_column("real")
    if several:
        table.add_column("largest", justify="right")
    more = " ..." if rows.shape[1] > _SHOWN_ELEMENTS else ""
    for i, (row, values) in enumerate(zip(rows[:_SHOWN_SAMPLES], evaluation.predictions, strict=False)):
        cells = [str(i), " ".join(map(str, row[:_SHOWN_ELEMENTS])) + more]
        if real:
            cells.append(" ".join(_formatted(float(v), spec) for v in values[:_SHOWN_ELEMENTS]) + more)
        if several:
            cells.append(str(int(row.argmax())))
        table.add_row(*cells)
    out.print(table)
    if len(rows) > _SHOWN_SAMPLES:
        out.print(f"... and {len(rows) - _SHOWN_SAMPLES} more")
    _print_notes(out, [evaluation])


def print_comparison(out: Console, comparison: Comparison) -> None:
    """Print a row for each operator and what the comparison says in words.

    Parameters
    ----------
    out : Console
    comparison : Comparison
    """
    if comparison.operators:
        table = Table(box=None, header_style="bold")
        for name in ("#", "operator", "elements", "differing", "samples", "at most", "first at"):
            table.add_column(name, justify="left" if name in ("operator", "first at") else "right")
        for d in comparison.operators:
            cells = [str(d.differing), str(d.samples), f"{d.largest:g}"] if d.differing else [_NOTHING] * 3
            where = "" if d.first is None else " ".join(map(str, d.first))
            table.add_row(str(d.operator), Text(d.name), f"{d.elements:,}", *cells, where)
        out.print(table)
    out.print(str(comparison), markup=False)


def print_evaluations(out: Console, evaluations: Sequence[Evaluation], unit: str) -> None:
    """Print a row of figures for each evaluation, and their notes.

    Parameters
    ----------
    out : Console
    evaluations : sequence of Evaluation
    unit : str
        Of labels and predictions; may be empty.
    """
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
            cells += [_figure(r.m, 3), _figure(r.b, 2), f"{r.mse:.2f}", f"{r.bias:.2f} / {r.sd:.2f}"]
            cells += [f"{r.loa_low:.2f} to {r.loa_high:.2f}", f"{r.mdc:.2f}"]
        elif isinstance(e.result, Classification):
            cells += [f"{e.result.accuracy:.4f}", " ".join(_figure(v, 3) for v in e.result.recall)]
        cells += [_NOTHING] * (len(names) - 1 - len(cells))
        cells.append(f"{e.differing} of {e.compared}" if e.compared else "none recorded")
        rows.append(cells)
    print_wide(out, names, rows)
    _print_notes(out, evaluations)


def _figure(value: float, digits: int) -> str:
    """Return a figure that the data may not define."""
    return _NOTHING if np.isnan(value) else f"{value:.{digits}f}"


def _print_notes(out: Console, evaluations: Sequence[Evaluation]) -> None:
    for evaluation in evaluations:
        for note in evaluation.notes:
            out.print(f"note: {note}", markup=False)


def print_wide(out: Console, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, turned on its side where the terminal is too narrow for it: a figure is never cut."""
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(Text(name), justify="left" if name == names[0] else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    if Measurement.get(out, out.options.update(max_width=10_000), table).maximum > out.width:
        table = Table(box=None, header_style="bold")
        for name in [names[0], *(row[0] for row in rows)]:
            table.add_column(Text(name), justify="left" if name == names[0] else "right", overflow="fold")
        for figure in zip(names[1:], *(row[1:] for row in rows), strict=True):
            table.add_row(*map(Text, figure))
    out.print(table)


def counted(count: int, what: str) -> str:
    """Return a number and what it counts, in the plural where it is not 1."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def print_files(folder: Path, written: Sequence[Path]) -> None:
    """Print which files were written to a folder."""
    console().print(f"written to {folder}: {', '.join(path.name for path in written)}", markup=False)
