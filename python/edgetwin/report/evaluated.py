"""Sections of a report: figures of evaluations beside each other, and their pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluation import AgreementStudy, ClassificationStudy, Evaluation
from ..metrics import Agreement, Classification, PairedAgreement, PairedClassification
from .page import Page
from .plots import bland_altman, confusion_matrix, regression, roc_curves

__all__ = ["add_agreement", "add_figures"]

_MINUS = "\N{MINUS SIGN}"


def add_figures(page: Page, evaluations: Sequence[Evaluation], unit: str) -> None:
    """Add a row of figures for each evaluation and each of their twins, intervals, and what quantization alone costs.

    Parameters
    ----------
    page : Page
    evaluations : sequence of Evaluation
    unit : str
        Of labels and predictions; may be empty.
    """
    of = f" ({unit})" if unit else ""
    kinds = {type(e.result) for e in evaluations if e.result is not None}
    if Agreement in kinds:
        names = ["data", "runs as", "n", f"bias{of}", f"SD{of}", f"RMSE{of}", f"limits of agreement{of}", "slope"]
    elif kinds:
        names = ["data", "runs as", "n", "accuracy", "F1 (macro)"]
    else:
        names = ["data", "runs as", "n"]
    names.append("bytes differing from recorded")
    rows = []
    for e in evaluations:
        twins = [] if e.reference is None else [(e.reference.name, e.reference)]
        for name, one in [*twins, (e.name, e)]:
            cells = [name, _runs_as(one), f"{len(one.predictions):,}", *_cells(one)]
            cells += ["-"] * (len(names) - 1 - len(cells))
            rows.append([*cells, f"{one.differing:,} of {one.compared:,}" if one.compared else "none recorded"])
    page.table("Figures", names, rows, numbers=range(2, len(names)))
    _add_intervals(page, evaluations)
    for e in evaluations:
        said = _paired(e, f" {unit}" if unit else "")
        if said:
            page.paragraph(said)
        for note in e.notes:
            page.paragraph(note, "quiet")


def _runs_as(evaluation: Evaluation) -> str:
    dtype = evaluation.outputs.dtype
    return "float32" if dtype.kind == "f" else f"{dtype.name}, as on the device"


def _cells(evaluation: Evaluation) -> list[str]:
    r = evaluation.result
    if isinstance(r, Agreement):
        limits = f"{r.loa_low:.2f} to {r.loa_high:.2f}"
        slope = "-" if np.isnan(r.m) else f"{r.m:.3f}"
        return [f"{r.bias:.2f}", f"{r.sd:.2f}", f"{r.rmse:.2f}", limits, slope]
    if isinstance(r, Classification):
        return [f"{r.accuracy:.4f}", f"{r.f1_macro:.4f}"]
    return []


def _add_intervals(page: Page, evaluations: Sequence[Evaluation]) -> None:
    rows = []
    for e in evaluations:
        if isinstance(e.study, (AgreementStudy, ClassificationStudy)):
            for name, interval in e.study.intervals.items():
                if np.isfinite(interval.low + interval.high):
                    rows.append((e.name, name, f"{interval.low:.4g}", f"{interval.high:.4g}"))
    if rows:
        page.table("Bootstrap intervals, 95 %", ("data", "figure", "from", "to"), rows, numbers=(2, 3))


def _paired(evaluation: Evaluation, unit: str) -> str:
    """Return what the model loses to its twin, in a sentence; empty without one."""
    paired = evaluation.paired
    if isinstance(paired, PairedAgreement):
        ratio = paired.mse_ratio_interval
        return (
            f"Quantization alone ({evaluation.name}): predictions differ from the float32 twin's by {paired.mean:.3f} "
            f"\N{PLUS-MINUS SIGN} {paired.sd:.3f}{unit}, at most {paired.largest:.3f}{unit}; mean squared error "
            f"\N{MULTIPLICATION SIGN} {paired.mse_ratio:.4f} ({ratio.low:.4f} to {ratio.high:.4f})."
        )
    if isinstance(paired, PairedClassification):
        return (
            f"Quantization alone ({evaluation.name}): {paired.changed} of {paired.n} samples in another class than "
            f"with the float32 twin; accuracy {paired.accuracy:+.4f} (McNemar p {paired.p:.2g})."
        )
    return ""


def add_agreement(page: Page, evaluation: Evaluation, quantity: str, unit: str, classes: Sequence[str] | None) -> None:
    """Add the pictures of an evaluation that has labels.

    Parameters
    ----------
    page : Page
    evaluation : Evaluation
    quantity, unit : str
        For the axes.
    classes : sequence of str, optional
        Names of a classifier's classes.
    """
    result, predictions, labels = evaluation.result, evaluation.predictions, evaluation.labels
    if isinstance(result, Agreement):
        limits = evaluation.study.repeated if isinstance(evaluation.study, AgreementStudy) else None
        shown = result if limits is None else limits
        by = "" if limits is None else " by subject"
        words = {"quantity": quantity, "unit": unit}
        page.section("Agreement")
        page.pictures(
            (
                bland_altman(predictions, labels, result, repeated=limits, **words),
                f"Bland-Altman plot of {quantity}: bias {_real(shown.bias)} {unit}, limits of agreement{by} "
                f"{_real(shown.loa_low)} to {_real(shown.loa_high)} {unit}",
            ),
            (
                regression(predictions, labels, result, **words),
                f"Predicted over reference {quantity}: slope {_real(result.m)}, intercept {_real(result.b)} {unit}",
            ),
        )
    elif isinstance(result, Classification):
        names = None if classes is None else list(classes)
        figures = [
            (
                confusion_matrix(result, names=names),
                f"Confusion matrix of {result.n} samples: accuracy {result.accuracy:.3f}",
            )
        ]
        if np.isfinite(result.auc).any():
            areas = ", ".join(f"{area:.3f}" for area in result.auc if np.isfinite(area))
            alt = f"Receiver operating characteristic of each class: areas {areas}"
            figures.append((roc_curves(predictions, labels, names=names), alt))
        page.section("Classes")
        page.pictures(*figures)


def _real(value: float) -> str:
    return f"{value:.2f}".replace("-", _MINUS)
