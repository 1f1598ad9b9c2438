"""Pictures of what a classifier's scores tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..metrics import roc
from ..metrics.pairs import checked_scores
from .figure import QUIET, SERIES, new_axes, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["roc_curves"]

#: Classes beyond which curves are no longer named.
_NAMED = 12


def roc_curves(scores: Any, labels: Any, *, names: Sequence[str] | None = None, title: str = "") -> Figure:
    """Draw the receiver operating characteristic of each class against all others.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
    labels : array_like of int, shape (n,), in [0, classes)
    names : sequence of str, optional
        Of the classes; their numbers by default.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        Classes without samples, or with all of them, have no curve.

    Raises
    ------
    DataError : arrays that `metrics.roc` refuses, no class with a curve, or `names` that are not one a class
    MissingExtraError : matplotlib is not installed
    """
    s, y = checked_scores(scores, labels)
    classes = s.shape[1]
    if names is not None and len(names) != classes:
        raise DataError(f"{len(names)} names, accepted is one for each of {classes} classes")
    count = np.bincount(y, minlength=classes)
    drawn = [k for k in range(classes) if 0 < count[k] < y.size]
    if not drawn:
        raise DataError("all samples are of one class, accepted are two classes or more")
    figure, axes = new_axes(4.6, 4.6)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
    for place, k in enumerate(drawn):
        curve = roc(s, y, k)
        name = str(k) if names is None else names[k]
        label = plain(f"{name}: {curve.auc:.3f}") if len(drawn) <= _NAMED else None
        style = ("-", "--", ":")[place // len(SERIES) % 3]
        axes.plot(
            curve.false_positive_rate, curve.true_positive_rate, style, color=SERIES[place % len(SERIES)],
            linewidth=1.5, label=label, clip_on=False,
        )  # fmt: skip
    axes.set(xlabel="share of other samples taken for the class", ylabel="share of the class found")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_aspect("equal")
    if len(drawn) <= _NAMED:
        axes.legend(frameon=False, fontsize=8, loc="lower right", title="area under the curve", title_fontsize=8)
    set_title(axes, title)
    return figure
