"""Pictures of training runs and of networks beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import real_array
from ..errors import DataError
from ..types import Array
from .figure import DOT, QUIET, SERIES, new_axes, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["accuracy_and_cost", "learning_curve", "training_curve"]


def _row(values: Any, what: str, size: int | None = None) -> Array:
    array = real_array(values, what).astype(np.float64)
    if array.ndim != 1 or array.size == 0 or (size is not None and array.size != size):
        count = "one or more" if size is None else str(size)
        raise DataError(f"{what}: shape {array.shape}, accepted are {count} numbers in a row")
    return array


def training_curve(history: Mapping[str, Sequence[float]], *, best: int | None = None, title: str = "") -> Figure:
    """Draw what training reported after each epoch, a panel for each figure, its validation beside it.

    Parameters
    ----------
    history : mapping of str to sequence of float
        "loss", "val_loss", ...: one value an epoch; NaN where none was computed.
    best : int, optional
        The epoch, from 0, whose weights were kept.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : nothing to draw, or rows of different length
    MissingExtraError : matplotlib is not installed
    """
    if not history:
        raise DataError("an empty history, accepted is one figure or more, such as loss")
    epochs = len(next(iter(history.values())))
    rows = {name: _row(values, name, epochs) for name, values in history.items()}
    figures = [name for name in rows if not (name.startswith("val_") and name.removeprefix("val_") in rows)]
    figure, panels = new_panels(6.0, 1.0 + 2.2 * len(figures), len(figures), 1, share_x=True)
    epoch = np.arange(1, epochs + 1)
    for name, panel in zip(figures, panels, strict=True):
        alone = name.startswith("val_")
        label = "validation" if alone else "training"
        panel.plot(epoch, rows[name], ".-", color=SERIES[alone], ms=4, lw=1.2, label=label)
        if f"val_{name}" in rows:
            panel.plot(epoch, rows[f"val_{name}"], ".-", color=SERIES[1], ms=4, lw=1.2, label="validation")
        if best is not None:
            panel.axvline(best + 1, color=QUIET, lw=0.9, ls="--", label="weights kept")
        positive = np.concatenate([row for key, row in rows.items() if key.endswith(name)])
        positive = positive[np.isfinite(positive)]
        if positive.size and positive.min() > 0 and positive.max() > 20 * positive.min():
            panel.set_yscale("log")
        panel.set_ylabel(plain(name.removeprefix("val_").replace("_", " ")))
        panel.legend(frameon=False, fontsize=8)
    panels[-1].set_xlabel("epoch")
    set_title(panels[0], title)
    return figure


def learning_curve(
    sizes: Any, figures: Mapping[str, Any], *, what: str, spread: Mapping[str, Any] | None = None, title: str = "",
    level: tuple[str, float] | None = None,
) -> Figure:  # fmt: skip
    """Draw how a figure falls or grows with the number of samples trained on.

    Parameters
    ----------
    sizes : array_like of int, shape (sizes,)
        Training samples.
    figures : mapping of str to array_like, shape (sizes,)
        A line each: "test", "training".
    what : str
        The figure and its unit, for the axis.
    spread : mapping of str to array_like, shape (2, sizes), optional
        Lower and upper ends of a line's interval, drawn as a band.
    title : str
    level : tuple of str and float, optional
        A line across, such as what a constant prediction gives.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : rows of different length
    MissingExtraError : matplotlib is not installed
    """
    x = _row(sizes, "sizes")
    figure, axes = new_axes(6.0, 4.0)
    for place, (name, values) in enumerate(figures.items()):
        color = SERIES[place % len(SERIES)]
        axes.plot(x, _row(values, name, x.size), "o-", color=color, ms=4, lw=1.4, label=plain(name))
        if spread is not None and name in spread:
            low, high = (_row(row, f"spread of {name}", x.size) for row in spread[name])
            axes.fill_between(x, low, high, color=color, alpha=0.15, linewidth=0)
    if level is not None:
        axes.axhline(level[1], color=QUIET, lw=1, ls="--", label=plain(level[0]))
    axes.set(xlabel="training samples", ylabel=plain(what))
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.legend(frameon=False, fontsize=8)
    set_title(axes, title)
    return figure


def accuracy_and_cost(
    names: Sequence[str], figure_values: Any, flash_bytes: Any, macs: Any, *, what: str, title: str = ""
) -> Figure:
    """Draw networks by a figure over the bytes and the multiply-accumulates that they cost.

    Parameters
    ----------
    names : sequence of str
        Of the networks.
    figure_values, flash_bytes, macs : array_like, shape (networks,)
    what : str
        The figure and its unit, for the axis.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : rows of different length
    MissingExtraError : matplotlib is not installed
    """
    from matplotlib.ticker import EngFormatter

    y = _row(figure_values, "figures", len(names))
    figure, panels = new_panels(9.0, 4.0, 1, 2, share_y=True)
    for panel, values, label in zip(
        panels, (flash_bytes, macs), ("bytes of the .tflite file", "multiply-accumulates"), strict=True
    ):
        x = _row(values, label, len(names))
        panel.scatter(x, y, s=22, color=DOT)
        for name, place, value in zip(names, x, y, strict=True):
            # On the right half a name goes to the left, so that it stays within.
            left = place > (x.min() + x.max()) / 2
            panel.annotate(
                plain(name), (place, value), (-5 if left else 5, 3), textcoords="offset points", fontsize=7,
                color=QUIET, ha="right" if left else "left",
            )  # fmt: skip
        panel.set_xlabel(label)
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    panels[0].set_ylabel(plain(what))
    set_title(panels[0], title)
    return figure
