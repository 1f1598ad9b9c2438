"""A picture of what quantization costs, operator by operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..quantization import QuantizationReport
from .figure import DOT, LINE, QUIET, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["quantization_errors"]

#: Ratios beyond it, and infinite ones, are drawn as this.
_MOST_DECIBELS = 90.0
_ROW_INCHES = 0.26


def quantization_errors(report: QuantizationReport, *, title: str = "") -> Figure:
    """Draw every operator's noise, and the share of the outputs' error that it alone causes.

    Parameters
    ----------
    report : QuantizationReport
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError : matplotlib is not installed
    """
    operators = report.operators
    places = np.arange(len(operators))
    height = 1.8 + _ROW_INCHES * len(operators)
    figure, (noise, saturated, share) = new_panels(8.6, height, 1, 3, share_y=True, widths=[1.3, 0.8, 1])
    ratios = [float(np.clip(o.sqnr_db, 0, _MOST_DECIBELS)) for o in operators]
    noise.barh(places, ratios, height=0.62, color=DOT, label="output beside float32")
    weighted = [(place, o.weights_sqnr_db) for place, o in zip(places, operators, strict=True) if o.weights_sqnr_db]
    if weighted:
        at = [float(np.clip(decibels, 0, _MOST_DECIBELS)) for _, decibels in weighted]
        rows = [place for place, _ in weighted]
        noise.scatter(at, rows, marker="|", s=90, linewidths=1.8, color=QUIET, label="weights")
    noise.set_yticks(places, [_name(o.index, o.operator) for o in operators], fontsize=8)
    noise.invert_yaxis()
    noise.set(xlabel="SQNR (dB), more is better")
    noise.set_xlim(0, max(10.0, 1.08 * max([*ratios, *(d for _, d in weighted if np.isfinite(d))])))
    _percent(saturated, places, [100 * o.saturated / o.elements for o in operators], "saturated values (%)", QUIET)
    _percent(share, places, [100 * o.share for o in operators], "share of the outputs' error (%)", LINE)
    set_title(noise, title)
    if weighted:
        figure.legend(
            *noise.get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside lower center", ncols=2
        )
    return figure


def _percent(axes: Any, places: Any, values: list[float], label: str, color: str) -> None:
    axes.barh(places, values, height=0.62, color=color)
    for place, value in zip(places, values, strict=True):
        text = f"{value:.2g}" if 0 < value < 10 else f"{value:.0f}"
        axes.annotate(text, (value, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    # Room for the figures behind the bars.
    axes.set(xlabel=label, xlim=(0, 1.3 * max([*values, 0.1])))


def _name(index: int, operator: str) -> str:
    return plain(operator if index < 0 else f"{index} {operator}")
