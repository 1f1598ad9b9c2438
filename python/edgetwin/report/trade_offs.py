"""A figure against what it costs, for many trials, and those that none beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import DataError
from .figure import DOT, LINE, QUIET, new_axes, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["trade_offs"]

Point = tuple[float, float]


def trade_offs(
    points: Sequence[Point],
    front: Sequence[Point],
    *,
    labels: Sequence[str],
    cost: str,
    metric: str,
    limit: float | None = None,
    title: str = "",
) -> Figure:
    """Draw trials by cost and metric, with the front of those that no other beats in both.

    Parameters
    ----------
    points : sequence of (cost, metric)
    front : sequence of (cost, metric)
        By rising cost.
    labels : sequence of str
        Of the front.
    cost, metric : str
        With their units, for the axes.
    limit : float, optional
        A budget of the cost, as a line.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : no point, or labels that do not fit the front
    MissingExtraError : matplotlib is not installed
    """
    if not points or len(labels) != len(front):
        raise DataError(f"{len(points)} points, {len(front)} on the front and {len(labels)} labels of it")
    figure, axes = new_axes(6.0, 4.0)
    axes.scatter(*zip(*points, strict=True), s=16, color=QUIET, label=f"{len(points)} trials")
    # Steps: between two of them nothing better is known.
    axes.step(*zip(*front, strict=True), where="post", color=DOT, lw=1.2)
    axes.scatter(*zip(*front, strict=True), s=26, color=DOT, zorder=3, label="none better and cheaper")
    for text, place in zip(labels, front, strict=True):
        axes.annotate(plain(text), place, (4, 4), textcoords="offset points", fontsize=7, color=DOT)
    if limit is not None:
        axes.axvline(limit, color=LINE, lw=1, ls="--", label="budget")
    axes.set(xlabel=plain(cost), ylabel=plain(metric))
    axes.legend(frameon=False, fontsize=8)
    set_title(axes, title)
    return figure
