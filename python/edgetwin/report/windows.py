"""A picture of windows: what a model is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError
from ..types import Array
from .figure import DOT, LINE, QUIET, new_panels, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["window_examples"]

#: Lines and panels beyond which a picture tells no more.
_LINES, _PANELS = 40, 8
_AXES = 3


def window_examples(
    windows: Array, *, names: Sequence[str] = (), rate_hz: float | None = None
) -> tuple[Figure, tuple[int, int, int]]:
    """Draw some windows on top of each other, a panel for each channel; their mean and the first stand out.

    Parameters
    ----------
    windows : ndarray, shape (n, time), (n, time, channels) or (n, 1, time, channels)
    names : sequence of str
        Of the channels; their numbers where it is empty.
    rate_hz : float, optional
        Samples a second: the axis is in seconds then.

    Returns
    -------
    matplotlib.figure.Figure
        Of at most 8 channels.
    tuple of three int
        Windows, samples and channels.

    Raises
    ------
    DataError : another shape, or names that are not one a channel
    MissingExtraError : matplotlib is not installed
    """
    cut = windows[:, 0] if windows.ndim == _AXES + 1 and windows.shape[1] == 1 else windows
    cut = cut[..., None] if cut.ndim == _AXES - 1 else cut
    if cut.ndim != _AXES or 0 in cut.shape:
        raise DataError(f"windows: shape {windows.shape}, accepted are (n, time), (n, time, channels)")
    count, length, channels = cut.shape
    if names and len(names) != channels:
        raise DataError(f"names: {len(names)}, accepted is one for each of {channels} channels")
    time = np.arange(length) / (rate_hz or 1.0)
    shown = min(channels, _PANELS)
    columns = 1 if shown == 1 else 2
    rows = -(-shown // columns)
    figure, panels = new_panels(6.4, 0.8 + 1.4 * rows, rows, columns, share_x=True)
    chosen = np.unique(np.linspace(0, count - 1, _LINES).astype(np.int64))
    for channel, panel in enumerate(panels):
        if channel >= shown:
            panel.set_visible(False)
            continue
        panel.plot(time, cut[chosen, :, channel].T, color=QUIET, lw=0.5, alpha=0.35)
        panel.plot(time, cut[0, :, channel], color=LINE, lw=1, label="the first")
        panel.plot(time, cut[:, :, channel].mean(axis=0), color=DOT, lw=1.4, label="mean")
        panel.set_ylabel(plain(names[channel] if names else f"channel {channel}"), fontsize=8)
        panel.tick_params(labelsize=7)
    figure.supxlabel("samples" if rate_hz is None else "seconds", fontsize=9)
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, frameon=False, fontsize=8, loc="outside upper right", ncols=2)
    return figure, (count, length, channels)
