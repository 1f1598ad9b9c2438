"""A report: what was measured of a model, in sections, as one HTML file that people read and hand in."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import real_array
from ..build_info import __version__, build_info
from ..errors import DataError
from ..evaluation import Evaluation
from ..fit import Fit
from ..model import Model
from ..profile import Profile
from ..quantization import QuantizationReport
from ..referee.compare import Comparison
from ..signal import Features
from ..types import Array
from .evaluated import add_agreement, add_figures
from .page import Page, command_line
from .plots import differences, feature_explorer, quantization_errors, training_curve
from .windows import window_examples

__all__ = ["Report"]

#: Rows of a table beyond which the files beside the page tell the rest.
_MOST_ROWS = 60
#: Points beyond which a picture of features only gets slower.
_MOST_POINTS = 2000


class Report:
    """A page of sections, each of which is there once its data are given.

    Parameters
    ----------
    title : str

    Examples
    --------
    >>> report = et.Report("Stride length, int8")
    >>> report.evaluation(result, quantity="stride length", unit="cm")
    >>> report.cost(model, "cortex-m4f@80:cmsis-nn", ram=16_384)
    >>> report.reproduce(seed=0, commands=["python train.py"])
    >>> report.save("report.html")

    Notes
    -----
    The file needs no network and has no scripts. Values of environment variables whose names say that they are keys,
    tokens or passwords are hidden wherever they would stand.
    """

    def __init__(self, title: str) -> None:
        self._page = Page(title)

    @property
    def sections(self) -> tuple[str, ...]:
        """Headings of the sections so far."""
        return self._page.sections

    def verdict(self, text: str, *, good: bool | None = None) -> None:
        """Say under the title what came out.

        Parameters
        ----------
        text : str
        good : bool, optional
            How it is coloured; None for neither.
        """
        self._page.lead(text, "" if good is None else "good" if good else "bad")

    def data(self, name: str, facts: Mapping[str, object], *, labels: Any = None, unit: str = "") -> None:
        """Tell where data come from, and what there is of each label.

        Parameters
        ----------
        name : str
            Of the data set or file.
        facts : mapping
            Rows of a table: recordings, people, rate.
        labels : array_like, shape (n,), optional
            Classes as text or whole numbers, or quantities as floats.
        unit : str
            Of quantities.
        """
        self._page.section("Data")
        self._page.facts(name, dict(facts) | ({} if labels is None else _labels(np.asarray(labels), unit)))

    def windows(self, windows: Any, *, names: Sequence[str] = (), rate_hz: float | None = None) -> None:
        """Draw some windows.

        Parameters
        ----------
        windows : array_like, shape (n, time), (n, time, channels) or (n, 1, time, channels)
        names : sequence of str
            Of the channels.
        rate_hz : float, optional
            Samples a second, for the axis.

        Raises
        ------
        DataError : another shape, or names that are not one a channel
        """
        array = real_array(windows, "windows", kinds="biuf")
        figure, shape = window_examples(array, names=names, rate_hz=rate_hz)
        alt = f"Some of {shape[0]} windows of {shape[1]} samples and {shape[2]} channels, over time"
        self._page.section("Windows")
        self._page.pictures((figure, alt))

    def features(self, features: Features, labels: Sequence[str | float | None]) -> None:
        """Draw features as points by label, and tell each one's mean and spread.

        Parameters
        ----------
        features : Features
        labels : sequence of str, float or None
            One a window.

        Raises
        ------
        DataError : labels that are not one a window
        """
        chosen = np.unique(np.linspace(0, len(features.values) - 1, _MOST_POINTS).astype(np.int64))
        figure = feature_explorer(
            features.values[chosen], [labels[k] for k in chosen.tolist()], names=features.names, dimensions=2
        )
        self._page.section("Features")
        self._page.paragraph(f"{features.block}: {len(features.names)} features of {len(features.values)} windows.")
        self._page.pictures((figure, f"Windows as points by label: two principal components of {features.block}"))
        rows = [
            (name, f"{column.mean():.4g}", f"{column.std():.4g}")
            for name, column in zip(features.names[:_MOST_ROWS], features.values.T, strict=False)
        ]
        self._page.table("Mean and spread of each feature", ("feature", "mean", "SD"), rows, numbers=(1, 2))

    def training(self, history: Mapping[str, Sequence[float]], *, best: int | None = None, name: str = "") -> None:
        """Draw what training reported after each epoch.

        Parameters
        ----------
        history : mapping of str to sequence of float
            As `History.history`.
        best : int, optional
            The epoch, from 0, whose weights were kept.
        name : str
            Of the network, where there are several.

        Raises
        ------
        DataError : nothing to draw
        """
        shown = {key: values for key, values in history.items() if key != "learning_rate"}
        figure = training_curve(shown, best=best, title=name)
        self._page.section("Training")
        epochs = len(next(iter(shown.values())))
        kept = "" if best is None else f"; the weights after epoch {best + 1} were kept"
        self._page.pictures((figure, f"{name or 'Training'}: {', '.join(shown)} over {epochs} epochs{kept}"))

    def evaluation(
        self, *evaluations: Evaluation, quantity: str = "value", unit: str = "", classes: Sequence[str] | None = None
    ) -> None:
        """Set a model's figures beside those of its float32 twin and of a device, and draw them.

        Parameters
        ----------
        *evaluations : Evaluation
            With their `reference` where there is one. Pictures are of the last: of several files, that of all.
        quantity, unit : str
            What the model predicts.
        classes : sequence of str, optional
            Names of a classifier's classes.
        """
        if evaluations:
            self._page.section("float32, int8 and device")
            add_figures(self._page, evaluations, unit)
            add_agreement(self._page, evaluations[-1], quantity, unit, classes)

    def layers(self, report: QuantizationReport) -> None:
        """Tell layer by layer what quantization costs.

        Parameters
        ----------
        report : QuantizationReport
        """
        self._page.section("Error by layer")
        self._page.paragraph(report.summary)
        worst = report.worst
        which = worst.operator if worst.index < 0 else f"operator {worst.index}, {worst.operator},"
        alt = f"Noise by layer; {which} alone causes {worst.share:.0%} of the error"
        self._page.pictures((quantization_errors(report), alt))
        self._page.table("What quantization costs, by layer", report.header, report.rows, numbers=range(3, 8))

    def comparison(self, comparison: Comparison) -> None:
        """Tell operator by operator where another runtime, a device or a model parts from this one.

        Parameters
        ----------
        comparison : Comparison
        """
        self._page.section("Byte by byte")
        self._page.heading(f"Against {comparison.against}")
        self._page.paragraph("Equal." if comparison.equal else "Differs.", "good" if comparison.equal else "bad")
        self._page.code(str(comparison))
        if comparison.operators and not comparison.equal:
            alt = f"Elements that differ by operator, against {comparison.against}"
            self._page.pictures((differences(comparison), alt))
        rows = [*comparison.operators, *comparison.outputs]
        cells = [
            (
                d.name if d.operator is None else f"{d.operator} {d.name}", d.tensor, f"{d.elements:,}",
                f"{d.differing:,}", f"{d.samples:,}", f"{d.largest:g}",
                "" if d.first is None else ", ".join(map(str, d.first)),
                "" if d.ours is None else f"{d.ours:g}", "" if d.theirs is None else f"{d.theirs:g}",
            )
            for d in rows
        ]  # fmt: skip
        names = ("operator", "tensor", "elements", "differing", "samples", "at most", "first at", "ours", "theirs")
        marked = [place for place, d in enumerate(rows) if d.differing]
        caption = f"Elements of every operator, against {comparison.against}"
        self._page.table(caption, names, cells, numbers=(2, 3, 4, 5, 7, 8), marked=marked)

    def cost(
        self,
        model: Model,
        target: str = "cortex-m4f",
        *,
        flash: int | None = None,
        ram: int | None = None,
        latency_ms: float | None = None,
    ) -> Fit | None:
        """Tell what a model costs on a target, beside the budgets where there are any.

        Parameters
        ----------
        model : Model
        target : str
            ``core[@MHz][:runtime]``.
        flash, ram, latency_ms : number, optional
            Budgets, as `Model.fits` takes them.

        Returns
        -------
        Fit or None
            Whether it fits; None without budgets.

        Raises
        ------
        DataError : a target or budget that is not accepted
        """
        profile = model.profile(target)
        asked = any(budget is not None for budget in (flash, ram, latency_ms))
        fit = model.fits(target, flash=flash, ram=ram, latency_ms=latency_ms) if asked else None
        self._page.section("Size, RAM and latency")
        if fit is not None:
            self._page.paragraph("It fits." if fit else " ".join(fit.problems), "good" if fit else "bad")
        rows = _cost_rows(model, profile, flash, ram, latency_ms)
        self._page.table(f"On {profile.target}", ("cost", "this model", "budget"), rows, numbers=(1, 2))
        notes = [*(() if fit is None else fit.notes), profile.latency_note or ""]
        self._page.paragraph(" ".join(note for note in notes if note), "quiet")
        self._page.table("Operators", profile.header, profile.rows, numbers=profile.number_columns)
        return fit

    def table(self, section: str, caption: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Add a table of one's own, such as the trials of a sweep; all but the first column are numbers.

        Parameters
        ----------
        section, caption : str
        names : sequence of str
            Of the columns.
        rows : sequence of sequences
        """
        self._page.section(section)
        more = "" if len(rows) <= _MOST_ROWS else f", the first {_MOST_ROWS} of {len(rows)}"
        self._page.table(f"{caption}{more}", names, rows[:_MOST_ROWS], numbers=range(1, len(names)))

    def picture(self, section: str, figure: Any, alt: str) -> None:
        """Add a picture of one's own.

        Parameters
        ----------
        section : str
        figure : matplotlib.figure.Figure
        alt : str
            What it shows, for those who do not see it.

        Raises
        ------
        DataError : `alt` is empty
        """
        if not alt.strip():
            raise DataError("alt: empty, accepted is what the picture shows")
        self._page.section(section)
        self._page.pictures((figure, alt))

    def facts(self, section: str, caption: str, facts: Mapping[str, object]) -> None:
        """Add names and values of one's own.

        Parameters
        ----------
        section, caption : str
        facts : mapping
        """
        self._page.section(section)
        self._page.facts(caption, facts)

    def notes(self, section: str, notes: Sequence[str]) -> None:
        """Add paragraphs of one's own; none, no section.

        Parameters
        ----------
        section : str
        notes : sequence of str
        """
        for note in notes:
            self._page.section(section)
            self._page.paragraph(note)

    def reproduce(
        self, *, seed: int | None = None, commands: Sequence[str | Sequence[str]] = (), model: Model | None = None
    ) -> None:
        """Tell how to get the same figures again: commands, seed, versions.

        Parameters
        ----------
        seed : int, optional
        commands : sequence of str or of sequences of str
            As one types them, or their arguments.
        model : Model, optional
            Whose hash and arithmetic are told.
        """
        self._page.section("Reproduce")
        lines = [command if isinstance(command, str) else command_line(command) for command in commands]
        if lines:
            self._page.code("\n".join(lines))
        built = build_info()
        facts: dict[str, object] = {} if seed is None else {"seed": seed}
        if model is not None:
            facts |= {"model": model.hash, "arithmetic": model.arithmetic_version}
        facts |= {
            "edgetwin": __version__,
            "SIMD level here": built["arch"],
            "compiler": built["compiler"],
            "Python, numpy": f"{platform.python_version()}, {np.__version__}",
            "system": f"{platform.system()} {platform.machine()}",
        }
        self._page.facts("What made these figures", facts)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, whole or not at all.

        Parameters
        ----------
        path : path

        Returns
        -------
        Path

        Raises
        ------
        OutputError : it cannot be written
        """
        date = datetime.now(timezone.utc).isoformat(" ", "minutes")
        return self._page.save(path, f"edgetwin {__version__}, {date}")


def _labels(labels: Array, unit: str) -> dict[str, object]:
    if labels.dtype.kind == "f":
        return {"labels": f"{labels.mean():.4g} ± {labels.std():.4g} {unit}, {labels.min():.4g} to {labels.max():.4g}"}
    names, counts = np.unique(labels, return_counts=True)
    told = ", ".join(f"{name}: {count}" for name, count in list(zip(names, counts, strict=True))[:_MOST_ROWS])
    return {"samples of each class": told}


def _cost_rows(
    model: Model, profile: Profile, flash: int | None, ram: int | None, latency_ms: float | None
) -> list[tuple[str, str, str]]:
    def bytes_of(count: int | None) -> str:
        return "none" if count is None else f"{count:,} bytes"

    rows = [
        ("file", bytes_of(len(model.file_bytes)), ""),
        ("flash, constants", bytes_of(profile.flash_bytes), bytes_of(flash)),
        ("RAM, TFLite Micro's arena and state", bytes_of(profile.arena_bytes + profile.state_bytes), bytes_of(ram)),
        ("multiply-accumulates", f"{profile.macs:,}", ""),
    ]
    if profile.export_arena_bytes is not None:
        rows.append(("RAM, exported code's arena", bytes_of(profile.export_arena_bytes), ""))
    if profile.latency_ms is not None and profile.latency_range_ms is not None:
        low, high = profile.latency_range_ms
        budget = "none" if latency_ms is None else f"{latency_ms:g} ms"
        rows.append(("latency, estimate", f"{profile.latency_ms:.3g} ms ({low:.3g} to {high:.3g})", budget))
    return rows
