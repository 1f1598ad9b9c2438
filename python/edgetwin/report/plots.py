"""Pictures of agreement and of classification; matplotlib is imported where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import real_array
from ..errors import DataError
from ..metrics import Agreement, Classification, RepeatedLimits
from ..referee.compare import Comparison
from ..types import Array
from .features import feature_explorer
from .figure import DOT, LINE, QUIET, new_axes, plain, set_title
from .gait import gait_steps, gait_windows
from .quantization import quantization_errors
from .scores import roc_curves
from .trials import accuracy_and_cost, learning_curve, training_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "accuracy_and_cost",
    "bland_altman",
    "confusion_matrix",
    "differences",
    "feature_explorer",
    "gait_steps",
    "gait_windows",
    "learning_curve",
    "quantization_errors",
    "regression",
    "roc_curves",
    "training_curve",
]

#: As matplotlib writes it on axes.
_MINUS = "\N{MINUS SIGN}"
#: Classes beyond which counts no longer fit into their cells.
_READABLE_CLASSES = 30


def _label(quantity: str, unit: str) -> str:
    return plain(f"{quantity} ({unit})" if unit else quantity)


def _pairs(predictions: Any, labels: Any, result: Agreement) -> tuple[Array, Array]:
    p, y = (
        real_array(values, what, kinds="biuf").astype(np.float64).reshape(-1)
        for values, what in ((predictions, "predictions"), (labels, "labels"))
    )
    if not p.size == y.size == result.n:
        raise DataError(f"{p.size} predictions and {y.size} labels, accepted are the {result.n} of the result")
    return p, y


def regression(
    predictions: Any, labels: Any, result: Agreement, *, quantity: str, unit: str, title: str = ""
) -> Figure:
    """Draw predictions over labels with the fitted and the ideal line.

    Parameters
    ----------
    predictions, labels : array_like, shape (n,), in `unit`
    result : Agreement
        Of the same pairs.
    quantity, unit : str
        For the axes: "stride length", "cm". Nothing is said of an empty unit.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : arrays that are not the pairs of `result`
    MissingExtraError : matplotlib is not installed
    """
    p, y = _pairs(predictions, labels, result)
    figure, axes = new_axes(4.6, 4.6)
    low, high = min(p.min(), y.min()), max(p.max(), y.max())
    margin = 0.05 * (high - low) or 1.0
    ends = np.array([low - margin, high + margin])
    axes.plot(ends, ends, color=QUIET, linestyle="--", linewidth=1, label="ideal")
    if np.isfinite(result.m):
        fit = f"fit: m = {result.m:.2f}, b = {result.b:.2f} {unit}"
        axes.plot(ends, result.m * ends + result.b, color=LINE, linewidth=1.5, label=plain(fit))
    squared = f" {unit if unit.isalnum() else f'({unit})'}²" if unit else ""
    dots = f"{result.n} sample{'s' if result.n > 1 else ''}, MSE = {result.mse:.2f}{squared}"
    axes.scatter(y, p, s=14, color=DOT, alpha=0.6, linewidths=0, label=plain(dots))
    axes.set(
        xlabel=_label(f"reference {quantity}", unit),
        ylabel=_label(f"predicted {quantity}", unit),
        xlim=ends,
        ylim=ends,
    )
    axes.set_aspect("equal")
    set_title(axes, title)
    # Below the axes: inside it would cover samples.
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=2, columnspacing=1.2, handlelength=1.6)
    return figure


def bland_altman(
    predictions: Any,
    labels: Any,
    result: Agreement,
    *,
    quantity: str,
    unit: str,
    title: str = "",
    repeated: RepeatedLimits | None = None,
) -> Figure:
    """Draw differences over means with bias and limits of agreement.

    Parameters
    ----------
    predictions, labels, result, quantity, unit, title
        As in `regression`.
    repeated : RepeatedLimits, optional
        Limits by subject, drawn with their intervals in place of those of `result`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : arrays that are not the pairs of `result`
    MissingExtraError : matplotlib is not installed

    References
    ----------
    Bland & Altman, Statistical methods for assessing agreement, Lancet 1986.
    """
    p, y = _pairs(predictions, labels, result)
    figure, axes = new_axes(6.0, 4.2)
    axes.scatter((p + y) / 2, p - y, s=14, color=DOT, alpha=0.6, linewidths=0)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    shown = result if repeated is None else repeated
    by = "" if repeated is None else ", by subject"
    least, most = shown.loa_low, shown.loa_high
    if repeated is not None:
        bands = (repeated.loa_low_interval, (repeated.bias_low, repeated.bias_high), repeated.loa_high_interval)
        for band in bands:
            axes.axhspan(*band, color=LINE, alpha=0.1, linewidth=0)
        least, most = bands[0][0], bands[2][1]
    low, high = min(least, float((p - y).min()), 0.0), max(most, float((p - y).max()), 0.0)
    margin = 0.06 * (high - low) or 1.0
    bottom, top = low - margin, high + margin
    # Two lines of text need a tenth of the height: where limits lie closer, their names move apart.
    apart = 0.1 * (top - bottom)
    above, below = max(shown.loa_high, shown.bias + apart), min(shown.loa_low, shown.bias - apart)
    for value, place, style, name in (
        (shown.bias, shown.bias, "-", "bias"),
        (shown.loa_high, above, "--", f"bias + 1.96 SD{by}"),
        (shown.loa_low, below, "--", f"bias {_MINUS} 1.96 SD{by}"),
    ):
        axes.axhline(value, color=LINE, linestyle=style, linewidth=1.3)
        text = plain(f"{name}\n{f'{value:.2f}'.replace('-', _MINUS)} {unit}".rstrip())
        axes.annotate(
            text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=LINE,
            annotation_clip=False,
        )  # fmt: skip
    axes.set(
        xlabel=_label(f"mean of predicted and reference {quantity}", unit),
        ylabel=_label(f"predicted {_MINUS} reference", unit),
        ylim=(min(bottom, below - apart / 2), max(top, above + apart / 2)),
    )
    set_title(axes, title)
    return figure


def confusion_matrix(result: Classification, *, names: list[str] | None = None, title: str = "") -> Figure:
    """Draw a confusion matrix.

    Parameters
    ----------
    result : Classification
    names : list of str, optional
        Of the classes; their numbers by default.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : `names` are not one a class
    MissingExtraError : matplotlib is not installed
    """
    counts = result.confusion
    classes = len(counts)
    if names is not None and len(names) != classes:
        raise DataError(f"{len(names)} names, accepted is one for each of {classes} classes")
    labels = names or [str(i) for i in range(classes)]
    size = max(3.6, 0.5 * classes + 2) if classes <= _READABLE_CLASSES else 8.0
    figure, axes = new_axes(size, size)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if classes <= _READABLE_CLASSES:
        for row in range(classes):
            for column in range(classes):
                color = "white" if share[row, column] > 0.55 else "black"
                axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=color)
        axes.set_xticks(
            range(classes), map(plain, labels), rotation=45 if names else 0, ha="right" if names else "center"
        )
        axes.set_yticks(range(classes), map(plain, labels))
    axes.set(xlabel="predicted class", ylabel="labelled class")
    set_title(axes, title or f"accuracy {result.accuracy:.3f} of {result.n}")
    return figure


def differences(comparison: Comparison, *, title: str = "") -> Figure:
    """Draw by operator how many elements differ, and by how much at most.

    Parameters
    ----------
    comparison : Comparison
        With operators.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : the comparison has outputs only
    MissingExtraError : matplotlib is not installed
    """
    rows = comparison.operators
    if not rows:
        raise DataError(f"{comparison.against}: only outputs were compared, accepted is a comparison of operators")
    figure, axes = new_axes(6.4, 1.4 + 0.24 * len(rows))
    shares = [100 * d.differing / d.elements for d in rows]
    places = np.arange(len(rows))
    axes.barh(places, shares, color=[LINE if d is comparison.first else DOT for d in rows], height=0.7)
    axes.set_yticks(places, [plain(f"{d.operator} {d.name}") for d in rows], fontsize=8)
    axes.invert_yaxis()
    # Room for the numbers behind the bars.
    axes.set_xlim(0, 1.25 * max(shares) or 1)
    for place, share, d in zip(places, shares, rows, strict=True):
        text = f"{share:.3g} %, at most {d.largest:g}" if d.differing else "equal"
        axes.annotate(text, (share, place), (3, 0), textcoords="offset points", va="center", fontsize=7, color=QUIET)
    axes.set_xlabel("elements that differ (%)")
    set_title(axes, title or f"against {comparison.against}")
    return figure
