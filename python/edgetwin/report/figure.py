"""What every picture shares; matplotlib is imported where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOT", "LINE", "QUIET", "SERIES", "new_axes", "new_panels", "plain", "set_title"]

#: Colours: what is measured, what stands out, what stands back.
DOT = "#1f5a94"
LINE = "#c8553d"
QUIET = "#7a7a7a"
#: Lines of one picture that stand beside each other, in order; told apart in grey and by the colour-blind, too.
SERIES = (DOT, LINE, "#3f8f5f", "#8a5a9e", "#c9a227", "#4aa3b5")
#: Characters of a title that fit.
_TITLE = 48


def plain(text: str) -> str:
    """Return text that matplotlib draws as it is: no formulas between dollars, nothing that fonts cannot encode."""
    return text.encode("utf-8", "replace").decode().replace("$", r"\$")


def set_title(axes: Any, text: str) -> None:
    """Set a title, in the middle of which something is left out where it is too long."""
    # What tells files apart may be at either end of a long name.
    short = text if len(text) <= _TITLE else f"{text[: _TITLE // 2]}...{text[-_TITLE // 2 + 3 :]}"
    axes.set_title(plain(short), fontsize=10)


def _new_figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib: pip install matplotlib") from error
    # Without pyplot: no global state, no display, nothing to close.
    return Figure(figsize=(width, height), layout="constrained", dpi=150)


def new_axes(width: float, height: float, *, projection: str | None = None) -> tuple[Figure, Any]:
    """Return a figure of that size in inches and its only axes.

    Raises
    ------
    MissingExtraError : matplotlib is not installed
    """
    figure = _new_figure(width, height)
    axes = figure.add_subplot(projection=projection)
    if projection is None:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def new_panels(
    width: float,
    height: float,
    rows: int,
    columns: int,
    *,
    share_x: bool = False,
    share_y: bool = False,
    widths: Sequence[float] | None = None,
) -> tuple[Figure, list[Any]]:
    """Return a figure of that size in inches and its panels, row by row; `widths` are relative, one a column.

    Raises
    ------
    MissingExtraError : matplotlib is not installed
    """
    figure = _new_figure(width, height)
    ratios = None if widths is None else {"width_ratios": widths}
    grid = figure.subplots(rows, columns, sharex=share_x, sharey=share_y, squeeze=False, gridspec_kw=ratios)
    panels = list(grid.flat)
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, panels
